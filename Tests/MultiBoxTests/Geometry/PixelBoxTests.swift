import MultiBox
import TestSupport
import Testing

struct PixelBoxTests {
  // By hand: of 200 × 100 pixels, a quarter to three quarters of the width, an eighth to a half of
  // the height.
  @Test func sharesAreMultipliedByTheImagesSides() {
    let box = Box(xMin: 0.25, yMin: 0.125, xMax: 0.75, yMax: 0.5)
    let pixels = PixelBox(xMin: 50, yMin: 12.5, xMax: 150, yMax: 50)
    #expect(box.inPixels(width: 200, height: 100) == pixels)
    #expect(pixels.normalized(width: 200, height: 100) == box)
  }

  // By hand: a window of 40 × 20 pixels that begins at (−10, 30).
  @Test func sharesOfAWindowLieInIt() {
    let window = PixelBox(xMin: -10, yMin: 30, xMax: 30, yMax: 50)
    #expect(
      Box(xMin: 0, yMin: 0.25, xMax: 0.5, yMax: 1).inPixels(of: window)
        == PixelBox(xMin: -10, yMin: 35, xMax: 10, yMax: 50))
    #expect(Box(xMin: 0, yMin: 0, xMax: 1, yMax: 1).inPixels(of: window) == window)
  }

  @Test func clippingKeepsWhatIsInsideTheImage() {
    let box = PixelBox(xMin: -1, yMin: 50, xMax: 205.5, yMax: 99.5)
    #expect(
      box.clipped(width: 200, height: 80) == PixelBox(xMin: 0, yMin: 50, xMax: 200, yMax: 80))
    #expect(!box.clipped(width: 200, height: 40).hasArea)
    #expect(
      PixelBox(width: 3, height: 2).clipped(width: 9, height: 9)
        == PixelBox(xMin: 0, yMin: 0, xMax: 3, yMax: 2))
  }

  @Test func aScaledImageScalesItsBoxes() {
    #expect(
      PixelBox(xMin: 1, yMin: 2, xMax: 3, yMax: 4).scaled(x: 2, y: 0.5)
        == PixelBox(xMin: 2, yMin: 1, xMax: 6, yMax: 2))
  }

  // IoU does not depend on the unit; powers of two keep even its bits.
  @Test func overlapsAreThoseOfTheShares() {
    var numbers = SeededNumbers(8)
    for _ in 0..<1000 {
      let (a, b) = (numbers.box(grid: 8), numbers.box(grid: 8))
      let (c, d) = (a.inPixels(width: 512, height: 256), b.inPixels(width: 512, height: 256))
      #expect(c.intersectionOverUnion(d) == a.intersectionOverUnion(b))
    }
  }

  @Test func labelsKeepAllThatTheySay() {
    let labeled = LabeledPixelBox(
      box: PixelBox(xMin: 50, yMin: 0, xMax: 100, yMax: 25), classIndex: 7, isDifficult: true,
      isCrowd: false, isIgnored: true)
    let box = Box(xMin: 0.5, yMin: 0, xMax: 1, yMax: 0.5)
    let expected = LabeledBox(
      box: box, classIndex: 7, isDifficult: true, isCrowd: false, isIgnored: true)
    #expect(labeled.normalized(width: 100, height: 50) == expected)
    var crowd = labeled
    crowd.isCrowd = true
    crowd.isDifficult = false
    crowd.isIgnored = false
    #expect(
      LabeledBox(crowd, box: box) == LabeledBox(box: box, classIndex: 7, isCrowd: true))
  }

  @Test func whatIsNeitherCrowdNorIgnoredIsLearned() {
    let box = PixelBox(xMin: 0, yMin: 0, xMax: 100, yMax: 50)
    for (isCrowd, isIgnored) in [(false, false), (true, false), (false, true), (true, true)] {
      let labeled = LabeledPixelBox(
        box: box, classIndex: 1, isDifficult: true, isCrowd: isCrowd, isIgnored: isIgnored)
      #expect(labeled.isLearned == !(isCrowd || isIgnored))
      #expect(labeled.normalized(width: 100, height: 50).isLearned == labeled.isLearned)
    }
  }
}
