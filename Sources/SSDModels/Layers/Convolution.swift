import Torch

/// A 2-D convolution with a square kernel: `[N, C, H, W]` → `[N, C′, H′, W′]`.
public struct Convolution {
  /// The weight, `[C′, C / groups, k, k]`.
  public let weight: Tensor
  /// The bias, `[C′]`; nil without.
  public let bias: Tensor?
  private let stride: Int
  private let padding: Int
  private let dilation: Int
  private let groups: Int

  /// Makes the variables, with initial values.
  ///
  /// - Parameters:
  ///   - scope: variables become `scope.weight` and `scope.bias`.
  ///   - input: C.
  ///   - output: C′.
  ///   - kernel: k, rows and columns of the window.
  ///   - stride: pixels from one window to the next.
  ///   - padding: nil keeps the size at stride 1 (half the dilated kernel).
  ///   - dilation: pixels between neighbours of a window.
  ///   - groups: parts of the channels that do not see each other; C for a depthwise convolution.
  ///   - biasValue: the initial bias; nil for none, as before a normalization.
  ///   - initialization: of the weight.
  /// - Precondition: `groups` divides C and C′.
  public init(
    _ scope: VariableScope, input: Int, output: Int, kernel: Int, stride: Int = 1,
    padding: Int? = nil, dilation: Int = 1, groups: Int = 1, biasValue: Double? = 0,
    initialization: Initialization = .kaimingNormalFanOut
  ) throws {
    precondition(
      input % groups == 0 && output % groups == 0,
      "\(groups) groups of \(input) to \(output) channels")
    weight = try scope.weight("weight", [output, input / groups, kernel, kernel]) {
      try initialization.fill($0, using: $1)
    }
    bias = try biasValue.map { try scope.constant("bias", [output], $0, .bias) }
    self.stride = stride
    self.padding = padding ?? (kernel - 1) / 2 * dilation
    self.dilation = dilation
    self.groups = groups
  }

  /// Computes `[N, C′, H′, W′]` of `input`, `[N, C, H, W]`.
  public func callAsFunction(_ input: Tensor) throws -> Tensor {
    // One cell gives one cell at any stride. With 2, LibTorch 2.15.0 leaves parts of the weight's
    // bfloat16 gradient unwritten: whatever stood in memory, NaN at times.
    let isOneCell = input.shape[2] == 1 && input.shape[3] == 1
    return try input.convolved(
      weight: weight, bias: bias, stride: isOneCell ? 1 : stride, padding: padding,
      dilation: dilation, groups: groups)
  }

  /// Returns H′ for H, and so W′ for W.
  ///
  /// - Parameter input: pixels along an axis.
  public func cellCount(_ input: Int) -> Int {
    let window = dilation * (weight.shape[2] - 1) + 1
    return max((input + 2 * padding - window) / stride + 1, 0)
  }
}
