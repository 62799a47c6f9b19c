import ArgumentParser
import BenchSupport
import Foundation
import Torch

/// Sums over the processes of one machine: of a number, of a bucket of gradients, and of a number
/// between pieces of work, at each of which the faster process waits for the slower one.
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
  @Option(help: "Milliseconds of a piece of work between two sums.") var workMilliseconds = 5.0
  @Option(help: "Rounds of each measurement.") var rounds = 20

  private struct Result: Encodable {
    var smallMilliseconds: [Double] = []
    var bucketMilliseconds: [Double] = []
    var betweenMilliseconds: [Double] = []
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
    func milliseconds(
      _ count: Int, of tensor: Tensor?, between work: () throws -> Void = {}
    ) throws -> Double {
      try group.barrier("round")
      let duration = try ContinuousClock().measure {
        for _ in 0..<count {
          try work()
          if let tensor { try group.sum([tensor]) }
        }
      }
      return duration / .milliseconds(1) / Double(count)
    }
    // As a network works: LibTorch's convolutions, with memory that is taken and given back.
    let map = try Tensor.full([4, 64, 80, 80], 0.5).channelsLast()
    let weight = try Tensor.full([64, 64, 3, 3], 0.5).channelsLast()
    func convolutions(_ count: Int) throws {
      for _ in 0..<count { _ = try map.convolved(weight: weight, bias: nil, padding: 1) }
    }
    try convolutions(3)
    // The same number for all processes: that of the first one.
    let wanted = try workMilliseconds / milliseconds(20, of: nil) { try convolutions(1) }
    let shared = try Tensor([rank == 0 ? Float(wanted) : 0], shape: [1])
    try group.sum([shared])
    let count = try max(Int(shared.floats()[0].rounded()), 1)
    var result = Result(bucketBytes: bucketBytes)
    // The first round makes the connections warm.
    for round in 0...rounds {
      let found = (try milliseconds(200, of: small), try milliseconds(10, of: bucket))
      let worked = try milliseconds(50, of: nil) { try convolutions(count) }
      let between = try milliseconds(50, of: small) { try convolutions(count) }
      guard round > 0 else { continue }
      result.smallMilliseconds.append(found.0)
      result.bucketMilliseconds.append(found.1)
      result.betweenMilliseconds.append(between - worked)
    }
    try group.barrier("end")
    if rank == 0 { print(String(decoding: try JSONEncoder().encode(result), as: UTF8.self)) }
  }
}
