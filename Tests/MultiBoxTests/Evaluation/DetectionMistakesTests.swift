import MultiBox
import Testing

struct DetectionMistakesTests {
  private func box(_ x: Double, _ size: Double = 10) -> PixelBox {
    PixelBox(xMin: x, yMin: 0, xMax: x + size, yMax: 10)
  }
  private func found(_ x: Double, _ classIndex: Int, _ score: Double) -> EvaluationDetection {
    EvaluationDetection(PixelDetection(box: box(x), classIndex: classIndex, score: score))
  }

  // By hand: detection 0 finds object 0; 1 finds it again; 2 is of another class; 3 is too weak, so
  // object 1 is missed; 4 lies in the crowd, 5 on a difficult object.
  @Test func everyKindByHand() {
    let image = EvaluationImage(
      objects: [
        EvaluationObject(LabeledPixelBox(box: box(0), classIndex: 1)),
        EvaluationObject(LabeledPixelBox(box: box(50), classIndex: 2)),
        EvaluationObject(
          LabeledPixelBox(box: box(200, 100), classIndex: 1, isCrowd: true)),
        EvaluationObject(LabeledPixelBox(box: box(400), classIndex: 1, isDifficult: true)),
      ],
      detections: [
        found(1, 1, 0.9), found(2, 1, 0.8), found(50, 1, 0.7), found(50, 2, 0.4),
        found(220, 1, 0.9), found(401, 1, 0.9),
      ])
    let mistakes = DetectionMistakes(image, minimumScore: 0.5)
    #expect(mistakes.wrong == [1, 2])
    #expect(mistakes.missed == [1])
    #expect(abs(mistakes.weight - 2.5) < 1e-12)
    #expect(mistakes.description == "1 missed, 2 wrong")
    #expect(DetectionMistakes(image, minimumScore: 0.3).missed.isEmpty)
  }

  // By hand: from .75 on object 0 is found again, and object 1 from .5 on is not; no third class.
  @Test func eachClassHasItsScore() {
    let image = EvaluationImage(
      objects: [
        EvaluationObject(LabeledPixelBox(box: box(0), classIndex: 1)),
        EvaluationObject(LabeledPixelBox(box: box(50), classIndex: 2)),
        EvaluationObject(LabeledPixelBox(box: box(90), classIndex: 3)),
      ],
      detections: [
        found(1, 1, 0.9), found(2, 1, 0.8), found(50, 1, 0.7), found(50, 2, 0.4),
        found(70, 3, 0.9),
      ])
    let matching = DetectionMatching(image)
    let mistakes = DetectionMistakes(image, matching, minimumScores: [0.75, 0.5])
    #expect(mistakes.wrong == [1] && mistakes.missed == [1])
    #expect(DetectionMistakes(image, matching, minimumScores: [0.85, 0.4]).count == 0)
    #expect(
      DetectionMistakes(image, matching, minimumScores: [.infinity, 0.4]).missed == [0])
  }

  // IoU exactly .5: 10 × 10 and its half.
  @Test func equalityWithTheThresholdFinds() {
    let image = EvaluationImage(
      objects: [EvaluationObject(LabeledPixelBox(box: box(0), classIndex: 1))],
      detections: [
        EvaluationDetection(
          PixelDetection(
            box: PixelBox(xMin: 0, yMin: 0, xMax: 5, yMax: 10), classIndex: 1, score: 0.9))
      ])
    #expect(DetectionMistakes(image, minimumScore: 0.5).count == 0)
    #expect(
      DetectionMistakes(image, minimumScore: 0.5, iouThreshold: 0.51).description
        == "1 missed, 1 wrong")
  }

  @Test func thePrecisionRecallCurveAveragesToAP50() throws {
    let image = EvaluationImage(
      objects: [
        EvaluationObject(LabeledPixelBox(box: box(0), classIndex: 1)),
        EvaluationObject(LabeledPixelBox(box: box(50), classIndex: 1)),
      ],
      detections: [found(0, 1, 0.9), found(100, 1, 0.8), found(50, 1, 0.7)])
    let summary = COCOAveragePrecision(classCount: 2).summary(of: [image])
    let curve = summary.perClass[0].precision50
    #expect(curve.count == 101)
    // By hand: precision 1 to recall .5, then 2/3.
    #expect(abs(curve[50] - 1) < 1e-12 && abs(curve[51] - 2.0 / 3) < 1e-12)
    #expect(abs(curve.reduce(0, +) / 101 - summary.perClass[0].ap50) < 1e-12)
    #expect(summary.perClass[1].precision50.isEmpty)
  }
}
