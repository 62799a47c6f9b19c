import ArgumentParser
import BenchSupport
import Dispatch
import HeartMeasurements
import ModelFiles
import MultiBox

/// The loss of a batch for SSD300: matching, mining, value and both gradients.
struct LossBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "loss", abstract: "The loss of a batch with both gradients, or a copy of it.")

  @OptionGroup var part: PartOptions
  @Option(help: "K, the logits of a default box.") var logitCount = 21
  @Option(help: "N, the images of the batch.") var images = 32
  @Option(help: "Objects in an image.") var objects = 8
  @Option(help: "The confidence term, by name.") var confidence = SoftmaxLoss.partName

  func validate() throws {
    guard LossParts.confidenceTerms.contains(where: { $0.partName == confidence }) else {
      throw ValidationError("no confidence term \(confidence)")
    }
  }

  func run() throws {
    var generator = SeededGenerator(seed: part.seed)
    // torchvision's matching, so that both sides do the same work.
    let term = LossParts.confidenceTerms.first { $0.partName == confidence }?.init()
    var round = LossRound(
      MultiBoxLoss(assigner: .forced(), confidence: term ?? .softmax()), images: images,
      objects: objects, logitCount: logitCount, isUntied: true, using: &generator)
    let shape = [images, round.defaultBoxes.count]
    try part.write(
      inputs: round.groundTruth.arrays.merging([
        "logits": NamedArray(shape: shape + [logitCount], floats: round.logits),
        "offsets": NamedArray(shape: shape + [4], floats: round.offsets),
        "default_boxes": NamedArray(round.defaultBoxes.corners),
      ]) { $1 })

    let result = try round.evaluate(threadCount: part.threads)
    guard result.usesKernels else {
      throw ValidationError("\(confidence) was computed by the definitions, not by a kernel")
    }
    try part.write(results: [
      "parts": NamedArray(doubles: [result.localization, result.confidence], shape: [2]),
      "logit_gradient": NamedArray(shape: shape + [logitCount], floats: round.logitGradient),
      "offset_gradient": NamedArray(shape: shape + [4], floats: round.offsetGradient),
    ])

    try CommandLoop(measurements: [
      "round": { try round.evaluate(threadCount: part.threads) },
      "copy": {
        copy(round.logits, to: &round.logitGradient)
        copy(round.offsets, to: &round.offsetGradient)
      },
    ]).run()
  }

  /// Copies in as many equal parts as there are threads: the least that a pass over the batch,
  /// read once and written once, can cost.
  private func copy(_ source: [Float], to target: inout [Float]) {
    source.withUnsafeBytes { source in
      target.withUnsafeMutableBytes { target in
        nonisolated(unsafe) let source = source
        nonisolated(unsafe) let target = target
        let threads = part.threads
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
          let range = source.count * thread / threads..<source.count * (thread + 1) / threads
          UnsafeMutableRawBufferPointer(rebasing: target[range])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[range]))
        }
      }
    }
  }
}
