import NetworkGraphs
import Testing

@testable import Torch

struct OperationTraceTests {
  private func images() throws -> Tensor {
    try Tensor((0..<24).map { Float($0) }, shape: [2, 3, 2, 2])
  }

  @Test func stepsNameOperationsOperandsAndShapes() throws {
    let (trace, input) = try OperationTrace.begin(with: images())
    let weight = try Tensor.full([4, 3, 1, 1], 1)
    let scale = try Tensor.full([4], 2).reshaped([1, 4, 1, 1])
    let output = try input.channelsLast().convolved(weight: weight, bias: nil).relu()
      .multiplied(by: scale).adding(input.convolved(weight: weight, bias: nil))
      .reshaped([2, -1, 4]).converted(to: .float32)
    #expect(
      trace.steps.map(\.operation) == [
        .convolution(stride: 1, padding: 0, dilation: 1, groups: 1), .relu, .multiply,
        .convolution(stride: 1, padding: 0, dilation: 1, groups: 1), .add, .reshape([-1, 4]),
      ])
    #expect(
      trace.steps.map(\.outputShape)
        == Array(repeating: [2, 4, 2, 2], count: 5) + [[2, 4, 4]])
    let operands = trace.steps.map { step in
      step.operands.map { operand in
        switch operand {
        case .value(let value): "\(value)"
        case .constant(let tensor): tensor === weight ? "w" : tensor === scale ? "s" : "?"
        }
      }
    }
    #expect(operands == [["0", "w"], ["1"], ["2", "s"], ["0", "w"], ["3", "4"], ["5"]])
    #expect(trace.value(of: input) == 0)
    #expect(trace.value(of: output) == 6)
    #expect(trace.value(of: scale) == nil)
  }

  @Test func whatNoTraceFollowsIsNotRecorded() throws {
    let tensor = try images()
    let (trace, _) = try OperationTrace.begin(with: tensor)
    let output = try tensor.relu().permuted([0, 2, 3, 1])
    #expect(trace.steps.isEmpty)
    #expect(output.traced == nil && trace.value(of: output) == nil)
  }

  @Test func aTraceKeepsConstantsAlone() throws {
    let before = TorchRuntime.liveTensorCount
    func traced() throws -> OperationTrace {
      let (trace, input) = try OperationTrace.begin(with: images())
      _ = try input.relu().multiplied(by: Tensor.full([1], 2)).relu6()
      return trace
    }
    let trace = try traced()
    #expect(trace.steps.count == 3)
    #expect(TorchRuntime.liveTensorCount == before + 1)
    withExtendedLifetime(trace) {}
  }

  @Test func whatAGraphCannotHoldIsNamed() throws {
    let ones = try Tensor.full([3], 1)
    let noOperation = "not an operation of network graphs; cannot be traced"
    let moved = "in a trace of N = 2, which must stay the first size"
    let cases: [(String, (Tensor) throws -> Void)] = [
      ("multiplied: \(noOperation)", { _ = try $0.multiplied(by: 2) }),
      (
        "selected: \(noOperation)",
        { _ = try $0.selected(Tensor(integers: [0], shape: [1]), dimension: 1) }
      ),
      (
        "smoothL1Sum: \(noOperation)",
        { _ = try Tensor.full([2, 3, 2, 2], 1).smoothL1Sum(to: $0, beta: 1) }
      ),
      (
        "batchNormalized: \(noOperation)",
        {
          _ = try $0.batchNormalized(
            weight: ones, bias: ones, runningMean: ones.cloned(), runningVariance: ones.cloned(),
            isTraining: true, momentum: 0, epsilon: 1)
        }
      ),
      ("permuted: gives [3, 2, 2, 2] \(moved)", { _ = try $0.permuted([1, 0, 2, 3]) }),
      ("reshaped: gives [24] \(moved)", { _ = try $0.reshaped([-1]) }),
      ("floats: the elements of a traced tensor", { _ = try $0.floats() }),
      ("withFloats: the elements of a traced tensor", { try $0.withFloats { _ in } }),
    ]
    for (expected, body) in cases {
      let input = try OperationTrace.begin(with: images()).input
      #expect(
        #expect(throws: TorchError.self) { try body(input) }?.description
          == "LibTorch, \(expected)")
      let untraced = try images()
      #expect(throws: Never.self) { try body(untraced) }
    }
  }

  @Test func twoTracesDoNotMix() throws {
    let first = try OperationTrace.begin(with: images()).input
    let second = try OperationTrace.begin(with: images()).input
    #expect(
      #expect(throws: TorchError.self) { try first.adding(second) }?.description
        == "LibTorch, adding: tensors of two traces")
  }
}
