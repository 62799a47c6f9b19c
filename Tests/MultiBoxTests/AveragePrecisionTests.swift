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

  @Test func nothingIsMinusOne() {
    let summary = COCOAveragePrecision(classCount: 1).summary(of: [])
    #expect(summary.ap == -1 && summary.ar1 == -1)
  }
}
