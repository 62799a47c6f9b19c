import CTorch

/// SGD with momentum: v = momentum·v + g + decay·w, w = w − rate·v.
public final class StochasticGradientDescent: Optimizer {
  /// Parameters that share a weight decay.
  public struct Group {
    /// The weights that are changed.
    public let parameters: [Tensor]
    /// The state of each parameter; zeros at the start.
    public let velocities: [Tensor]
    /// The decay of all of them, 0 or more.
    public let weightDecay: Double
  }

  /// The parameters, group by group.
  public private(set) var groups: [Group] = []
  /// The share of the velocity that stays, 0 to below 1.
  public let momentum: Double
  /// The number of steps that were made; none of them depends on it.
  public var stepCount = 0

  /// Creates an optimizer without parameters.
  public init(momentum: Double) {
    self.momentum = momentum
  }

  public var parameters: [Tensor] { groups.flatMap(\.parameters) }

  public var state: [(name: String, tensor: Tensor)] {
    groups.enumerated().flatMap { $1.velocities.named("velocities", group: $0) }
  }

  public func addGroup(_ parameters: [Tensor], weightDecay: Double) throws(TorchError) {
    groups.append(
      Group(
        parameters: parameters, velocities: try parameters.zeros(), weightDecay: weightDecay))
  }

  public func step(rate: Double) throws(TorchError) {
    for group in groups {
      let parameters = group.parameters.map(\.handle)
      let velocities = group.velocities.map(\.handle)
      try TorchError.check(
        ct_sgd_step(
          parameters, velocities, Int32(parameters.count), rate, momentum, group.weightDecay),
        "step")
    }
    stepCount += 1
  }
}
