import Detectors
import Torch

extension Precision {
  /// bfloat16 where the processor multiplies it natively and LibTorch makes use of it, float32
  /// elsewhere.
  public static var fastest: Precision { BFloat16.isNative ? .bfloat16 : .float32 }

  /// Runs `body` with this precision on the calling thread.
  public func compute<Result>(_ body: () throws -> Result) rethrows -> Result {
    self == .bfloat16 ? try BFloat16.compute(body) : try body()
  }
}
