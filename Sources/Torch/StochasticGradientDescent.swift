import CTorch

/// SGD with momentum: v = momentum·v + g + decay·w, w = w − rate·v.
///
/// Parameters come in groups, because biases and norms do not decay.
public final class StochasticGradientDescent {
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

  /// Creates an optimizer without parameters.
  public init(momentum: Double) {
    self.momentum = momentum
  }

  /// Adds parameters that share a weight decay.
  ///
  /// - Parameters:
  ///   - parameters: leaves that require a gradient; each step changes them in place.
  ///   - weightDecay: 0 or more.
  public func addGroup(_ parameters: [Tensor], weightDecay: Double) throws(TorchError) {
    var velocities: [Tensor] = []
    for parameter in parameters {
      let velocity = try parameter.detached().emptyLike()
      try velocity.assign(Tensor.full(parameter.shape, 0))
      velocities.append(velocity)
    }
    groups.append(
      Group(parameters: parameters, velocities: velocities, weightDecay: weightDecay))
  }

  /// Forgets the gradients of all parameters.
  public func clearGradients() throws(TorchError) {
    for group in groups {
      let handles = group.parameters.map(\.handle)
      try TorchError.check(ct_clear_gradients(handles, Int32(handles.count)), "clearGradients")
    }
  }

  /// Multiplies all gradients by a factor, as for a divisor that is known after `backward` alone.
  ///
  /// - Parameter factor: any number.
  public func scaleGradients(by factor: Double) throws(TorchError) {
    for parameter in groups.flatMap(\.parameters) {
      guard let gradient = try parameter.gradient() else { continue }
      try gradient.assign(gradient.multiplied(by: factor))
    }
  }

  /// Scales all gradients down together so that their Euclidean norm is at most `maximum`.
  ///
  /// - Parameter maximum: 0 leaves them as they are.
  /// - Returns: the norm before; not finite when any gradient is not.
  public func clipGradients(maximum: Double) throws(TorchError) -> Double {
    let handles = groups.flatMap(\.parameters).map(\.handle)
    var norm = 0.0
    try TorchError.check(
      ct_clip_gradients(handles, Int32(handles.count), maximum, &norm), "clipGradients")
    return norm
  }

  /// Makes one step with the gradients that `backward` left.
  ///
  /// - Parameter rate: the learning rate.
  public func step(rate: Double) throws(TorchError) {
    for group in groups {
      let parameters = group.parameters.map(\.handle)
      let velocities = group.velocities.map(\.handle)
      try TorchError.check(
        ct_sgd_step(
          parameters, velocities, Int32(parameters.count), rate, momentum, group.weightDecay),
        "step")
    }
  }
}
