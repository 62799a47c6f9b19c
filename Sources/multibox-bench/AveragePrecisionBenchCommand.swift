import ArgumentParser
import DetectionData
import ModelFiles
import MultiBox

/// COCO's twelve measures over a whole validation set.
struct AveragePrecisionBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "coco-ap", abstract: "COCO's measures of many images.")

  @OptionGroup var part: PartOptions
  @Option(help: "Images.") var images = 5000
  @Option(help: "Detections in an image.") var detections = 100
  @Option(help: "Classes.") var classes = 80

  func run() throws {
    var generator = SeededGenerator(seed: part.seed)
    let inputs = (0..<images).map { _ in image(using: &generator) }
    try Safetensors(arrays: [
      "objects": rows(inputs.map { $0.objects.map { ($0.box, 1, $0.classIndex) } }),
      "detections": rows(inputs.map { $0.detections.map { ($0.box, $0.score, $0.classIndex) } }),
    ]).write(to: part.folder + "/inputs.safetensors")

    let measure = COCOAveragePrecision(classCount: classes, threadCount: part.threads)
    let summary = measure.summary(of: inputs)
    let values = [
      summary.ap, summary.ap50, summary.ap75, summary.apSmall, summary.apMedium, summary.apLarge,
      summary.ar1, summary.ar10, summary.ar100, summary.arSmall, summary.arMedium,
      summary.arLarge,
    ]
    try Safetensors(arrays: ["measures": NamedArray(doubles: values, shape: [values.count])])
      .write(to: part.folder + "/ours.safetensors")
    try CommandLoop(measurements: ["round": { _ = measure.summary(of: inputs) }]).run()
  }

  /// Draws 1 to 14 objects and, for the first detections, boxes near them.
  private func image(using generator: inout SeededGenerator) -> EvaluationImage {
    let objects = (0..<Int.random(in: 1...14, using: &generator)).map { _ in
      let box = pixels(generator.box())
      return EvaluationObject(
        box: box, classIndex: .random(in: 1...classes, using: &generator), area: box.area)
    }
    let found = (0..<detections).map { index in
      var box = generator.box()
      var classIndex = Int.random(in: 1...classes, using: &generator)
      if index < 2 * objects.count {
        let object = objects[index / 2]
        let shift = Double.random(in: -0.15...0.15, using: &generator) * object.box.width
        box = object.box
        box.xMin += shift
        box.xMax += shift
        box = rounded(box)
        classIndex = object.classIndex
      } else {
        box = pixels(box)
      }
      return EvaluationDetection(
        box: box, classIndex: classIndex, score: .random(in: 0..<1, using: &generator),
        area: box.area)
    }
    return EvaluationImage(objects: objects, detections: found)
  }

  private func pixels(_ box: Box) -> Box {
    rounded(
      Box(xMin: box.xMin * 640, yMin: box.yMin * 640, xMax: box.xMax * 640, yMax: box.yMax * 640))
  }

  /// Rounds to quarters of a pixel, so that corners, sides and areas are exact on both sides.
  private func rounded(_ box: Box) -> Box {
    func quarter(_ value: Double) -> Double { (value * 4).rounded() / 4 }
    return Box(
      xMin: quarter(box.xMin), yMin: quarter(box.yMin), xMax: quarter(box.xMax),
      yMax: quarter(box.yMax))
  }

  /// A row for each box: image from 1, x, y, width, height, score, class.
  private func rows(_ images: [[(box: Box, score: Double, classIndex: Int)]]) -> NamedArray {
    let values = images.enumerated().flatMap { index, boxes in
      boxes.flatMap {
        [
          Double(index + 1), $0.box.xMin, $0.box.yMin, $0.box.width, $0.box.height, $0.score,
          Double($0.classIndex),
        ]
      }
    }
    return NamedArray(doubles: values, shape: [values.count / 7, 7])
  }
}
