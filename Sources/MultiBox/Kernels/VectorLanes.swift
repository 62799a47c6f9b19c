extension SIMD8<Float> {
  /// Loads eight numbers, aligned as numbers and no more.
  @inline(__always)
  init(at pointer: UnsafePointer<Float>) {
    self = UnsafeRawPointer(pointer).loadUnaligned(as: Self.self)
  }

  /// Stores the lanes, aligned as numbers and no more.
  @inline(__always)
  func store(to pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: Self.self)
  }

  // By halves: `sum()` is a chain of eight additions, and `max()` asks each lane whether it is NaN
  // (Swift 6.3, 18 and 40 instructions for 8 and 10).

  /// The sum of all lanes, in one order on every machine.
  @inline(__always)
  var total: Float {
    let halves = unsafeBitCast(self, to: (SIMD4<Float>, SIMD4<Float>).self)
    let lanes = halves.0 + halves.1
    return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
  }

  /// The largest lane; none is NaN.
  @inline(__always)
  var largest: Float {
    let halves = unsafeBitCast(self, to: (SIMD4<Float>, SIMD4<Float>).self)
    let lanes = halves.0.replacing(with: halves.1, where: halves.1 .> halves.0)
    return Swift.max(Swift.max(lanes[0], lanes[1]), Swift.max(lanes[2], lanes[3]))
  }
}

extension SIMDMask<SIMD8<Int32>> {
  /// All ones where the mask is set, else 0.
  @inline(__always)
  var bits: SIMD8<UInt32> { unsafeBitCast(self, to: SIMD8<UInt32>.self) }
}

extension SIMD8<UInt32> {
  /// Whether a lane is not 0.
  @inline(__always)
  var isAnySet: Bool {
    let four = unsafeBitCast(self, to: SIMD4<UInt64>.self)
    let two = four.lowHalf | four.highHalf
    return two[0] | two[1] != 0
  }
}
