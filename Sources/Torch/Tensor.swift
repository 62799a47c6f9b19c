import CTorch

/// The type of a tensor's elements.
public enum ElementType: Int32, Hashable, Sendable {
  /// IEEE single precision.
  case float32 = 0
  /// The upper half of a float32.
  case bfloat16 = 1
  /// 64 bits with sign.
  case int64 = 2
  /// IEEE half precision.
  case float16 = 3
}

/// A reference to a LibTorch tensor, released with the last Swift reference.
///
/// LibTorch tensors share their storage: views and in-place operations are seen through every
/// reference. Not `Sendable`: autograd's record is built without locks.
public final class Tensor {
  let handle: CTTensor
  /// Nil where no trace follows the tensor.
  var traced: TracedValue?

  /// Owns a new reference.
  init(owning handle: CTTensor) {
    self.handle = handle
  }

  deinit {
    ct_tensor_free(handle)
  }

  /// Runs a bridge function that returns a new reference.
  static func make(
    _ operation: String, _ body: (UnsafeMutablePointer<CTTensor>) -> CTStatus
  ) throws(TorchError) -> Tensor {
    var result = CTTensor(pointer: nil)
    try TorchError.check(body(&result), operation)
    return Tensor(owning: result)
  }

  // MARK: Creation

  /// Copies `elements` into a float32 tensor of `shape` on a device.
  ///
  /// - Precondition: `shape` holds as many elements as are given.
  public convenience init(
    _ elements: [Float], shape: [Int], on device: Device = .cpu
  ) throws(TorchError) {
    precondition(
      elements.count == shape.reduce(1, *), "\(elements.count) elements for the shape \(shape)")
    try self.init(bytes: elements, elementType: .float32, shape: shape, on: device)
  }

  /// Copies `elements` into an int64 tensor of `shape` on a device.
  ///
  /// - Precondition: `shape` holds as many elements as are given.
  public convenience init(
    integers elements: [Int64], shape: [Int], on device: Device = .cpu
  ) throws(TorchError) {
    precondition(
      elements.count == shape.reduce(1, *), "\(elements.count) elements for the shape \(shape)")
    try self.init(bytes: elements, elementType: .int64, shape: shape, on: device)
  }

  /// Copies images that lie in memory as `[N, H, W, C]` into a tensor of shape `[N, C, H, W]` with
  /// that memory order, on a device.
  ///
  /// - Parameters:
  ///   - elements: N · H · W · C numbers.
  ///   - shape: N, H, W, C.
  ///   - device: where the tensor lies.
  public convenience init(
    channelsLast elements: [Float], shape: [Int], on device: Device = .cpu
  ) throws(TorchError) {
    precondition(shape.count == 4, "N, H, W, C are four sizes, not \(shape)")
    let images = try Tensor(elements, shape: shape, on: device)
    var result = CTTensor(pointer: nil)
    try TorchError.check(ct_permute(images.handle, [0, 3, 1, 2], 4, &result), "channelsLast")
    self.init(owning: result)
  }

  /// Copies images of bytes that lie in memory as `[N, H, W, C]` to a device, and normalizes them
  /// there: (byte − mean) / standard deviation, in float32, in a tensor of shape `[N, C, H, W]`
  /// that keeps the memory order.
  ///
  /// On the processor the numbers are those of the same formula in `Float`, bit by bit. To another
  /// device the bytes go from pinned memory, while the host goes on; this is not verified on a GPU.
  ///
  /// - Parameters:
  ///   - bytes: N · H · W · C grey levels.
  ///   - shape: N, H, W, C.
  ///   - mean: of each channel, in grey levels.
  ///   - standardDeviation: of each channel, in grey levels, above 0; its reciprocal is the factor.
  ///   - device: where the tensor lies.
  /// - Precondition: `shape` holds as many elements as are given, and of the other two there is one
  ///   for each channel.
  public convenience init(
    channelsLast bytes: [UInt8], shape: [Int], mean: [Float], standardDeviation: [Float],
    on device: Device = .cpu
  ) throws(TorchError) {
    precondition(shape.count == 4, "N, H, W, C are four sizes, not \(shape)")
    precondition(
      bytes.count == shape.reduce(1, *), "\(bytes.count) elements for the shape \(shape)")
    precondition(
      mean.count == shape[3] && standardDeviation.count == shape[3],
      "\(mean.count) means, \(standardDeviation.count) deviations for \(shape[3]) channels")
    try device.checkAvailable()
    var result = CTTensor(pointer: nil)
    try TorchError.check(
      ct_images_from_bytes(
        bytes, shape.map(Int64.init), mean, standardDeviation.map { 1 / $0 }, device.index,
        &result),
      "images from \(shape) bytes")
    self.init(owning: result)
  }

  private convenience init<Element>(
    bytes elements: [Element], elementType: ElementType, shape: [Int], on device: Device
  ) throws(TorchError) {
    try device.checkAvailable()
    var result = CTTensor(pointer: nil)
    let status = elements.withUnsafeBytes { bytes in
      ct_tensor_from_bytes(
        bytes.baseAddress, elementType.rawValue, shape.map(Int64.init), Int32(shape.count),
        device.index, &result)
    }
    try TorchError.check(status, "tensor from \(shape) elements")
    self.init(owning: result)
  }

  /// Creates a float32 tensor of `shape` with `value` everywhere, on a device.
  public static func full(
    _ shape: [Int], _ value: Double, on device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    try device.checkAvailable()
    return try make("full") {
      ct_tensor_full(shape.map(Int64.init), Int32(shape.count), value, device.index, $0)
    }
  }

  /// Returns a tensor of the same shape, layout and device whose elements are not set.
  public func emptyLike() throws(TorchError) -> Tensor {
    try Tensor.make("emptyLike") { ct_tensor_empty_like(handle, $0) }
  }

  /// Returns a tensor on the CPU of the same shape, row by row, whose elements are not set: to be
  /// filled there and then moved to this tensor's device, which copies its memory fast.
  public func emptyOnHost() throws(TorchError) -> Tensor {
    try Tensor.make("emptyOnHost") { ct_tensor_empty_on_host(handle, $0) }
  }

  // MARK: Properties

  /// The sizes of the dimensions; empty for a scalar.
  public var shape: [Int] {
    (0..<ct_tensor_rank(handle)).map { Int(ct_tensor_size(handle, $0)) }
  }

  /// The product of the sizes; 1 for a scalar.
  public var elementCount: Int { shape.reduce(1, *) }

  /// The device that the elements lie on.
  public var device: Device { Device(index: ct_tensor_device(handle)) }

  /// The type of the elements; nil for one that this interface does not name.
  public var elementType: ElementType? { ElementType(rawValue: ct_tensor_element_type(handle)) }

  // MARK: Elements

  /// Returns the elements row by row, converted to `Float`.
  public func floats() throws(TorchError) -> [Float] {
    try checkIsReadable("floats")
    try TorchError.check(elementType == .int64 ? 1 : 0, "floats of an int64 tensor")
    var status: CTStatus = 0
    let count = elementCount
    let result = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      status = ct_tensor_copy_to_host(handle, buffer.baseAddress, Int64(count * 4))
      initialized = status == 0 ? count : 0
    }
    try TorchError.check(status, "floats")
    return result
  }

  /// Returns the only element.
  public func scalar() throws(TorchError) -> Float {
    let elements = try floats()
    precondition(elements.count == 1, "a scalar of a tensor of shape \(shape)")
    return elements[0]
  }

  /// Overwrites the elements with those of `source`, outside of the record.
  ///
  /// - Parameter source: of the same shape; of any element type, layout and device.
  public func assign(_ source: Tensor) throws(TorchError) {
    try TorchError.check(ct_tensor_assign(handle, source.handle), "assign")
  }
}
