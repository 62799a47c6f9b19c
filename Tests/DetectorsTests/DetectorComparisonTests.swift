import Datasets
import Files
import ImageFiles
import MultiBox
import TestSupport
import Testing

@testable import Detectors

/// Its logits are the sums of the pixels' channels, moved; it finds the left half of each image
/// with a score that the first pixel gives.
private struct SumDetector: PredictingDetector {
  var classNames: ClassNames = ["a"]
  var shift: Float = 0
  var side: Double = 0.5
  var logitCount = 2

  func detections(in images: [RGBImage]) throws -> [[PixelDetection]] {
    images.map { image in
      let box = PixelBox(
        xMin: 0, yMin: 0, xMax: Double(image.width) * side, yMax: Double(image.height))
      let score = Double(image.pixels.first ?? 0) / 255
      return [PixelDetection(box: box, classIndex: 1, score: score)]
    }
  }

  func predictions(for image: RGBImage) throws -> Predictions {
    let sum = image.pixels.reduce(Float(0)) { $0 + Float($1) } / 1024
    return Predictions(
      logits: (0..<logitCount).map { sum + Float($0) + shift }, offsets: [sum, 0, 0, shift / 2],
      defaultBoxes: try DefaultBoxes([CenterBox(cx: 0.5, cy: 0.5, width: 1, height: 1)]))
  }
}

struct DetectorComparisonTests {
  private var dataset: DetectionDataset {
    let images = (0..<3).map { number in
      DatasetImage(
        name: "\(number)",
        source: .generated {
          var random = SeededNumbers(UInt64(number))
          return RGBImage(
            width: 150, height: 90,
            pixels: (0..<150 * 90 * 3).map { _ in UInt8(random.integer(0...255)) })
        }, width: 150, height: 90,
        groundTruth: [
          LabeledPixelBox(box: PixelBox(xMin: 0, yMin: 0, xMax: 75, yMax: 90), classIndex: 1)
        ])
    }
    return DetectionDataset(classNames: ["a"], images: images)
  }

  // What each finds alone is the oracle.
  @Test(arguments: [nil, 64]) func eachFormFindsWhatItFindsAlone(tileSide: Int?) throws {
    let tiling = tileSide.map { Tiling(side: $0) }
    func alone(_ detector: SumDetector) throws -> [EvaluationImage] {
      guard let tiling else { return try detector.evaluationImages(of: dataset) }
      return try TiledDetector(detector, tiling: tiling).evaluationImages(of: dataset)
    }
    let (network, moved, wide) = (SumDetector(), SumDetector(shift: 0.5), SumDetector(side: 0.75))
    var steps: [Int] = []
    let (found, results) = try DetectorComparison(
      of: network,
      with: [
        DetectorComparison.Form(moved, name: "moved"),
        DetectorComparison.Form(wide, name: "wide", givesPredictions: false),
      ], tiling: tiling
    ).results(on: dataset) { done, _ in steps.append(done) }
    #expect(steps == [1, 2, 3])
    func detections(_ images: [EvaluationImage]) -> [[[Double]]] {
      images.map { image in
        image.detections.map { [$0.box.xMin, $0.box.yMin, $0.box.xMax, $0.box.yMax, $0.score] }
      }
    }
    #expect(try detections(found) == detections(alone(network)))
    try #require(results.count == 2)
    #expect(try detections(results[0].images) == detections(alone(moved)))
    #expect(try detections(results[1].images) == detections(alone(wide)))
    #expect(detections(results[1].images) != detections(found))
    let difference = try #require(results[0].difference)
    #expect(abs(difference.logits - 0.5) < 1e-3 && abs(difference.offsets - 0.25) < 1e-3)
    #expect(results[1].difference == nil)
  }

  private func predictions(
    _ logits: [Float], _ offsets: [Float] = [0]
  ) throws -> Predictions {
    Predictions(logits: logits, offsets: offsets, defaultBoxes: try DefaultBoxes([]))
  }

  @Test func theLargestDifferenceStays() throws {
    var difference = PredictionDifference()
    for (one, other) in [([1, 2], [1, 2.5]), ([3, -1], [3.25, -1])] as [([Float], [Float])] {
      try difference.add(predictions(one, [0.5]), predictions(other, [0.25]), of: "x")
    }
    #expect(difference.logits == 0.5 && difference.offsets == 0.25)
  }

  @Test(
    arguments: [
      (.nan, 1, .infinity), (1, .nan, .infinity), (.nan, .nan, .infinity),
      (.infinity, 1, .infinity),
      (-.infinity, -.infinity, 0),
    ] as [(Float, Float, Float)])
  func noNumberIsNear(one: Float, other: Float, expected: Float) throws {
    var difference = PredictionDifference()
    try difference.add(predictions([0, one, 0]), predictions([0, other, 0]), of: "x")
    #expect(difference.logits == expected)
  }

  @Test func otherNumbersAreNamed() {
    let error = #expect(throws: FileError.self) {
      try DetectorComparison(
        of: SumDetector(),
        with: [DetectorComparison.Form(SumDetector(logitCount: 4), name: "other.onnx")]
      ).results(on: dataset)
    }
    #expect(
      error
        == FileError(
          path: "other.onnx",
          reason: "expected 2 logits and 4 offsets of an image, found 4 and 4"))
  }

  @Test func otherClassesAreNamed() {
    let error = #expect(throws: FileError.self) {
      try DetectorComparison(
        of: SumDetector(),
        with: [DetectorComparison.Form(SumDetector(classNames: ["b"]), name: "other.onnx")]
      ).results(on: dataset)
    }
    #expect(error?.reason == "expected the classes a, found b")
  }
}
