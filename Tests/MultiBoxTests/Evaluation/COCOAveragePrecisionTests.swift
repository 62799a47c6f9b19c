import MultiBox
import TestSupport
import Testing

struct COCOAveragePrecisionTests {
  private func image(
    objects: [(Double, Double, Bool)], detections: [(Double, Double, Double)]
  ) -> EvaluationImage {
    func box(_ x: Double, _ side: Double) -> PixelBox {
      PixelBox(xMin: x, yMin: 0, xMax: x + side, yMax: side)
    }
    return EvaluationImage(
      objects: objects.map {
        EvaluationObject(
          box: box($0.0, $0.1), classIndex: 1, area: $0.1 * $0.1, isCrowd: $0.2)
      },
      detections: detections.map {
        EvaluationDetection(PixelDetection(box: box($0.0, $0.1), classIndex: 1, score: $0.2))
      })
  }

  @Test func aPerfectDetectorHasOneEverywhere() {
    let summary = COCOAveragePrecision(classCount: 2).summary(of: [
      image(
        objects: [(0, 20, false), (100, 50, false)], detections: [(0, 20, 0.9), (100, 50, 0.8)])
    ])
    #expect(summary.ap > 1 - 1e-12 && summary.apSmall > 1 - 1e-12 && summary.apMedium > 1 - 1e-12)
    #expect(summary.apLarge == -1 && summary.arLarge == -1)
    #expect(summary.ar1 == 0.5 && summary.ar10 == 1)
    #expect(summary.perClass[1].ap == -1)
  }

  // pycocotools 2.0.11 on the file's x, y, w, h (coco-one-box.json): the IoU is 197.2 / 232 = .85.
  // With areas w · h it comes out below the threshold .85, with (x + w − x) · (y + h − y) not: AP
  // .7, not .8.
  @Test func theIoUIsOfTheAreasThatTheFileGives() {
    func measure(_ height: Double, _ width: Double) -> (box: PixelBox, area: Double) {
      let box = PixelBox(xMin: 267.5, yMin: 285.3, xMax: 267.5 + width, yMax: 285.3 + height)
      return (box, width * height)
    }
    let (object, found) = (measure(232, 84.2), measure(197.2, 84.2))
    let summary = COCOAveragePrecision(classCount: 1).summary(of: [
      EvaluationImage(
        objects: [
          EvaluationObject(
            box: object.box, classIndex: 1, area: object.area, boxArea: object.area)
        ],
        detections: [
          EvaluationDetection(box: found.box, classIndex: 1, score: 0.9, area: found.area)
        ])
    ])
    #expect(abs(summary.ap - 0.7) < 1e-12 && abs(summary.ar100 - 0.7) < 1e-12)
  }

  @Test func crowdsAreNeitherFoundNorMissed() {
    let summary = COCOAveragePrecision(classCount: 1).summary(of: [
      image(
        objects: [(0, 20, false), (100, 50, true)],
        detections: [(0, 20, 0.5), (100, 20, 0.9), (110, 20, 0.8)])
    ])
    #expect(summary.ap > 1 - 1e-12)
    let onlyCrowd = COCOAveragePrecision(classCount: 1).summary(of: [
      image(objects: [(0, 20, true)], detections: [(0, 20, 0.5)])
    ])
    #expect(onlyCrowd.ap == -1 && onlyCrowd.ar100 == -1)
  }

  @Test(arguments: 1...4) func theThreadCountChangesNothing(threads: Int) {
    var numbers = SeededNumbers(5)
    let images = (0..<20).map { _ in
      EvaluationImage(
        objects: (0..<5).map { _ in
          let box = numbers.pixelBox(grid: 8)
          return EvaluationObject(
            box: box, classIndex: numbers.integer(1...6), area: box.area,
            isCrowd: numbers.integer(0...9) == 0)
        },
        detections: (0..<20).map { _ in
          EvaluationDetection(
            PixelDetection(
              box: numbers.pixelBox(grid: 8), classIndex: numbers.integer(1...6),
              score: Double(numbers.integer(0...9)) / 10))
        })
    }
    let one = COCOAveragePrecision(classCount: 6).summary(of: images)
    #expect(
      COCOAveragePrecision(classCount: 6, threadCount: threads).summary(of: images) == one)
  }

  // cocoeval.py: an object is ignored where area < lower or area > upper, so both ends belong to
  // it.
  @Test func anAreaOnABorderBelongsToBothRanges() {
    func ranges(_ area: Double) -> [COCOAreaRange] {
      COCOAreaRange.sizes.filter { $0.contains(area) }
    }
    #expect(ranges(1023.99) == [.small] && ranges(1024) == [.small, .medium])
    #expect(ranges(9216) == [.medium, .large] && ranges(9216.01) == [.large])
    #expect(COCOAreaRange.all.contains(0) && COCOAreaRange.all.contains(1e10))
  }

  // By hand: one object of 100 is found with IoU .6; only that of thresholds, ranges and limits
  // which is measured has a number.
  @Test func whatIsNotMeasuredIsMinusOne() {
    let measure = COCOAveragePrecision(
      classCount: 1, iouThresholds: [0.6, 0.9],
      areaRanges: [COCOAreaRange(name: "tiny", bounds: 0...100)], detectionLimits: [3])
    let object = PixelBox(xMin: 0, yMin: 0, xMax: 10, yMax: 10)
    let summary = measure.summary(of: [
      EvaluationImage(
        objects: [EvaluationObject(LabeledPixelBox(box: object, classIndex: 1))],
        detections: [
          EvaluationDetection(
            PixelDetection(
              box: PixelBox(xMin: 0, yMin: 0, xMax: 6, yMax: 10), classIndex: 1, score: 0.5))
        ])
    ])
    #expect(abs(summary.ap - 0.5) < 1e-12)
    #expect(abs(summary.averagePrecision(.all, iouThreshold: 0.6) - 1) < 1e-12)
    #expect(summary.averagePrecision(.all, iouThreshold: 0.9) == 0)
    #expect(abs(summary.averagePrecision(measure.areaRanges[0], iouThreshold: nil) - 0.5) < 1e-12)
    #expect(summary.averageRecall(.all, limit: 3) == 0.5)
    #expect(summary.averageRecall(measure.areaRanges[0], limit: nil) == 0.5)
    #expect(summary.ap50 == -1 && summary.apSmall == -1 && summary.ar100 == -1)
    #expect(summary.perClass[0].ap75 == -1 && summary.perClass[0].precision50.isEmpty)
  }

  @Test func nothingIsMinusOne() {
    let summary = COCOAveragePrecision(classCount: 1).summary(of: [])
    #expect(summary.ap == -1 && summary.ar1 == -1)
  }
}
