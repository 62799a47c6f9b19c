import ArgumentParser
import BenchSupport
import HeartMeasurements
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
      "trained": generator.trainedLogits(defaultBoxes, logitCount: logitCount),
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
}
