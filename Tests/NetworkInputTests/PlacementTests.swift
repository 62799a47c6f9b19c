import MultiBox
import NetworkInput
import Testing

struct PlacementTests {
  // By hand: an image of 200 × 100 in the middle of a square input fills its rows from ¼ to ¾;
  // above is padding. What lies there alone has no place in the image.
  @Test func aBoxInThePaddingIsDropped() {
    var input = InputSpecification(
      width: 320, height: 320,
      normalization: ImageNormalization(mean: [0, 0, 0], standardDeviation: [1, 1, 1]))
    input.resize = .letterbox
    let placed = InputTransform(input).placed(
      [
        Detection(box: Box(xMin: 0, yMin: 0, xMax: 0.5, yMax: 0.25), classIndex: 1, score: 0.9),
        Detection(box: Box(xMin: 0, yMin: 0, xMax: 0.5, yMax: 0.5), classIndex: 1, score: 0.8),
      ], width: 200, height: 100)
    #expect(
      placed == [
        PixelDetection(
          box: PixelBox(xMin: 0, yMin: 0, xMax: 100, yMax: 50), classIndex: 1, score: 0.8)
      ])
  }
}
