import Torch

/// A 2-D convolution with a square kernel: `[N, C, H, W]` → `[N, C′, H′, W′]`.
public struct Convolution {
  let weight: Tensor
  let bias: Tensor?
  let stride: Int
  let padding: Int
  let dilation: Int
  let groups: Int

  /// - Parameters:
  ///   - scope: variables become `scope.weight` and `scope.bias`.
  ///   - padding: nil keeps the size at stride 1 (half the dilated kernel).
  ///   - biasValue: the initial bias; nil for none, as before a normalization.
  public init(
    _ scope: VariableScope, input: Int, output: Int, kernel: Int, stride: Int = 1,
    padding: Int? = nil, dilation: Int = 1, groups: Int = 1, biasValue: Double? = 0,
    initialization: Initialization = .kaimingNormalFanOut
  ) throws {
    weight = try scope.weight("weight", [output, input / groups, kernel, kernel]) {
      try initialization.fill($0, using: $1)
    }
    bias = try biasValue.map { try scope.constant("bias", [output], $0, .bias) }
    self.stride = stride
    self.padding = padding ?? (kernel - 1) / 2 * dilation
    self.dilation = dilation
    self.groups = groups
  }

  public func callAsFunction(_ input: Tensor) throws -> Tensor {
    // One cell gives one cell at any stride. With 2, LibTorch 2.15.0 leaves parts of the weight's
    // bfloat16 gradient unwritten: whatever stood in memory, NaN at times.
    let isOneCell = input.shape[2] == 1 && input.shape[3] == 1
    return try input.convolved(
      weight: weight, bias: bias, stride: isOneCell ? 1 : stride, padding: padding,
      dilation: dilation, groups: groups)
  }
}
