import CTorch

/// AdamW: m = β₁·m + (1 − β₁)·g, s = β₂·s + (1 − β₂)·g², and at step t, from 1,
/// w = (1 − rate·decay)·w − rate·(m / (1 − β₁ᵗ)) / (√(s / (1 − β₂ᵗ)) + ε).
///
/// The decay stands beside the gradient, not in it, so that no parameter's own step divides it.
///
/// - SeeAlso: Loshchilov and Hutter, Decoupled Weight Decay Regularization (arXiv:1711.05101).
public final class AdamW: Optimizer {
  /// Parameters that share a weight decay.
  public struct Group {
    /// The weights that are changed.
    public let parameters: [Tensor]
    /// m of each parameter, the mean of its gradients; zeros at the start.
    public let means: [Tensor]
    /// s of each parameter, the mean of their squares; zeros at the start.
    public let squares: [Tensor]
    /// The decay of all of them, 0 or more.
    public let weightDecay: Double
  }

  /// The parameters, group by group.
  public private(set) var groups: [Group] = []
  /// The share of the mean of gradients that stays, 0 to below 1.
  public let beta1: Double
  /// The share of the mean of their squares that stays, 0 to below 1.
  public let beta2: Double
  /// What keeps a gradient of 0 from being divided by 0.
  public let epsilon: Double
  /// The number of steps that were made, t of the last one: means of few gradients are divided by
  /// the share that they have seen.
  public var stepCount = 0

  /// Creates an optimizer without parameters.
  ///
  /// - Parameters:
  ///   - beta1: the share of the mean of gradients that stays, 0 to below 1.
  ///   - beta2: the share of the mean of their squares that stays, 0 to below 1.
  ///   - epsilon: is added to the root of the squares, above 0.
  public init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }

  public var parameters: [Tensor] { groups.flatMap(\.parameters) }

  public var state: [(name: String, tensor: Tensor)] {
    groups.enumerated().flatMap {
      $1.means.named("means", group: $0) + $1.squares.named("squares", group: $0)
    }
  }

  public func addGroup(_ parameters: [Tensor], weightDecay: Double) throws(TorchError) {
    groups.append(
      Group(
        parameters: parameters, means: try parameters.zeros(), squares: try parameters.zeros(),
        weightDecay: weightDecay))
  }

  public func step(rate: Double) throws(TorchError) {
    for group in groups {
      let parameters = group.parameters.map(\.handle)
      let means = group.means.map(\.handle)
      let squares = group.squares.map(\.handle)
      try TorchError.check(
        ct_adamw_step(
          parameters, means, squares, Int32(parameters.count), Int64(stepCount) + 1, rate, beta1,
          beta2, epsilon, group.weightDecay),
        "step")
    }
    stepCount += 1
  }
}
