import Torch

/// The function that follows a normalization.
public enum Activation: Hashable, Sendable {
  /// x, unchanged.
  case identity
  /// max(x, 0).
  case relu
  /// min(max(x, 0), 6).
  case relu6
  /// x · min(max(x + 3, 0), 6) / 6.
  case hardSwish

  /// Applies the function to every element of `input`.
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
  private let convolution: Convolution
  private let normalization: BatchNormalization
  private let activation: Activation

  /// Makes the variables of the two parts; see ``Convolution`` and ``BatchNormalization``.
  ///
  /// - Parameters:
  ///   - scope: variables become `scope.0.weight`, `scope.1.weight` and so on.
  ///   - input: C.
  ///   - output: C′.
  ///   - kernel: k, rows and columns of the window; the size stays at stride 1.
  ///   - stride: pixels from one window to the next.
  ///   - groups: C for a depthwise convolution.
  ///   - activation: follows the normalization.
  ///   - scale: the initial weight of the normalization; 0 lets a residual branch start as nothing.
  ///   - normalizationMomentum: share of the batch in the running statistics.
  ///   - normalizationEpsilon: what the variance is raised by.
  ///   - initialization: of the convolution's weight.
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

  /// Computes `[N, C′, H′, W′]` of a map.
  ///
  /// - Parameters:
  ///   - input: `[N, C, H, W]`.
  ///   - isTraining: the normalization uses the batch's statistics and updates the running ones.
  public func callAsFunction(_ input: Tensor, isTraining: Bool) throws -> Tensor {
    try activation(normalization(convolution(input), isTraining: isTraining))
  }
}
