import Foundation
import HeartMeasurements
import MultiBox

// multibox-count MEASUREMENT ROUNDS: does the work of a measurement so many times, on one thread,
// under a program that counts its instructions (Scripts/bench/quick.py). It needs the heart alone.
var generator = SeededGenerator(seed: 1)
let measurements: [String: () throws -> () throws -> Void] = [
  "loss": {
    var round = LossRound(
      MultiBoxLoss(assigner: .forced()), images: 2, objects: 8, logitCount: 21, isUntied: true,
      using: &generator)
    return { try round.evaluate(threadCount: 1) }
  },
  "non-maximum suppression": {
    let candidates = Candidates(5000, using: &generator)
    return { _ = candidates.kept() }
  },
  "detections": {
    let defaultBoxes = DefaultBoxes(DefaultBoxPreset.ssd300VOC.specification())
    let offsets = generator.normals(defaultBoxes.count * 4)
    let logits = generator.trainedLogits(defaultBoxes, logitCount: 21)
    let decoder = DetectionDecoder()
    return { _ = try decoder.decode(logits: logits, offsets: offsets, defaultBoxes: defaultBoxes) }
  },
  "average precision": {
    let images = (0..<200).map { _ in generator.evaluationImage(detections: 100, classes: 80) }
    let measure = COCOAveragePrecision(classCount: 80, threadCount: 1)
    return { _ = measure.summary(of: images) }
  },
]

let arguments = CommandLine.arguments.dropFirst()
guard let name = arguments.first, let make = measurements[name],
  let rounds = arguments.dropFirst().first.flatMap({ Int($0) })
else {
  let names = measurements.keys.sorted().joined(separator: "|")
  try FileHandle.standardError.write(
    contentsOf: Data("usage: multibox-count \(names) ROUNDS\n".utf8))
  exit(64)
}
let round = try make()
for _ in 0..<rounds { try round() }
