/// Finds the default boxes that can be among the `count` hardest negatives, by a rough exponential.
///
/// Mining asks for exact losses of few rows; of the others only that they stay below. The bits of a
/// `Float`, read as an integer, are nearly linear in its logarithm; read backwards, a
/// multiplication and an addition give exp(x) · (1 … 1.0615).
struct NegativeCandidates {
  private let logits: UnsafeBufferPointer<Float>
  private let logitCount: Int
  private let boxCount: Int

  /// How many default boxes are needed at least.
  static let minimumBoxCount = 16
  /// Rough values are this many times the true ones, at most.
  private static let excess: Float = 1.0615
  /// Bins of the ratios' histogram in each octave, as a number of bits.
  private static let binBits: UInt32 = 5

  init(logits: UnsafeBufferPointer<Float>, logitCount: Int) {
    self.logits = logits
    self.logitCount = logitCount
    boxCount = logits.count / logitCount
  }

  /// Returns candidates by rising index; the `count` negatives with the largest −log ĉ^0 are among
  /// them.
  ///
  /// - Parameter assignment: what is matched or ignored in it is no negative.
  /// - Precondition: more than `count` negatives, `count` above 0, and 16 default boxes or more.
  func indices(count: Int, _ assignment: BoxAssignment) -> [Int32] {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: boxCount + 3) { ratios in
      writeRatios(to: ratios.baseAddress.unsafelyUnwrapped)
      // Below every negative's.
      for match in assignment.matches { ratios[match.defaultBox] = 0 }
      for index in assignment.ignored { ratios[index] = 0 }
      // What is at least the true cut can seem smaller by the excess of x_0, and the cut larger by
      // that of the sum; a little more for rounding.
      let cut =
        Self.lowerBound(ofLargest: count, UnsafeBufferPointer(rebasing: ratios[..<boxCount]))
        / (Self.excess * Self.excess * 1.002)
      return [Int32](unsafeUninitializedCapacity: boxCount) { indices, found in
        for index in 0..<boxCount {
          indices[found] = Int32(truncatingIfNeeded: index)
          found += ratios[index] >= cut ? 1 : 0
        }
      }
    }
  }

  /// Returns a number that the `count`-th largest ratio reaches, and hardly more.
  private static func lowerBound(
    ofLargest count: Int, _ ratios: UnsafeBufferPointer<Float>
  ) -> Float {
    // Ratios stand above 1/2, but for those of the positives.
    let shift = 23 - binBits
    let first = Float(0.5).bitPattern >> shift
    let binCount = Int(Float.infinity.bitPattern >> shift - first) + 1
    return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: binCount) { bins in
      bins.initialize(repeating: 0)
      for ratio in ratios {
        bins[Int(max(ratio.bitPattern >> shift, first) &- first)] &+= 1
      }
      var rest = count
      var bin = binCount - 1
      while bin > 0 {
        rest -= Int(bins[bin])
        if rest <= 0 { break }
        bin -= 1
      }
      let bound = Float(bitPattern: (UInt32(bin) + first) << shift)
      // Rough ratios overflow before true ones do.
      return min(bound, .greatestFiniteMagnitude)
    }
  }

  /// Writes Σ exp(x_k) / exp(x_0), roughly, for each default box, and up to three elements more.
  private func writeRatios(to ratios: UnsafeMutablePointer<Float>) {
    // A chunk stays in the first-level cache.
    let rowsPerChunk = max(4096 / logitCount / 16, 1) * 16
    // Sums are taken of four rows at a time, in vectors of four.
    let capacity = (rowsPerChunk + 3) * logitCount + 3
    withUnsafeTemporaryAllocation(of: Float.self, capacity: capacity) { buffer in
      buffer.initialize(repeating: 1)
      let exponentials = buffer.baseAddress.unsafelyUnwrapped
      for start in stride(from: 0, to: boxCount, by: rowsPerChunk) {
        // The last chunk begins earlier if it would not fill a vector.
        let first = min(start, boxCount - Self.minimumBoxCount)
        let rows = first..<min(first + rowsPerChunk, boxCount)
        let isInRange = Self.writeExponentials(
          of: logits.baseAddress.unsafelyUnwrapped + first * logitCount,
          count: rows.count * logitCount, to: exponentials)
        writeRatios(of: exponentials, count: rows.count, to: ratios + first)
        if !isInRange { writeExactRatios(rows, to: ratios) }
      }
    }
  }

  /// Writes `count` rough exponentials; false if a logit is NaN or too large for them.
  ///
  /// - Parameter count: at least 16.
  private static func writeExponentials(
    of logits: UnsafePointer<Float>, count: Int, to exponentials: UnsafeMutablePointer<Float>
  ) -> Bool {
    // x / log 2 with 16 fractional bits, as the low bits of a number between 2²³ and 2²⁴.
    let scale = SIMD16<Float>(repeating: 65_536 * 1.442_695_04)
    let shift = SIMD16<Float>(repeating: 12_582_912)
    let shiftExponent = SIMD16<UInt32>(repeating: 0x4B00_0000)
    // Takes the 2²² back that the shift left, and adds the exponent's bias.
    let bias = SIMD16<UInt32>(repeating: 0x3F80_0000 - 0x2000_0000)
    var seen = SIMD16<UInt32>(repeating: 0)
    @inline(__always) func write(_ offset: Int) {
      let x = UnsafeRawPointer(logits + offset).loadUnaligned(as: SIMD16<Float>.self)
      let bits = unsafeBitCast(x * scale + shift, to: SIMD16<UInt32>.self) ^ shiftExponent
      seen |= bits
      UnsafeMutableRawPointer(exponentials + offset).storeBytes(
        of: (bits &<< SIMD16<UInt32>(repeating: 7)) &+ bias, as: SIMD16<UInt32>.self)
    }
    var offset = 0
    while offset < count - 16 {
      write(offset)
      offset += 16
    }
    // Ends with the last logit, so it overlaps the one before it.
    write(count - 16)
    // Beyond ±44.36, at infinities and at NaN the sum leaves its binade.
    return !any(seen .> SIMD16<UInt32>(repeating: 0x007F_FFFF))
  }

  /// Writes Σ e_k / e_0 of `count` rows, in fours.
  private func writeRatios(
    of exponentials: UnsafePointer<Float>, count: Int, to ratios: UnsafeMutablePointer<Float>
  ) {
    let rowBytes = logitCount * 4
    let wholeBytes = (logitCount & ~3) * 4
    let isInRow = SIMD4<Int32>(0, 1, 2, 3) .< Int32(logitCount & 3)
    func load(_ address: UnsafeRawPointer) -> SIMD4<Float> {
      address.loadUnaligned(as: SIMD4<Float>.self)
    }
    func loadRest(_ address: UnsafeRawPointer) -> SIMD4<Float> {
      SIMD4<Float>.zero.replacing(with: load(address), where: isInRow)
    }
    for group in stride(from: 0, to: count, by: 4) {
      let row = UnsafeRawPointer(exponentials + group * logitCount)
      var (a, b, c, d) = (
        loadRest(row + wholeBytes), loadRest(row + wholeBytes + rowBytes),
        loadRest(row + wholeBytes + 2 * rowBytes), loadRest(row + wholeBytes + 3 * rowBytes)
      )
      var address = row
      let end = row + wholeBytes
      while address < end {
        a += load(address)
        b += load(address + rowBytes)
        c += load(address + 2 &* rowBytes)
        d += load(address + 3 &* rowBytes)
        address += 16
      }
      let ab = SIMD4(a[0], a[2], b[0], b[2]) + SIMD4(a[1], a[3], b[1], b[3])
      let cd = SIMD4(c[0], c[2], d[0], d[2]) + SIMD4(c[1], c[3], d[1], d[3])
      let sums = SIMD4(ab[0], ab[2], cd[0], cd[2]) + SIMD4(ab[1], ab[3], cd[1], cd[3])
      let first = exponentials + group * logitCount
      let background = SIMD4(
        first[0], first[logitCount], first[2 * logitCount], first[3 * logitCount])
      UnsafeMutableRawPointer(ratios + group).storeBytes(
        of: sums / background, as: SIMD4<Float>.self)
    }
  }

  /// Writes the ratios of the rows that the rough exponential cannot serve; what is NaN or
  /// overflows counts as infinite.
  private func writeExactRatios(_ rows: Range<Int>, to ratios: UnsafeMutablePointer<Float>) {
    for index in rows {
      let row = ImageLoss.row(index, of: logits, count: logitCount)
      guard !row.allSatisfy({ abs($0) <= VectorSoftmax.limit }) else { continue }
      let loss = SoftmaxCrossEntropy.value(row, label: 0)
      ratios[index] = loss.isNaN ? .infinity : Float.exponential(loss)
    }
  }
}
