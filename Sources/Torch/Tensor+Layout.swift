import CTorch

extension Tensor {
  public func detached() throws(TorchError) -> Tensor {
    try Tensor.make("detached", sameAs: self) { ct_tensor_detach(handle, $0) }
  }

  /// Returns a copy with storage of its own, outside of the record.
  public func cloned() throws(TorchError) -> Tensor {
    try Tensor.make("cloned", sameAs: self) { ct_tensor_clone(handle, $0) }
  }

  public func converted(to type: ElementType) throws(TorchError) -> Tensor {
    try Tensor.make("converted", sameAs: self) {
      ct_to_element_type(handle, type.rawValue, $0)
    }
  }

  /// Returns the same elements on a device; the same storage where they lie there.
  public func moved(to device: Device) throws(TorchError) -> Tensor {
    try device.checkAvailable()
    return try Tensor.make("moved", sameAs: self) { ct_to_device(handle, device.index, $0) }
  }

  /// Returns the same elements with a memory order of N, H, W, C; the shape stays `[N, C, H, W]`.
  public func channelsLast() throws(TorchError) -> Tensor {
    try Tensor.make("channelsLast", sameAs: self) { ct_to_channels_last(handle, $0) }
  }

  public func contiguous() throws(TorchError) -> Tensor {
    try Tensor.make("contiguous", sameAs: self) { ct_contiguous(handle, $0) }
  }

  public func permuted(_ order: [Int]) throws(TorchError) -> Tensor {
    try Tensor.make("permuted", of: [self], as: .permute(order)) {
      ct_permute(handle, order.map(Int64.init), Int32(order.count), $0)
    }
  }

  /// One of the sizes may be −1: it is derived from the others.
  public func reshaped(_ shape: [Int]) throws(TorchError) -> Tensor {
    try Tensor.make("reshaped", of: [self], as: .reshape(Array(shape.dropFirst()))) {
      ct_reshape(handle, shape.map(Int64.init), Int32(shape.count), $0)
    }
  }

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
