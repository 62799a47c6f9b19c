import MultiBox
import TestSupport
import Testing

struct HardNegativeMiningTests {
  private func reference(_ losses: [Double], _ positives: Set<Int>, _ count: Int) -> [Int] {
    losses.indices.filter { !positives.contains($0) }
      .sorted { (losses[$1], $0) < (losses[$0], $1) }.prefix(count).sorted()
  }

  @Test(arguments: [3, 1000]) func theHardestAreChosenTiesToTheLowerIndex(levels: Int) {
    var numbers = SeededNumbers(UInt64(levels))
    for _ in 0..<1000 {
      let size = numbers.integer(1...60)
      let losses = (0..<size).map { _ in Double(numbers.integer(0...levels)) / 7 }
      let positives = Set((0..<size).filter { _ in numbers.integer(0...3) == 0 })
      let count = numbers.integer(0...size - positives.count)
      let chosen = HardNegativeMining().negatives(
        losses: losses, isExcluded: positives.contains, count: count)
      #expect(chosen == reference(losses, positives, count))
    }
  }

  // By hand: min(max(⌊ratio · P⌋, minimum), D − P).
  @Test(arguments: [
    (3.0, 0, 2, 100, 6), (3, 0, 0, 100, 0), (3, 5, 0, 100, 5), (3, 0, 40, 100, 60),
    (0.5, 0, 3, 100, 1), (.infinity, 2, 0, 100, 2), (.infinity, 0, 1, 100, 99),
    (3, 200, 1, 100, 99), (1e300, 0, 1, 100, 99), (0, 0, 5, 100, 0),
  ])
  func theCountFollowsTheFormula(
    ratio: Double, minimum: Int, positives: Int, boxes: Int, expected: Int
  ) {
    let mining = HardNegativeMining(negativesPerPositive: ratio, minimumNegatives: minimum)
    #expect(mining.count(positives: positives, background: boxes - positives) == expected)
  }

  @Test func notANumberIsHardest() {
    let chosen = HardNegativeMining().negatives(
      losses: [1, .nan, 3, .infinity], isExcluded: { _ in false }, count: 2)
    #expect(chosen == [1, 3])
  }
}
