import CTorch

/// The place where a tensor's elements lie and its operations compute.
///
/// As text `cpu`, `cuda` (the same as `cuda:0`) or `cuda:1`; so it stands in files and options. The
/// tensors of one operation lie on one device, and its result lies there too. Elements go from one
/// device to another by ``Tensor/moved(to:)`` and ``Tensor/assign(_:)``.
///
/// CUDA needs a LibTorch that has it, and a build that links it (`LIBTORCH_CUDA`). Verified on one
/// NVIDIA H200 with LibTorch 2.11 and CUDA 13: ten losses of a training are within 1.5e-4 of the
/// processor's in float32 and within 6.1e-4 in bfloat16; two runs on it differ in bits. Several
/// devices are not verified, nor are images in bytes, which the device normalizes.
public enum Device: Hashable, Sendable, Codable {
  /// The processor.
  case cpu
  /// A CUDA device by its index, from 0.
  case cuda(Int)

  /// The number of CUDA devices that LibTorch finds; 0 for a LibTorch without CUDA.
  public static var cudaCount: Int { Int(ct_cuda_device_count()) }

  /// LibTorch computes on the device.
  public var isAvailable: Bool {
    switch self {
    case .cpu: true
    case .cuda(let index): (0..<Self.cudaCount).contains(index)
    }
  }

  /// Checks that LibTorch computes on the device, as everything that makes a tensor there does.
  ///
  /// - Throws: ``TorchError`` with the device that was asked for and those that are there.
  public func checkAvailable() throws(TorchError) {
    guard !isAvailable else { return }
    let count = Self.cudaCount
    throw TorchError(
      operation: "device \(self)",
      message: count == 0
        ? "expected a CUDA device, found none; CUDA needs a LibTorch that has it and a build with"
          + " LIBTORCH_CUDA=1"
        : "expected one of cuda:0 to cuda:\(count - 1), as many as LibTorch finds")
  }

  /// Waits until the device has computed all that it was given; at once for the processor.
  public func synchronize() throws(TorchError) {
    try checkAvailable()
    try TorchError.check(ct_synchronize(index), "synchronize \(self)")
  }

  /// A number of the GPU behind a CUDA device, of each GPU of each machine another, so that
  /// processes can tell whether they share one.
  ///
  /// - Throws: ``TorchError`` for the processor, and where NCCL is not built in.
  public func cardNumber() throws(TorchError) -> UInt64 {
    try checkAvailable()
    var result: UInt64 = 0
    try TorchError.check(ct_cuda_card(index, &result), "GPU of \(self)")
    return result
  }

  /// What the bridge calls the device.
  ///
  /// - Precondition: it is available.
  var index: CTDevice {
    switch self {
    case .cpu: CTDevice(CT_CPU)
    case .cuda(let index): CTDevice(index)
    }
  }

  init(index: CTDevice) {
    self = index < 0 ? .cpu : .cuda(Int(index))
  }
}

extension Device: RawRepresentable, CustomStringConvertible {
  /// Reads `cpu`, `cuda` or `cuda:1`; nil for any other text.
  public init?(rawValue: String) {
    switch rawValue {
    case "cpu": self = .cpu
    case "cuda": self = .cuda(0)
    default:
      let prefix = "cuda:"
      guard rawValue.hasPrefix(prefix), let index = Int(rawValue.dropFirst(prefix.count)),
        // What Int reads besides: signs and leading zeros.
        rawValue == Device.cuda(index).rawValue, index >= 0
      else { return nil }
      self = .cuda(index)
    }
  }

  /// `cpu` or `cuda:` and the index.
  public var rawValue: String {
    switch self {
    case .cpu: "cpu"
    case .cuda(let index): "cuda:\(index)"
    }
  }

  public var description: String { rawValue }
}
