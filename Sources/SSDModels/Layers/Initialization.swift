import Torch

/// The initial distribution of a convolution's weights.
public enum Initialization: Hashable, Sendable {
  /// Normal with variance 2 / (k² · C′), as torchvision starts MobileNets and ResNets (He et al.,
  /// fan out).
  case kaimingNormalFanOut
  /// Uniform with variance 2 / (k²·C + k²·C′) (Glorot and Bengio), as torchvision starts SSD's
  /// extras and heads.
  case xavierUniform
  /// Normal with a fixed deviation.
  case normal(deviation: Double)

  /// Fills a convolution's `weight` with numbers of `generator`.
  ///
  /// - Precondition: its shape is `[C′, C / groups, k, k]`.
  public func fill(_ weight: Tensor, using generator: TorchGenerator) throws {
    let shape = weight.shape
    precondition(shape.count == 4, "C′, C / groups, k, k are four sizes, not \(shape)")
    let window = shape[2] * shape[3]
    switch self {
    case .kaimingNormalFanOut:
      let deviation = (2 / Double(shape[0] * window)).squareRoot()
      try generator.fillNormal(weight, deviation: deviation)
    case .xavierUniform:
      let bound = (6 / Double((shape[0] + shape[1]) * window)).squareRoot()
      try generator.fillUniform(weight, low: -bound, high: bound)
    case .normal(let deviation):
      try generator.fillNormal(weight, deviation: deviation)
    }
  }
}
