import MultiBox
import Testing

@testable import SSDReport

struct LabelPlacementTests {
  private let box = PixelBox(xMin: 100, yMin: 100, xMax: 200, yMax: 180)

  private func places(
    _ boxes: [PixelBox], width: Double = 60, height: Double = 12,
    frame: (Double, Double) = (400, 300)
  ) -> [PixelBox] {
    var placement = LabelPlacement(width: frame.0, height: frame.1, boxes: boxes)
    return boxes.map { placement.place(width: width, height: height, at: $0) }
  }

  @Test func aLoneLabelStandsAboveItsBox() {
    #expect(places([box]) == [PixelBox(xMin: 100, yMin: 88, xMax: 160, yMax: 100)])
    var placement = LabelPlacement(width: 400, height: 300, boxes: [])
    #expect(
      placement.place(width: 60, height: 12, at: box, preference: .inside)
        == PixelBox(xMin: 100, yMin: 168, xMax: 160, yMax: 180))
  }

  @Test func labelsOfOneBoxMoveApart() {
    let placed = places([PixelBox](repeating: box, count: 12))
    for (index, label) in placed.enumerated() {
      #expect(label.xMin >= 0 && label.yMin >= 0 && label.xMax <= 400 && label.yMax <= 300)
      for other in placed.dropFirst(index + 1) { #expect(label.intersectionArea(other) == 0) }
    }
    // They stay at their box.
    let around = PixelBox(xMin: 40, yMin: 50, xMax: 260, yMax: 230)
    #expect(placed.allSatisfy { $0.intersectionArea(around) == $0.area })
  }

  // Right above is another box, small enough to vanish; below is room.
  @Test func aLabelDoesNotHideAnotherBox() {
    let small = PixelBox(xMin: 100, yMin: 86, xMax: 200, yMax: 100)
    let placed = places([box, small])
    #expect(placed[0].intersectionArea(small) == 0)
    #expect(placed[0] == PixelBox(xMin: 100, yMin: 180, xMax: 160, yMax: 192))
  }

  @Test(arguments: [
    PixelBox(xMin: -30, yMin: -20, xMax: 30, yMax: 20),
    PixelBox(xMin: 380, yMin: 280, xMax: 450, yMax: 330),
    PixelBox(xMin: 0, yMin: 0, xMax: 400, yMax: 300),
    PixelBox(xMin: 50, yMin: 50, xMax: 50, yMax: 50),
  ])
  func labelsStayInThePicture(box: PixelBox) {
    for label in places([box, box, box]) {
      #expect(label.xMin >= 0 && label.yMin >= 0 && label.xMax <= 400 && label.yMax <= 300)
    }
  }

  @Test func aLabelLargerThanThePictureBeginsAtItsCorner() {
    #expect(places([box], frame: (20, 10)) == [PixelBox(xMin: 0, yMin: 0, xMax: 60, yMax: 12)])
  }
}
