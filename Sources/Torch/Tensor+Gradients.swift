import CTorch

extension Tensor {
  /// Asks for a gradient of this tensor, or no longer; of a leaf, not of what was computed.
  ///
  /// - Parameter required: true for weights that are trained.
  public func setRequiresGradient(_ required: Bool) throws(TorchError) {
    try TorchError.check(
      ct_tensor_set_requires_gradient(handle, required), "setRequiresGradient")
  }

  /// Returns the accumulated gradient, or nil where there is none.
  public func gradient() throws(TorchError) -> Tensor? {
    var result = CTTensor(pointer: nil)
    try TorchError.check(ct_tensor_gradient(handle, &result), "gradient")
    return result.pointer == nil ? nil : Tensor(owning: result)
  }

  /// Computes the gradient of a scalar down to every leaf that requires one.
  public func backward() throws(TorchError) {
    var handles = [handle]
    try TorchError.check(ct_backward(&handles, nil, 1), "backward")
  }

  /// Continues from `tensors`, whose gradients are known, down to every leaf that requires one.
  ///
  /// - Parameters:
  ///   - tensors: what was computed.
  ///   - gradients: the derivatives by the elements of each.
  /// - Precondition: as many gradients as tensors, of the same shapes.
  public static func backward(_ tensors: [Tensor], gradients: [Tensor]) throws(TorchError) {
    precondition(
      tensors.count == gradients.count, "\(gradients.count) gradients for \(tensors.count) tensors")
    let handles = tensors.map(\.handle)
    let gradientHandles = gradients.map(\.handle)
    defer { withExtendedLifetime((tensors, gradients)) {} }
    try TorchError.check(
      ct_backward(handles, gradientHandles, Int32(handles.count)), "backward")
  }
}

/// The recording of operations, of this thread.
public enum Gradients {
  /// Runs `body` without recording operations for `backward`.
  public static func unrecorded<Result>(_ body: () throws -> Result) rethrows -> Result {
    let before = ct_gradient_recording()
    ct_set_gradient_recording(false)
    defer { ct_set_gradient_recording(before) }
    return try body()
  }
}

/// Convolutions that take and give bfloat16; the rest follows LibTorch's autocast list. Weights and
/// optimizer stay in float32.
public enum BFloat16 {
  /// Tells a device that is there and multiplies bfloat16 natively, of which LibTorch makes use.
  ///
  /// - Parameter device: any device.
  public static func isNative(on device: Device) -> Bool {
    device.isAvailable && ct_has_bfloat16_instructions(device.index)
  }

  /// Runs `body` in bfloat16 on the calling thread, whatever the device of its tensors.
  public static func compute<Result>(_ body: () throws -> Result) rethrows -> Result {
    try autocast(to: .bfloat16, body)
  }
}

/// Convolutions that take and give float16; the rest follows LibTorch's autocast list. Weights and
/// optimizer stay in float32.
public enum HalfPrecision {
  /// Runs `body` in float16 on the calling thread, whatever the device of its tensors.
  public static func compute<Result>(_ body: () throws -> Result) rethrows -> Result {
    try autocast(to: .float16, body)
  }
}

private func autocast<Result>(
  to type: ElementType, _ body: () throws -> Result
) rethrows -> Result {
  ct_set_autocast(type.rawValue)
  defer { ct_set_autocast(ElementType.float32.rawValue) }
  return try body()
}
