import MultiBox
import Testing

struct BoxTests {
  private let unit = Box(xMin: 0, yMin: 0, xMax: 1, yMax: 1)

  // By hand: [0,0,2,2] and [1,1,3,3] share 1 of 4 + 4 − 1.
  @Test func intersectionOverUnionOfOverlappingSquares() {
    let a = Box(xMin: 0, yMin: 0, xMax: 2, yMax: 2)
    let b = Box(xMin: 1, yMin: 1, xMax: 3, yMax: 3)
    #expect(a.intersectionOverUnion(b) == 1.0 / 7)
    #expect(b.intersectionOverUnion(a) == 1.0 / 7)
    #expect(a.intersectionOverUnion(a) == 1)
  }

  @Test(arguments: [
    Box(xMin: 1, yMin: 0, xMax: 2, yMax: 1),  // a shared edge
    Box(xMin: 2, yMin: 2, xMax: 3, yMax: 3),
    Box(xMin: 0.5, yMin: 0.5, xMax: 0.5, yMax: 0.9),  // without area
    Box(xMin: 0.9, yMin: 0.1, xMax: 0.1, yMax: 0.9),  // inside out
    Box(xMin: .nan, yMin: 0, xMax: 1, yMax: 1),
  ])
  func nothingSharedIsZero(other: Box) {
    #expect(unit.intersectionOverUnion(other) == 0)
    #expect(other.intersectionOverUnion(unit) == 0)
  }

  @Test func cornersAndCentreAreTheSameBox() {
    let box = Box(xMin: 0.25, yMin: 0.5, xMax: 0.75, yMax: 0.625)
    let center = CenterBox(box)
    #expect(center == CenterBox(cx: 0.5, cy: 0.5625, width: 0.5, height: 0.125))
    #expect(Box(center) == box)
  }

  @Test func clippingKeepsWhatIsInside() {
    let box = Box(xMin: -1, yMin: 0.5, xMax: 0.5, yMax: 2)
    #expect(box.clipped() == Box(xMin: 0, yMin: 0.5, xMax: 0.5, yMax: 1))
  }

  // golden/loss, "Encoding": [0, 0, 10, 20], [1, 2, 12, 18] → [1.5, 0, .476551, −1.115718].
  @Test func encodingFollowsTheFormula() {
    let offsets = BoxCoder().encoded(
      CenterBox(Box(xMin: 1, yMin: 2, xMax: 12, yMax: 18)),
      relativeTo: CenterBox(Box(xMin: 0, yMin: 0, xMax: 10, yMax: 20)))
    #expect(abs(offsets.cx - 1.5) < 1e-12)
    #expect(abs(offsets.cy) < 1e-12)
    #expect(abs(offsets.width - 0.476551) < 1e-6)
    #expect(abs(offsets.height + 1.115718) < 1e-6)
  }

  @Test func decodingInvertsEncoding() {
    var numbers = SeededNumbers(1)
    for _ in 0..<1000 {
      let coder = BoxCoder(
        centerVariance: numbers.number(0.05...1), sizeVariance: numbers.number(0.05...1))
      let box = CenterBox(numbers.box())
      let defaultBox = CenterBox(numbers.box())
      let again = coder.decoded(
        coder.encoded(box, relativeTo: defaultBox), relativeTo: defaultBox)
      #expect(abs(again.cx - box.cx) < 1e-12)
      #expect(abs(again.cy - box.cy) < 1e-12)
      #expect(abs(again.width - box.width) < 1e-12)
      #expect(abs(again.height - box.height) < 1e-12)
    }
  }

  // By hand: 62.5 = exp(log(1000 / 16)).
  @Test func theLimitCutsWildSizes() {
    let coder = BoxCoder(maximumSizeOffset: BoxCoder.torchvisionMaximumSizeOffset)
    let defaultBox = CenterBox(cx: 0.5, cy: 0.5, width: 0.1, height: 0.2)
    let box = coder.decoded(
      BoxOffsets(cx: 0, cy: 0, width: 1000, height: 1), relativeTo: defaultBox)
    #expect(abs(box.width - 6.25) < 1e-9)
    #expect(abs(box.height - 0.2 * Double.exponential(0.2)) < 1e-12)
  }
}
