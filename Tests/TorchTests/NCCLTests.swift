import Foundation
import TestSupport
import Testing

@testable import Torch

struct NCCLTests {
  // A group that cannot take NCCL goes on by Gloo.
  @Test func theProcessorHasNoNCCL() throws {
    let found = try processes(2) { group in
      let error = #expect(throws: TorchError.self) { try group.connectNCCL(on: .cpu) }
      #expect(group.ncclDevice == nil)
      let tensor = try Tensor([Float(group.rank), 1], shape: [2])
      try group.sum([tensor])
      return (error?.message ?? "", try tensor.floats())
    }
    let expected =
      ProcessGroup.ncclVersion == nil
      ? "NCCL: expected a build with it, by LIBTORCH_CUDA naming the folders of CUDA and NCCL"
      : "NCCL: expected one of \(Device.cudaCount) CUDA devices, found number -1"
    #expect(found.map(\.0) == [expected, expected])
    #expect(found.map(\.1) == [[1, 2], [1, 2]])
    let error = #expect(throws: TorchError.self) { try Device.cpu.cardNumber() }
    #expect(error?.message == expected)
  }

  static let deviceCount = ProcessGroup.ncclVersion == nil ? 0 : Device.cudaCount

  /// Runs `body` for a rank on each of at most two devices, connected by NCCL.
  private static func onDevices<Value: Sendable>(
    _ body: @escaping @Sendable (ProcessGroup, Device) throws -> Value
  ) throws -> [Value] {
    try processes(min(deviceCount, 2)) { group in
      let device = Device.cuda(group.rank)
      try group.connectNCCL(on: device)
      #expect(group.ncclDevice == device)
      return try body(group, device)
    }
  }

  // By hand: all numbers are whole, so that no order of additions matters.
  @Test(.enabled(if: deviceCount > 0, "NCCL is not built in, or there is no GPU"))
  func tensorsOfDevicesAreSummedAndBroadcast() throws {
    let size = Float(min(Self.deviceCount, 2))
    let found = try Self.onDevices { group, device in
      let rank = Float(group.rank)
      let tensor = try Tensor([rank, 2, -3], shape: [3]).moved(to: device)
      let reduced = try Tensor([256, rank], shape: [2]).converted(to: .bfloat16).moved(to: device)
      try group.sum([tensor, reduced])
      #expect(tensor.device == device && reduced.elementType == .bfloat16)
      let given = try Tensor([rank + 5], shape: [1]).moved(to: device)
      try group.broadcast([given], from: group.size - 1)
      // What lies in the host's memory goes by Gloo.
      let host = try Tensor([rank + 1], shape: [1])
      try group.sum([host])
      return try [tensor, reduced, given, host].map { try $0.moved(to: .cpu).floats() }
    }
    let ranks = size * (size - 1) / 2
    let expected = [
      [ranks, 2 * size, -3 * size], [256 * size, ranks], [size + 4], [ranks + size],
    ]
    #expect(found == Array(repeating: expected, count: Int(size)))
  }

  // By hand: rank r has the values 4r and 4r + 2, whose mean, and whose squared distances from it
  // over one less than their number, are 1 and 2 for one rank, 3 and 20/3 for two.
  @Test(.enabled(if: deviceCount > 0, "NCCL is not built in, or there is no GPU"))
  func gradientsAndStatisticsAreThoseOfAll() throws {
    let size = Float(min(Self.deviceCount, 2))
    let found = try Self.onDevices { group, device in
      let rank = Float(group.rank)
      func placed(_ values: [Float], _ shape: [Int]) throws -> Tensor {
        try Tensor(values, shape: shape).moved(to: device)
      }
      let (mean, variance) = (try placed([9], [1]), try placed([9], [1]))
      let (weight, bias) = (try placed([2], [1]), try placed([1], [1]))
      for leaf in [weight, bias] { try leaf.setRequiresGradient(true) }
      let reducer = try GradientReducer(parameters: [weight, bias], group: group)
      let output = try placed([4 * rank, 4 * rank + 2], [1, 1, 1, 2]).batchNormalized(
        weight: weight, bias: bias, runningMean: mean, runningVariance: variance,
        isTraining: true, momentum: 1, epsilon: 0, over: group)
      try reducer.begin()
      try Tensor.backward([output], gradients: [placed([1, rank + 1], [1, 1, 1, 2])])
      try reducer.finish()
      return try [mean, variance, bias.gradient()].map { try $0?.floats()[0] ?? -1 }
    }
    // β's gradient is the sum of all that comes back: 2, and 3 of a second rank.
    let expected: [Float] = size == 1 ? [1, 2, 2] : [3, 20 / 3, 5]
    #expect(found.count == Int(size))
    for numbers in found {
      #expect(zip(numbers, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "\(numbers)")
    }
  }

  @Test(.enabled(if: deviceCount > 1, "NCCL is not built in, or there are no two GPUs"))
  func aRankThatDoesNotComeIsAnErrorInTime() throws {
    let found: [(message: String, time: Duration)] = try withFolder { folder in
      let isOver = DispatchSemaphore(value: 0)
      return try inThreads(2) { rank in
        let group = try ProcessGroup(
          store: .file(path: folder + "/store"), rank: rank, size: 2, timeout: .seconds(60))
        try group.connectNCCL(on: .cuda(rank))
        group.setTimeout(.seconds(4))
        guard rank == 0 else {
          isOver.wait()
          return ("", .zero)
        }
        defer { isOver.signal() }
        let tensor = try Tensor([1], shape: [1]).moved(to: .cuda(rank))
        let start = ContinuousClock.now
        let error = #expect(throws: TorchError.self) { try group.sum([tensor]) }
        return (error?.message ?? "", start.duration(to: .now))
      }
    }
    #expect(found[0].message.hasPrefix("sum of 1 tensor over 2 processes failed after 3"))
    #expect(found[0].message.contains(" of 4 s: rank 1 is missing (no answer)"))
    #expect(found[0].time < .seconds(6))
  }
}
