import CTorch

/// A rule that changes parameters by their gradients, step by step.
///
/// Parameters come in groups, because biases and norms do not decay.
public protocol Optimizer: AnyObject {
  /// All parameters, group by group.
  var parameters: [Tensor] { get }

  /// What it remembers of the steps before, each tensor with a name of its own: all that a rule
  /// needs to go on, besides the number of steps.
  var state: [(name: String, tensor: Tensor)] { get }

  /// The number of steps that were made; one that goes on from an ``Optimizer/state`` is told.
  var stepCount: Int { get set }

  /// Adds parameters that share a weight decay.
  ///
  /// - Parameters:
  ///   - parameters: leaves that require a gradient; each step changes them in place.
  ///   - weightDecay: 0 or more.
  func addGroup(_ parameters: [Tensor], weightDecay: Double) throws(TorchError)

  /// Makes one step with the gradients that `backward` left.
  ///
  /// - Parameter rate: the learning rate.
  func step(rate: Double) throws(TorchError)
}

extension Optimizer {
  /// Forgets the gradients of all parameters.
  public func clearGradients() throws(TorchError) {
    let handles = parameters.map(\.handle)
    try TorchError.check(ct_clear_gradients(handles, Int32(handles.count)), "clearGradients")
  }

  /// Multiplies all gradients by a factor, as for a divisor that is known after `backward` alone.
  ///
  /// - Parameter factor: any number.
  public func scaleGradients(by factor: Double) throws(TorchError) {
    for parameter in parameters {
      guard let gradient = try parameter.gradient() else { continue }
      try gradient.assign(gradient.multiplied(by: factor))
    }
  }

  /// Scales all gradients down together so that their Euclidean norm is at most `maximum`.
  ///
  /// - Parameter maximum: 0 leaves them as they are.
  /// - Returns: the norm before; not finite when any gradient is not.
  public func clipGradients(maximum: Double) throws(TorchError) -> Double {
    let handles = parameters.map(\.handle)
    var norm = 0.0
    try TorchError.check(
      ct_clip_gradients(handles, Int32(handles.count), maximum, &norm), "clipGradients")
    return norm
  }
}

extension [Tensor] {
  /// A tensor of zeros for each, on its device and in its memory order.
  func zeros() throws(TorchError) -> [Tensor] {
    var result: [Tensor] = []
    for tensor in self {
      let zeros = try tensor.detached().emptyLike()
      try zeros.assign(Tensor.full(tensor.shape, 0))
      result.append(zeros)
    }
    return result
  }

  /// Each with a name: `prefix.group.position`.
  func named(_ prefix: String, group: Int) -> [(name: String, tensor: Tensor)] {
    enumerated().map { ("\(prefix).\(group).\($0)", $1) }
  }
}
