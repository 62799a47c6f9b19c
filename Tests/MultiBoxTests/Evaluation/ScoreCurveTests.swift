import MultiBox
import Testing

struct ScoreCurveTests {
  // By hand: right at .9, wrong at .8, right and wrong at .6, an ignored one at .7; three objects.
  private let images = [
    EvaluationImage(
      objects: [
        RowOfBoxes.object(0, 1), RowOfBoxes.object(100, 1), RowOfBoxes.object(200, 1),
        RowOfBoxes.object(300, 1, isCrowd: true),
      ],
      detections: [
        RowOfBoxes.found(0, 1, 0.9), RowOfBoxes.found(50, 1, 0.8), RowOfBoxes.found(300, 1, 0.7),
      ]),
    EvaluationImage(
      objects: [RowOfBoxes.object(0, 2)],
      detections: [RowOfBoxes.found(50, 1, 0.6)]),
    EvaluationImage(
      objects: [RowOfBoxes.object(0, 1, isCrowd: true)], detections: []),
  ]

  @Test func pointsByHand() throws {
    var images = images
    images[0].detections.append(RowOfBoxes.found(100, 1, 0.6))
    let curve = try #require(ScoreCurve.curves(of: MatchedImages(images), classCount: 2).first)
    #expect(curve.objectCount == 3)
    // Equal scores are one point.
    #expect(curve.points.map(\.threshold) == [0.9, 0.8, 0.6])
    #expect(curve.points.map(\.precision) == [1, 0.5, 0.5])
    let third = 1.0 / 3
    #expect(curve.points.map(\.recall) == [third, third, 2 * third])
    let f1 = [0.5, 0.4, 4.0 / 7]
    #expect(zip(curve.points, f1).allSatisfy { abs($0.f1 - $1) < 1e-12 })
    #expect(curve.best?.threshold == 0.6)
  }

  @Test func aThresholdTakesWhatReachesIt() throws {
    let curve = try #require(ScoreCurve.curves(of: MatchedImages(images), classCount: 2).first)
    #expect(curve.point(from: 0.95) == nil)
    #expect(curve.point(from: 0.9)?.threshold == 0.9)
    #expect(curve.point(from: 0.85)?.threshold == 0.9)
    #expect(curve.point(from: 0)?.threshold == 0.6)
    #expect(curve.best?.threshold == 0.9)
  }

  @Test func aClassWithoutObjectsOrDetectionsHasNoBest() {
    let curves = ScoreCurve.curves(of: MatchedImages(images), classCount: 3)
    #expect(curves.map(\.objectCount) == [3, 1, 0])
    #expect(curves[1].points.isEmpty && curves[1].best == nil)
    #expect(curves[2].points.isEmpty && curves[2].point(from: 0) == nil)
  }
}

struct ConfusionMatrixTests {
  // By hand: object 0 is found; the detection of class 2 at 100 takes the object of class 1 there,
  // a second one is background; the object at 200 is taken for background; the crowd hides another;
  // what is below its class's score is not looked at.
  @Test func everyFieldByHand() {
    let image = EvaluationImage(
      objects: [
        RowOfBoxes.object(0, 1), RowOfBoxes.object(100, 1), RowOfBoxes.object(200, 2),
        RowOfBoxes.object(300, 2, isCrowd: true),
      ],
      detections: [
        RowOfBoxes.found(0, 1, 0.5), RowOfBoxes.found(101, 2, 0.8),
        RowOfBoxes.found(100, 2, 0.9), RowOfBoxes.found(300, 2, 0.9),
        RowOfBoxes.found(200, 2, 0.6), RowOfBoxes.found(0, 3, 0.9),
      ])
    let matrix = ConfusionMatrix(MatchedImages([image]), classCount: 2, minimumScores: [0.5, 0.7])
    let rows = (0...2).map { object in (0...2).map { matrix[object: object, detection: $0] } }
    #expect(rows == [[0, 0, 1], [0, 1, 1], [1, 0, 0]])
  }

  // The right one counts though a detection of another class has a higher score.
  @Test func aRightDetectionComesBeforeAConfusedOne() {
    let image = EvaluationImage(
      objects: [RowOfBoxes.object(0, 1)],
      detections: [RowOfBoxes.found(0, 2, 0.9), RowOfBoxes.found(1, 1, 0.4)])
    let matrix = ConfusionMatrix(MatchedImages([image]), classCount: 2, minimumScores: [0, 0])
    #expect(matrix[object: 1, detection: 1] == 1 && matrix[object: 0, detection: 2] == 1)
  }
}
