import ArgumentParser
import BenchSupport
import Datasets
import ModelFiles
import MultiBox

/// From the logits and offsets of one SSD300 image to detections.
struct PostprocessBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "postprocess", abstract: "The detections of one image from logits and offsets.")

  @OptionGroup var part: PartOptions
  @Option(help: "K, the logits of a default box.") var logitCount = 21

  func run() throws {
    var generator = SeededGenerator(seed: part.seed)
    let defaultBoxes = DefaultBoxes(DefaultBoxPreset.ssd300VOC.specification())
    let count = defaultBoxes.count
    let offsets = generator.normals(count * 4)
    let inputs = [
      "random": generator.normals(count * logitCount),
      "trained": trainedLogits(defaultBoxes, using: &generator),
    ]
    var arrays = [
      "offsets": NamedArray(shape: [count, 4], floats: offsets),
      "default_boxes": NamedArray(defaultBoxes.corners),
    ]
    for (name, logits) in inputs {
      arrays[name] = NamedArray(shape: [count, logitCount], floats: logits)
    }
    try part.write(inputs: arrays)

    let decoder = DetectionDecoder()
    var results: [String: NamedArray] = [:]
    var measurements: [String: () throws -> Void] = [:]
    for (name, logits) in inputs {
      let found = try decoder.decode(logits: logits, offsets: offsets, defaultBoxes: defaultBoxes)
        .detections
      let arrays = Dictionary(
        boxes: found.map(\.box), scores: found.map(\.score), labels: found.map(\.classIndex),
        prefix: name + ".")
      results.merge(arrays) { $1 }
      measurements[name] = {
        _ = try decoder.decode(logits: logits, offsets: offsets, defaultBoxes: defaultBoxes)
      }
    }
    try part.write(results: results)
    try CommandLoop(measurements: measurements).run()
  }

  /// Draws logits as a trained network gives them: twelve objects, about each of them a few dozen
  /// default boxes that lean to its class and pass the threshold; elsewhere the background wins.
  private func trainedLogits(
    _ defaultBoxes: DefaultBoxes, using generator: inout SeededGenerator
  ) -> [Float] {
    let objects = (0..<12).map { _ in
      (box: generator.box(), classIndex: Int.random(in: 1..<logitCount, using: &generator))
    }
    var logits = generator.normals(defaultBoxes.count * logitCount, scale: 0.5)
    for (index, corners) in defaultBoxes.corners.enumerated() {
      logits[index * logitCount] += 9
      for object in objects {
        let overlap = corners.intersectionOverUnion(object.box)
        // From the threshold's score at an IoU of .35 to nearly 1 at .8.
        if overlap > 0.3 {
          logits[index * logitCount + object.classIndex] += Float(4.5 + 20 * (overlap - 0.35))
        }
      }
    }
    return logits
  }
}
