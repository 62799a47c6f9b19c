import Torch

/// What follows a normalization.
public enum Activation: Hashable, Sendable {
  case identity
  case relu
  /// min(max(x, 0), 6).
  case relu6
  /// x · min(max(x + 3, 0), 6) / 6.
  case hardSwish

  public func callAsFunction(_ input: Tensor) throws -> Tensor {
    switch self {
    case .identity: input
    case .relu: try input.relu()
    case .relu6: try input.relu6()
    case .hardSwish: try input.hardSwish()
    }
  }
}

/// Convolution without bias, batch normalization, activation: `scope.0` and `scope.1`, as
/// torchvision names them.
public struct NormalizedConvolution {
  let convolution: Convolution
  let normalization: BatchNormalization
  let activation: Activation

  public init(
    _ scope: VariableScope, input: Int, output: Int, kernel: Int, stride: Int = 1,
    groups: Int = 1, activation: Activation = .relu, scale: Double = 1,
    normalizationMomentum: Double = 0.1, normalizationEpsilon: Double = 1e-5,
    initialization: Initialization = .kaimingNormalFanOut
  ) throws {
    convolution = try Convolution(
      scope(0), input: input, output: output, kernel: kernel, stride: stride, groups: groups,
      biasValue: nil, initialization: initialization)
    normalization = try BatchNormalization(
      scope(1), channels: output, scale: scale, momentum: normalizationMomentum,
      epsilon: normalizationEpsilon)
    self.activation = activation
  }

  public func callAsFunction(_ input: Tensor, isTraining: Bool) throws -> Tensor {
    try activation(normalization(convolution(input), isTraining: isTraining))
  }
}
