import ArgumentParser
import BenchSupport
import HeartMeasurements
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
    let inputs = (0..<images).map { _ in
      generator.evaluationImage(detections: detections, classes: classes)
    }
    try part.write(inputs: [
      "objects": rows(inputs.map { $0.objects.map { ($0.box, 1, $0.classIndex) } }),
      "detections": rows(inputs.map { $0.detections.map { ($0.box, $0.score, $0.classIndex) } }),
    ])

    let measure = COCOAveragePrecision(classCount: classes, threadCount: part.threads)
    let values = measure.summary(of: inputs).figures
    try part.write(results: ["measures": NamedArray(doubles: values, shape: [values.count])])
    try CommandLoop(measurements: ["round": { _ = measure.summary(of: inputs) }]).run()
  }

  /// A row for each box: image from 1, x, y, width, height, score, class.
  private func rows(_ images: [[(box: PixelBox, score: Double, classIndex: Int)]]) -> NamedArray {
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
