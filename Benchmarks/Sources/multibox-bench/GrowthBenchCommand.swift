import ArgumentParser
import BenchSupport
import Datasets
import MultiBox

/// The same work in several sizes, to see how its cost grows: measurements are named `kind/size`.
struct GrowthBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "growth", abstract: "Loss, suppression and evaluation in several sizes.")

  @OptionGroup var part: PartOptions
  @Option(parsing: .upToNextOption, help: "Images of a batch.") var images: [Int] = []
  @Option(parsing: .upToNextOption, help: "Objects in an image.") var objects: [Int] = []
  @Option(parsing: .upToNextOption, help: "Boxes to suppress.") var candidates: [Int] = []
  @Option(parsing: .upToNextOption, help: "Images to evaluate.") var evaluated: [Int] = []

  private static let logitCount = 21

  func run() throws {
    var generator = SeededGenerator(seed: part.seed)
    var measurements: [String: () throws -> Void] = [:]
    for count in images {
      measurements["images/\(count)"] = loss(images: count, objects: 8, using: &generator)
    }
    for count in objects {
      measurements["objects/\(count)"] = loss(images: 2, objects: count, using: &generator)
    }
    for count in candidates {
      measurements["candidates/\(count)"] = suppression(count, using: &generator)
    }
    let inputs = (0..<(evaluated.max() ?? 0)).map { _ in
      generator.evaluationImage(detections: 20, classes: 20)
    }
    let measure = COCOAveragePrecision(classCount: 20, threadCount: part.threads)
    for count in evaluated {
      let some = Array(inputs.prefix(count))
      measurements["evaluated/\(count)"] = { _ = measure.summary(of: some) }
    }
    try part.write(inputs: [:])
    try part.write(results: [:])
    try CommandLoop(measurements: measurements).run()
  }

  private func loss(
    images: Int, objects: Int, using generator: inout SeededGenerator
  ) -> () throws -> Void {
    let defaultBoxes = DefaultBoxes(DefaultBoxPreset.ssd300VOC.specification())
    let count = images * defaultBoxes.count
    let logits = generator.normals(count * Self.logitCount)
    let offsets = generator.normals(count * 4)
    let groundTruth = (0..<images).map { _ in
      (0..<objects).map { _ in
        LabeledBox(
          box: generator.box(), classIndex: .random(in: 1..<Self.logitCount, using: &generator))
      }
    }
    let loss = MultiBoxLoss()
    var logitGradient = [Float](repeating: 0, count: logits.count)
    var offsetGradient = [Float](repeating: 0, count: offsets.count)
    return {
      var logitSpan = logitGradient.mutableSpan
      var offsetSpan = offsetGradient.mutableSpan
      _ = try loss.evaluate(
        logits: logits.span, offsets: offsets.span, imageCount: images,
        defaultBoxes: defaultBoxes, groundTruth: groundTruth, logitGradient: &logitSpan,
        offsetGradient: &offsetSpan, threadCount: part.threads)
    }
  }

  /// Boxes about thirty objects, so that the number kept does not grow.
  private func suppression(
    _ count: Int, using generator: inout SeededGenerator
  ) -> () throws -> Void {
    let objects = (0..<30).map { _ in generator.box() }
    let boxes = (0..<count).map { index in
      let object = objects[index % objects.count]
      let x = Double.random(in: -0.1...0.1, using: &generator) * object.width
      let y = Double.random(in: -0.1...0.1, using: &generator) * object.height
      return Box(
        xMin: object.xMin + x, yMin: object.yMin + y, xMax: object.xMax + x, yMax: object.yMax + y)
    }
    let scores = (0..<count).map { _ in Double.random(in: 0..<1, using: &generator) }
    return { _ = NonMaximumSuppression().keptIndices(boxes: boxes, scores: scores) }
  }
}
