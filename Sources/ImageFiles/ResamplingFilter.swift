/// The weights of pixels when a window of an image becomes a row of another size.
public enum ResamplingFilter: String, Hashable, Sendable, Codable, CaseIterable {
  /// A triangle as wide as two source pixels; with more than that far apart some pixels are never
  /// looked at.
  case bilinear
  /// The triangle widens with the reduction, so that every pixel counts (Pillow's bilinear).
  case antialiasedBilinear

  /// For each output position a run of source positions and their weights.
  struct Weights {
    /// First source position of each output position.
    var starts: [Int] = []
    /// `taps` weights for each output position, 0 behind the end of a run.
    var values: [Float] = []
    var taps = 0
    /// Length of each run, at most `taps`; 0 where there is nothing to weight.
    var counts: [Int] = []
    /// Share of the filter that lies on the source, 0…1; the rest is filled with the mean.
    var coverage: [Float] = []

    /// The source positions from the first to the last that have a weight.
    var range: Range<Int> {
      let runs = starts.indices.filter { counts[$0] > 0 }
      let first = runs.lazy.map { starts[$0] }.min() ?? 0
      return first..<(runs.lazy.map { starts[$0] + counts[$0] }.max() ?? first)
    }
  }

  /// - Parameters:
  ///   - count: source pixels.
  ///   - start, end: the window, in source pixels; may leave the source.
  ///   - outputCount: output pixels.
  func weights(
    count: Int, start: Double, end: Double, outputCount: Int
  ) -> Weights {
    let scale = (end - start) / Double(outputCount)
    let support = self == .antialiasedBilinear ? max(scale, 1) : 1
    var result = Weights()
    result.taps = Int(support.rounded(.up)) * 2 + 1
    result.starts.reserveCapacity(outputCount)
    result.values = [Float](repeating: 0, count: outputCount * result.taps)
    result.coverage.reserveCapacity(outputCount)
    result.counts.reserveCapacity(outputCount)
    // Where the window begins or ends inside the source, the picture goes on beyond it and may be
    // looked at.
    for output in 0..<outputCount {
      let center = start + (Double(output) + 0.5) * scale
      let first = max(Int((center - support + 0.5).rounded(.down)), 0)
      let last = min(Int((center + support + 0.5).rounded(.down)), count)
      var sum = 0.0
      var taps: [Double] = []
      for position in first..<max(first, last) {
        let weight = max(1 - abs(Double(position) + 0.5 - center) / support, 0)
        taps.append(weight)
        sum += weight
      }
      // A pixel belongs to the source as far as its own extent does.
      let low = center - scale / 2
      let high = center + scale / 2
      let inside = max(min(high, Double(count)) - max(low, 0), 0)
      let share = sum > 0 ? min(inside / scale, 1) : 0
      result.starts.append(min(first, max(count - 1, 0)))
      result.coverage.append(Float(share))
      result.counts.append(sum > 0 ? min(taps.count, result.taps) : 0)
      for (tap, weight) in taps.prefix(result.taps).enumerated() where sum > 0 {
        result.values[output * result.taps + tap] = Float(weight / sum)
      }
    }
    return result
  }
}
