import MultiBox
import TestSupport
import Testing

/// Boxes of 10 pixels in a row, and detections of them.
enum RowOfBoxes {
  static func box(_ x: Double) -> PixelBox { PixelBox(xMin: x, yMin: 0, xMax: x + 10, yMax: 10) }

  static func object(
    _ x: Double, _ classIndex: Int, isCrowd: Bool = false
  ) -> EvaluationObject {
    EvaluationObject(LabeledPixelBox(box: box(x), classIndex: classIndex, isCrowd: isCrowd))
  }

  static func found(_ x: Double, _ classIndex: Int, _ score: Double) -> EvaluationDetection {
    EvaluationDetection(PixelDetection(box: box(x), classIndex: classIndex, score: score))
  }
}

struct DetectionErrorsTests {
  private struct Problem: Decodable {
    struct Image: Decodable {
      let objects: [[Double]]
      let detections: [[Double]]

      var image: EvaluationImage {
        func box(_ row: [Double]) -> PixelBox {
          PixelBox(xMin: row[1], yMin: row[2], xMax: row[1] + row[3], yMax: row[2] + row[4])
        }
        return EvaluationImage(
          objects: objects.map {
            EvaluationObject(LabeledPixelBox(box: box($0), classIndex: Int($0[0])))
          },
          detections: detections.map {
            EvaluationDetection(
              PixelDetection(box: box($0), classIndex: Int($0[0]), score: $0[5]))
          })
      }
    }
    struct Share: Decodable {
      let count: Int
      let cost: Double
    }
    let images: [Image]
    let ap: Double
    let kinds: [String: Share]
  }

  private struct Problems: Decodable {
    let classCount: Int
    let problems: [Problem]
  }

  // tidecv 1.0.1, Scripts/goldens/detection_errors.py.
  @Test func kindsAndCostsAreTIDEs() throws {
    let golden = try TestFiles().golden("detection-errors", as: Problems.self)
    #expect(golden.problems.count == 4)
    for problem in golden.problems {
      let images = problem.images.map(\.image)
      let errors = DetectionErrors(MatchedImages(images), classCount: golden.classCount)
      #expect(abs(errors.averagePrecision - problem.ap) < 1e-12)
      for kind in DetectionErrors.Kind.allCases {
        let expected = try #require(problem.kinds[kind.rawValue])
        #expect(errors[kind].count == expected.count, "\(kind)")
        #expect(abs(errors[kind].cost - expected.cost) < 1e-12, "\(kind)")
      }
      // Nobody has 100 detections in an image here, so COCO's measure is the same.
      let summary = COCOAveragePrecision(classCount: golden.classCount).summary(of: images)
      #expect(abs(errors.averagePrecision - summary.ap50) < 1e-12)
    }
  }

  // By hand: IoU of boxes shifted by 2 is 8 / 12, by 5 is 5 / 15, by 9 is 1 / 19.
  @Test func everyKindByHand() {
    let image = EvaluationImage(
      objects: [
        RowOfBoxes.object(0, 1), RowOfBoxes.object(100, 1), RowOfBoxes.object(200, 1),
        RowOfBoxes.object(300, 1), RowOfBoxes.object(400, 1, isCrowd: true),
      ],
      detections: [
        RowOfBoxes.found(0, 1, 0.9), RowOfBoxes.found(2, 1, 0.8), RowOfBoxes.found(105, 1, 0.7),
        RowOfBoxes.found(200, 2, 0.6), RowOfBoxes.found(205, 2, 0.5),
        RowOfBoxes.found(309, 1, 0.4), RowOfBoxes.found(400, 1, 0.3),
      ])
    let errors = DetectionErrors(MatchedImages([image]), classCount: 2)
    #expect(DetectionErrors.Kind.allCases.map { errors[$0].count } == [1, 1, 1, 1, 1, 1])
    // One of four is found, at the first place: recall points 0 … .25.
    #expect(abs(errors.averagePrecision - 26.0 / 101) < 1e-12)
    // Without the object at 300, and no other: a third is found, 0 … .33.
    #expect(abs(errors[.missed].cost - 8.0 / 101) < 1e-12)
  }

  @Test func withoutObjectsNothingCosts() {
    let image = EvaluationImage(objects: [], detections: [RowOfBoxes.found(0, 1, 0.9)])
    let errors = DetectionErrors(MatchedImages([image]), classCount: 1)
    #expect(errors.averagePrecision == -1)
    #expect(errors[.background].count == 1 && errors[.background].cost == 0)
  }
}
