/// A row of numbers taken eight at a time without reaching beyond it: the last eight end with the
/// row, and so overlap those before; of a row of less than eight, the rest is its first number.
struct OverlappingRow: Sendable {
  let count: Int
  /// The lanes of the last vector that are not new: covered by the vector before it, or beyond a
  /// row of less than 8.
  let isSurplus: SIMDMask<SIMD8<Int32>>

  /// - Parameter count: at least 1.
  init(count: Int) {
    self.count = count
    let lanes = SIMD8<Int32>(0, 1, 2, 3, 4, 5, 6, 7)
    let isBeyond = lanes .>= Int32(count)
    let isCovered = lanes .< Int32(7 - (count - 1) % 8)
    isSurplus = count < 8 ? isBeyond : isCovered
  }

  /// Where the last vector begins; the others begin at 0, 8 … below it.
  var lastOffset: Int { max(count - 8, 0) }

  /// Returns the last vector.
  @inline(__always)
  func last(_ row: UnsafePointer<Float>) -> SIMD8<Float> {
    if count >= 8 { return SIMD8(at: row + (count - 8)) }
    var result = SIMD8<Float>(repeating: row[0])
    withUnsafeMutableBytes(of: &result) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: row, count: count * 4))
    }
    return result
  }

  /// Stores the last vector.
  @inline(__always)
  func storeLast(_ vector: SIMD8<Float>, to row: UnsafeMutablePointer<Float>) {
    if count >= 8 { return vector.store(to: row + (count - 8)) }
    withUnsafeBytes(of: vector) {
      UnsafeMutableRawPointer(row).copyMemory(
        from: $0.baseAddress.unsafelyUnwrapped, byteCount: count * 4)
    }
  }
}
