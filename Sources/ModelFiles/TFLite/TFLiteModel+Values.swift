import Files
import Foundation

extension TFLiteModel.Tensor {
  /// Returns the values of a constant, dequantised; none for a tensor that is computed.
  ///
  /// - Parameter path: what errors call the file.
  /// - Throws: `FileError` naming the tensor, whose elements are of another type, or whose scales
  ///   are not those of its channels.
  package func floats(path: String) throws(FileError) -> [Float] {
    switch element {
    case .float32, .float16:
      let type = element == .float32 ? NamedArray.ElementType.float32 : .float16
      let count = values.count / type.byteCount
      let array = NamedArray(
        elementType: type, shape: [count], bytes: values.prefix(count * type.byteCount))
      do {
        return try array.floats()
      } catch {
        throw FileError(path: path, reason: "TFLite: \(name): \(error)")
      }
    case .uint8: return try dequantized(values.map { Int($0) }, path: path)
    case .int8: return try dequantized(values.map { Int(Int8(bitPattern: $0)) }, path: path)
    case .int32:
      let numbers = stride(from: 0, through: values.count - 4, by: 4).map { place in
        Int(
          Int32(
            truncatingIfNeeded: (0..<4).reduce(0) {
              $0 | Int(values[values.startIndex + place + $1]) << (8 * $1)
            }))
      }
      return try dequantized(numbers, path: path)
    case nil:
      throw FileError(
        path: path, reason: "TFLite: \(name): expected float, 8-bit or 32-bit elements")
    }
  }

  private func dequantized(_ numbers: [Int], path: String) throws(FileError) -> [Float] {
    let (scales, zeros) = (quantization.scales, quantization.zeroPoints)
    guard scales.count > 1 else {
      let (scale, zero) = (scales.first ?? 1, Float(zeros.first ?? 0))
      return numbers.map { scale * (Float($0) - zero) }
    }
    let dimension = quantization.dimension
    guard shape.indices.contains(dimension), shape[dimension] == scales.count,
      zeros.isEmpty || zeros.count == scales.count
    else {
      throw FileError(
        path: path,
        reason: "TFLite: \(name) \(shape): expected a scale for each channel of dimension"
          + " \(dimension), found \(scales.count), with \(zeros.count) zero points")
    }
    // Elements that stand side by side and belong to one channel; sizes are a hostile file's.
    let size = shape[(dimension + 1)...].reduce(1) { $0.multipliedReportingOverflow(by: $1).0 }
    guard size > 0 else { return [] }
    return numbers.enumerated().map { index, number in
      let channel = index / size % scales.count
      return scales[channel] * (Float(number) - Float(zeros.isEmpty ? 0 : zeros[channel]))
    }
  }
}
