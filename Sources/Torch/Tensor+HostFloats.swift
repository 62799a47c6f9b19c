import CTorch

/// The seam to the loss: logits and offsets are read, and their gradients written, where LibTorch
/// keeps them on the CPU, and through a copy where they lie on another device.
extension Tensor {
  /// Calls `body` with the elements of a contiguous float32 tensor, to read.
  ///
  /// Without a copy on the CPU; with one from another device.
  public func withFloats<Result>(
    _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    try checkIsReadable("withFloats")
    guard device == .cpu else { return try withCopiedFloats(body) }
    return try withStoredFloats { try body(UnsafeBufferPointer($0)) }
  }

  /// Calls `body` with the elements of a contiguous float32 tensor, to read and to write.
  ///
  /// Without a copy on the CPU. A tensor of another device has what `body` wrote when it returns.
  public func withMutableFloats<Result>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    try checkIsReadable("withMutableFloats")
    guard device == .cpu else { return try withWrittenFloats(body) }
    return try withStoredFloats(body)
  }

  private func withStoredFloats<Result>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    var pointer: UnsafeMutablePointer<Float>?
    try TorchError.check(ct_tensor_float_pointer(handle, &pointer), "withFloats")
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeMutableBufferPointer(start: pointer, count: elementCount))
  }

  // The ways of another device, apart from the choice, so that they can be tested on the CPU.

  func withCopiedFloats<Result>(
    _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    try copiedToHost().withStoredFloats { try body(UnsafeBufferPointer($0)) }
  }

  func withWrittenFloats<Result>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    let copy = try copiedToHost()
    let result = try copy.withStoredFloats(body)
    try assign(copy)
    return result
  }

  private func copiedToHost() throws(TorchError) -> Tensor {
    let copy = try emptyOnHost()
    try copy.assign(self)
    return copy
  }
}
