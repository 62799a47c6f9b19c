import MultiBox
import Testing

struct VOCAveragePrecisionTests {
  private func box(_ x: Double, _ width: Double = 10) -> PixelBox {
    PixelBox(xMin: x, yMin: 0, xMax: x + width, yMax: 10)
  }
  private func object(_ x: Double, difficult: Bool = false) -> EvaluationObject {
    EvaluationObject(box: box(x), classIndex: 1, area: 100, isDifficult: difficult)
  }
  private func found(_ x: Double, _ score: Double, width: Double = 10) -> EvaluationDetection {
    EvaluationDetection(PixelDetection(box: box(x, width), classIndex: 1, score: score))
  }
  private func averages(_ images: [EvaluationImage], classCount: Int = 1) -> [Double] {
    [VOCAveragePrecision.Interpolation.elevenPoints, .allPoints].map {
      VOCAveragePrecision(classCount: classCount, interpolation: $0).summary(of: images).mAP
    }
  }

  // By hand, two objects: right, wrong, right. Precision 1, ½, ⅔ at recall ½, ½, 1. Envelope 1 to
  // recall ½, ⅔ to 1. 11 points: recall 0 … .5 six times 1, .6 … 1 five times ⅔. All points: ½ · 1
  // + ½ · ⅔.
  @Test func precisionIsAveragedOverRecall() {
    let image = EvaluationImage(
      objects: [object(0), object(50)], detections: [found(0, 0.9), found(90, 0.8), found(50, 0.7)])
    let (eleven, all) = (averages([image])[0], averages([image])[1])
    #expect(abs(eleven - (6 + 5 * 2.0 / 3) / 11) < 1e-12)
    #expect(abs(all - (0.5 + 0.5 * 2 / 3)) < 1e-12)
  }

  // A second detection of the same object is false: precision 1, ½ at recall 1, and the envelope is
  // 1.
  @Test func aSecondDetectionIsFalse() {
    let image = EvaluationImage(
      objects: [object(0)], detections: [found(0, 0.8), found(1, 0.9)])
    #expect(averages([image]) == [1, 1])
    let twice = EvaluationImage(
      objects: [object(0), object(50)], detections: [found(0, 0.9), found(1, 0.8), found(50, 0.7)])
    #expect(averages([twice])[1] == 0.5 + 0.5 * (2.0 / 3))
  }

  @Test func difficultObjectsCountNeitherWay() {
    let image = EvaluationImage(
      objects: [object(0), object(50, difficult: true)],
      detections: [found(50, 0.95), found(51, 0.92), found(0, 0.9)])
    #expect(averages([image]) == [1, 1])
  }

  // By hand: [0,0,10,10] and [0,0,5,10] have IoU ½.
  @Test func theThresholdItselfIsFound() {
    let image = EvaluationImage(objects: [object(0)], detections: [found(0, 0.9, width: 5)])
    #expect(averages([image]) == [1, 1])
    let less = EvaluationImage(objects: [object(0)], detections: [found(0, 0.9, width: 4.999)])
    #expect(averages([less]) == [0, 0])
  }

  // Three of ten found first: recall .3 must count for the point .3, whose tenths do not add up in
  // binary.
  @Test func recallPointsAreExact() {
    let image = EvaluationImage(
      objects: (0..<10).map { object(Double($0) * 20) },
      detections: (0..<3).map { found(Double($0) * 20, 0.9) })
    #expect(abs(averages([image])[0] - 4.0 / 11) < 1e-12)
  }

  @Test func nothingToFindIsMinusOne() {
    #expect(averages([]) == [-1, -1])
    let onlyDifficult = EvaluationImage(
      objects: [object(0, difficult: true)], detections: [found(0, 0.5)])
    #expect(averages([onlyDifficult]) == [-1, -1])
    // A class without objects does not enter the mean.
    let image = EvaluationImage(objects: [object(0)], detections: [found(0, 0.5)])
    #expect(averages([image], classCount: 3) == [1, 1])
  }

  @Test func equalScoresKeepTheirOrder() {
    let rightFirst = EvaluationImage(
      objects: [object(0)], detections: [found(0, 0.5), found(50, 0.5)])
    let wrongFirst = EvaluationImage(
      objects: [object(0)], detections: [found(50, 0.5), found(0, 0.5)])
    #expect(averages([rightFirst])[1] == 1)
    #expect(averages([wrongFirst])[1] == 0.5)
  }
}
