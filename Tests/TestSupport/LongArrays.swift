/// Comparisons of long arrays: tests are compiled unoptimized, this module is not.
extension [Float] {
  /// Whether both hold the same numbers, or NaN in the same places.
  public func isSame(as other: [Float]) -> Bool {
    count == other.count && zip(self, other).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
  }

  /// Whether no element is further from the other's; NaN and infinity are in the same places.
  public func isClose(to other: [Float], tolerance: Double) -> Bool {
    count == other.count
      && zip(self, other).allSatisfy {
        $0 == $1 || $0.isNaN && $1.isNaN || abs(Double($0) - Double($1)) <= tolerance
      }
  }

  /// The largest absolute value of the finite elements; 0 without any.
  public var largestFinite: Double {
    Double(reduce(0) { $1.isFinite ? Swift.max($0, abs($1)) : $0 })
  }

  /// The rows of so many elements each that have one other than 0.
  public func nonZeroRows(width: Int) -> [Int] {
    (0..<count / width).filter { row in
      self[row * width..<(row + 1) * width].contains { $0 != 0 }
    }
  }
}

extension SeededNumbers {
  /// Numbers from −1 to 1, times a scale, around a centre, as the scripts of the goldens draw them.
  public mutating func signed(_ count: Int, around center: Double = 0, scale: Double = 1) -> [Float]
  {
    (0..<count).map { _ in Float(center + scale * (Double(next() >> 11) * 0x1p-53 * 2 - 1)) }
  }

  /// Logits whose first one stands above the others, as in a network that has learned something.
  public mutating func logits(rows: Int, logitCount: Int, spread: Double) -> [Float] {
    (0..<rows * logitCount).map { index in
      Float(number(-spread...spread) + (index % logitCount == 0 ? spread / 2 : 0))
    }
  }
}
