import TestSupport
import Testing

@testable import NetworkGraphs

struct RangeTests {
  private func statistics(_ numbers: [Float], channelCount: Int = 1) -> ValueStatistics {
    var statistics = ValueStatistics(channelCount: channelCount)
    numbers.withUnsafeBufferPointer { statistics.add($0) }
    return statistics
  }

  // By hand: steps of .5; ties to the even byte: .25 is half a step, to 0; .75 is 1.5, to 2.
  @Test func aGridRoundsToTheNearestAndClips() {
    let grid = ByteGrid(scale: 0.5, isSigned: true)
    let numbers: [Float] = [0, 0.2, 0.25, 0.75, -0.6, 100, -100, .infinity]
    #expect(numbers.map(grid.rounded) == [0, 0, 0, 1, -0.5, 63.5, -64, 63.5])
    let unsigned = ByteGrid(scale: 0.5, isSigned: false)
    #expect(numbers.map(unsigned.rounded) == [0, 0, 0, 1, 0, 100, 0, 127.5])
  }

  // By hand: 254 / 127 = 2 with negatives, 255 / 255 = 1 without; a value that is always 0 has 1.
  @Test func aGridOfALimitHasZeroInIt() {
    #expect(ByteGrid(limit: 254, hasNegatives: true) == ByteGrid(scale: 2, isSigned: true))
    #expect(ByteGrid(limit: 255, hasNegatives: false) == ByteGrid(scale: 1, isSigned: false))
    #expect(
      ByteGrid(limit: 0, hasNegatives: false) == ByteGrid(scale: 1 / 255, isSigned: false))
  }

  // By hand: channels [1, −3, 2], [0, 8, 4]; then [1, 1, 1], [0, 0, −6]: means 3 / 6 and 6 / 6.
  @Test func statisticsAreOfAllImages() {
    var statistics = statistics([1, -3, 2, 0, 8, 4], channelCount: 2)
    [Float]([1, 1, 1, 0, 0, -6]).withUnsafeBufferPointer { statistics.add($0) }
    #expect(statistics.channelMeans == [0.5, 1])
    #expect(statistics.channelMagnitudes == [3, 8])
    #expect((statistics.lowest, statistics.highest) == (-6, 8))
    #expect(statistics.largestMagnitude == 8)
    #expect(statistics.nonFiniteCount == 0)
  }

  @Test func whatIsNoNumberIsCountedAlone() {
    let statistics = statistics([1, .nan, -.infinity, 2])
    #expect(statistics.nonFiniteCount == 2)
    #expect((statistics.lowest, statistics.highest) == (0, 2))
    #expect(RangeRule.largest.grid(of: statistics) == ByteGrid(limit: 2, hasNegatives: false))
  }

  @Test func nothingHasAGridToo() {
    for rule in [RangeRule.largest, .leastSquares] {
      #expect(rule.grid(of: statistics([0, 0])) == ByteGrid(limit: 0, hasNegatives: false))
    }
  }

  // Of numbers near the largest that there are, which a network that has come apart gives.
  @Test(arguments: [RangeRule.largest, .leastSquares])
  func theLargestNumbersHaveAGridToo(rule: RangeRule) {
    let largest = Float.greatestFiniteMagnitude
    let grid = rule.grid(of: statistics([largest, 0.5 * largest, 1, -0.3 * largest]))
    let error = abs(grid.rounded(0.5 * largest) / largest - 0.5)
    #expect(error <= 0.01, "\(grid)")
  }

  // The largest of all, however seldom it is.
  @Test func theLargestIsNotClipped() {
    let numbers = [Float](repeating: 1, count: 990) + [Float](repeating: 100, count: 10)
    #expect(
      RangeRule.largest.grid(of: statistics(numbers))
        == ByteGrid(limit: 100, hasNegatives: false))
  }

  // Against every limit of a fine list, by the numbers themselves: the rule's error is within 3 %
  // of the smallest, and below that of the largest magnitude.
  @Test(arguments: [true, false])
  func leastSquaresIsNearTheSmallestError(hasNegatives: Bool) {
    var random = SeededNumbers(7)
    let numbers =
      (0..<20_000).map { _ -> Float in
        // A product of four: long tails.
        let number = (0..<4).reduce(Float(1)) { product, _ in
          product * Float.random(in: -1...1, using: &random)
        }
        return hasNegatives ? number : number.magnitude
      } + [4]
    func error(_ grid: ByteGrid) -> Double {
      numbers.reduce(0) {
        let difference = Double(grid.rounded($1) - $1)
        return $0 + difference * difference
      }
    }
    let statistics = statistics(numbers)
    let found = error(RangeRule.leastSquares.grid(of: statistics))
    let smallest =
      (1...400).map {
        error(ByteGrid(limit: Float($0) / 100, hasNegatives: hasNegatives))
      }.min() ?? 0
    #expect(found <= 1.03 * smallest)
    #expect(found < error(RangeRule.largest.grid(of: statistics)))
  }

  // The order of images, and so when bins are joined, changes nothing.
  @Test func binsAreJoinedAsIfTheRangeHadBeenKnown() {
    var random = SeededNumbers(3)
    let images = [0.001, 1, 30].map { scale in
      (0..<500).map { _ in Float.random(in: -1...1, using: &random) * Float(scale) }
    }
    func all(_ images: [[Float]]) -> ValueStatistics {
      var statistics = ValueStatistics(channelCount: 1)
      for image in images { image.withUnsafeBufferPointer { statistics.add($0) } }
      return statistics
    }
    #expect(all(images).bins == all(images.reversed()).bins)
  }

  // By hand: errors 1 and −2, squares 5; expected [1, 3] around 2 and [10, 10] around 10: 2.
  @Test func anErrorIsAShareOfWhatChannelsVaryBy() {
    var error = OutputError(channelCount: 2)
    [Float]([2, 3, 8, 10]).withUnsafeBufferPointer { found in
      [Float]([1, 3, 10, 10]).withUnsafeBufferPointer { error.add(found, expected: $0) }
    }
    #expect(error.share == 2.5)
    #expect(OutputError().share == 0)
  }

  @Test func anErrorOfWhatDoesNotVaryIsInfinite() {
    for (found, expected) in [([1, 2], [2, 2]), ([.nan, 1], [0, 1])] as [([Float], [Float])] {
      var error = OutputError()
      found.withUnsafeBufferPointer { found in
        expected.withUnsafeBufferPointer { error.add(found, expected: $0) }
      }
      #expect(error.share == .infinity)
    }
  }

  // Each convolution costs what its name says; the limit wants the fewest of the worst.
  @Test(arguments: [(100, 0), (15, 0), (14.5, 1), (10, 1), (9.5, 2), (1, 4), (0.5, 5), (0, 5)])
  func theFewestStayFloat(limit: Double, expected: Int) {
    let ranked = ["5", "4", "3", "2", "1"]
    var measured: [Set<String>] = []
    let (names, error) = SensitivitySearch(limit: limit).floatConvolutions(of: ranked) { float in
      measured.append(float)
      return ranked.filter { !float.contains($0) }.reduce(0) { $0 + (Double($1) ?? 0) }
    }
    #expect(names == Array(ranked.prefix(expected)))
    #expect(error == ranked.dropFirst(expected).reduce(0) { $0 + (Double($1) ?? 0) })
    #expect(Set(measured).count == measured.count, "measured twice")
  }

  @Test func allStayFloatWhereNoNumberIsEnough() {
    let (names, error) = SensitivitySearch(limit: 1).floatConvolutions(of: ["a", "b"]) { _ in 2 }
    #expect(names == ["a", "b"] && error == 2)
  }
}
