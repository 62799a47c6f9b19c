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
}
