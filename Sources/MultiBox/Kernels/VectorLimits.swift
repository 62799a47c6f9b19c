extension UnsafeBufferPointer<Float> {
  /// Whether no element is NaN or farther from 0 than `limit`.
  func allSatisfyMagnitude(atMost limit: Float) -> Bool {
    guard let numbers = baseAddress else { return true }
    let lanes = SIMD8<Float>.scalarCount
    let whole = count - count % lanes
    var isBeyond = SIMD8<UInt32>(repeating: 0)
    for first in stride(from: 0, to: whole, by: lanes) {
      let values = SIMD8(at: numbers + first)
      isBeyond |= (.!(values .<= limit)).bits | (.!(values .>= -limit)).bits
    }
    guard !isBeyond.isAnySet else { return false }
    return self[whole...].allSatisfy { abs($0) <= limit }
  }
}
