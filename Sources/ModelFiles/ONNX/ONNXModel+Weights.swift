import Files
import Foundation

extension ONNXModel {
  /// Makes sure that no weight of a file is NaN. Infinities are left alone: graphs have them as
  /// bounds.
  ///
  /// - Parameter path: of an ONNX file; weights in files of their own are not looked at.
  /// - Throws: `FileError` naming the first array that holds one, and the number of them.
  public static func checkWeights(of path: String) throws(FileError) {
    for weights in try contents(of: path).graph.initializer {
      let count: Int
      switch weights.dataType {
      case NamedArray.ElementType.float32.onnxNumber:
        // Larger than infinity as whole numbers, without the sign.
        count = weights.rawData.count(of: UInt32.self) { $0 & 0x7FFF_FFFF > 0x7F80_0000 }
      case NamedArray.ElementType.float16.onnxNumber:
        count = weights.rawData.count(of: UInt16.self) { $0 & 0x7FFF > 0x7C00 }
      default: continue
      }
      guard count == 0 else {
        throw FileError(path: path, reason: "\(weights.name): \(count) values are NaN")
      }
    }
  }
}

extension Data {
  fileprivate func count<Number: FixedWidthInteger & BitwiseCopyable>(
    of type: Number.Type, where isCounted: (Number) -> Bool
  ) -> Int {
    withUnsafeBytes { bytes in
      let size = MemoryLayout<Number>.size
      return stride(from: 0, to: bytes.count / size * size, by: size).count {
        isCounted(Number(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: type)))
      }
    }
  }
}
