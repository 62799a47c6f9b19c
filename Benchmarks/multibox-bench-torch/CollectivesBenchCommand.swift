import ArgumentParser
import BenchSupport
import Foundation
import Torch

/// Sums over the processes of one machine: of a number, and of a bucket of gradients.
///
/// It is started once for each process; the first one prints the milliseconds of a sum, a mean for
/// each round.
struct CollectivesBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collectives", abstract: "Sums over processes, with nothing else to do.")

  @OptionGroup var part: PartOptions
  @Option(help: "The number of this process, from 0.") var rank: Int
  @Option(help: "The number of processes.") var size = 2
  @Option(help: "Bytes of a bucket.") var bucketBytes = 4 << 20
  @Option(help: "Rounds of each measurement.") var rounds = 20

  private struct Result: Encodable {
    var smallMilliseconds: [Double] = []
    var bucketMilliseconds: [Double] = []
    var bucketBytes: Int
  }

  func run() throws {
    try TorchRuntime.setThreadCount(part.threads)
    let group = try ProcessGroup(
      store: .file(path: part.folder + "/store"), rank: rank, size: size, timeout: .seconds(60))
    let (small, bucket) = (
      try Tensor([0], shape: [1]),
      try Tensor([Float](repeating: 0, count: bucketBytes / 4), shape: [bucketBytes / 4])
    )
    func milliseconds(_ count: Int, _ tensor: Tensor) throws -> Double {
      try group.barrier("round")
      let duration = try ContinuousClock().measure {
        for _ in 0..<count { try group.sum([tensor]) }
      }
      return duration / .milliseconds(1) / Double(count)
    }
    var result = Result(bucketBytes: bucketBytes)
    // The first round makes the connections warm.
    for round in 0...rounds {
      let found = (try milliseconds(200, small), try milliseconds(10, bucket))
      guard round > 0 else { continue }
      result.smallMilliseconds.append(found.0)
      result.bucketMilliseconds.append(found.1)
    }
    try group.barrier("end")
    if rank == 0 { print(String(decoding: try JSONEncoder().encode(result), as: UTF8.self)) }
  }
}
