import CTorch

extension Tensor {
  /// Returns the same storage outside of the record: no gradient flows through it.
  public func detached() throws(TorchError) -> Tensor {
    try Tensor.make("detached", sameAs: self) { ct_tensor_detach(handle, $0) }
  }

  /// Returns a copy with storage of its own, outside of the record.
  public func cloned() throws(TorchError) -> Tensor {
    try Tensor.make("cloned", sameAs: self) { ct_tensor_clone(handle, $0) }
  }

  /// Returns the elements converted to `type`; the tensor itself where they have it.
  public func converted(to type: ElementType) throws(TorchError) -> Tensor {
    try Tensor.make("converted", sameAs: self) {
      ct_to_element_type(handle, type.rawValue, $0)
    }
  }

  /// Returns the same elements on a device; the same storage where they lie there.
  ///
  /// - Parameter device: one that is available.
  public func moved(to device: Device) throws(TorchError) -> Tensor {
    try device.checkAvailable()
    return try Tensor.make("moved", sameAs: self) { ct_to_device(handle, device.index, $0) }
  }

  /// Returns the same elements with a memory order of N, H, W, C; the shape stays `[N, C, H, W]`.
  public func channelsLast() throws(TorchError) -> Tensor {
    try Tensor.make("channelsLast", sameAs: self) { ct_to_channels_last(handle, $0) }
  }

  /// Returns the elements in the order of the shape, copied if need be.
  public func contiguous() throws(TorchError) -> Tensor {
    try Tensor.make("contiguous", sameAs: self) { ct_contiguous(handle, $0) }
  }

  /// Returns the dimensions in another order, with the same storage.
  ///
  /// - Parameter order: of each new dimension, the number that it has now.
  public func permuted(_ order: [Int]) throws(TorchError) -> Tensor {
    try Tensor.make("permuted", of: [self], as: .permute(order)) {
      ct_permute(handle, order.map(Int64.init), Int32(order.count), $0)
    }
  }

  /// Returns the same elements in another shape.
  ///
  /// - Parameter shape: sizes of as many elements; one of them may be −1 and is derived.
  public func reshaped(_ shape: [Int]) throws(TorchError) -> Tensor {
    try Tensor.make("reshaped", of: [self], as: .reshape(Array(shape.dropFirst()))) {
      ct_reshape(handle, shape.map(Int64.init), Int32(shape.count), $0)
    }
  }

  /// Puts tensors one behind the other.
  ///
  /// - Parameters:
  ///   - tensors: of the same sizes in all other dimensions.
  ///   - dimension: from 0.
  public static func concatenated(
    _ tensors: [Tensor], dimension: Int
  ) throws(TorchError) -> Tensor {
    let handles = tensors.map(\.handle)
    return try make("concatenated", of: tensors, as: .concatenate(dimension: dimension)) {
      ct_concatenate(handles, Int32(handles.count), Int32(dimension), $0)
    }
  }

  /// Returns the slices of `dimension` that `indices`, int64, name.
  public func selected(_ indices: Tensor, dimension: Int) throws(TorchError) -> Tensor {
    try Tensor.make("selected", of: [self, indices], as: nil) {
      ct_index_select(handle, Int32(dimension), indices.handle, $0)
    }
  }
}
