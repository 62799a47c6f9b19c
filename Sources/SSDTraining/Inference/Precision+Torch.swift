import Detectors
import Torch

extension Precision {
  /// Returns bfloat16 where the `device` multiplies it natively and LibTorch makes use of it,
  /// float32 elsewhere and for a device that is not available.
  public static func fastest(on device: Device) -> Precision {
    BFloat16.isNative(on: device) ? .bfloat16 : .float32
  }

  /// Runs `body` with this precision on the calling thread, whatever the device of its tensors.
  public func compute<Result>(_ body: () throws -> Result) rethrows -> Result {
    switch self {
    case .float32: try body()
    case .bfloat16: try BFloat16.compute(body)
    case .float16: try HalfPrecision.compute(body)
    }
  }
}
