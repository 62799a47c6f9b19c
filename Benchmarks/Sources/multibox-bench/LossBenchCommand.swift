import ArgumentParser
import BenchSupport
import Datasets
import Dispatch
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
    let defaultBoxes = DefaultBoxes(DefaultBoxPreset.ssd300VOC.specification())
    let count = images * defaultBoxes.count
    let logits = generator.normals(count * logitCount)
    let offsets = generator.normals(count * 4)
    let groundTruth = generator.groundTruth(
      images: images, objects: objects, logitCount: logitCount, defaultBoxes: defaultBoxes)
    let shape = [images, defaultBoxes.count]
    try part.write(
      inputs: groundTruth.arrays.merging([
        "logits": NamedArray(shape: shape + [logitCount], floats: logits),
        "offsets": NamedArray(shape: shape + [4], floats: offsets),
        "default_boxes": NamedArray(defaultBoxes.corners),
      ]) { $1 })

    // torchvision's matching, so that both sides do the same work.
    let term = LossParts.confidenceTerms.first { $0.partName == confidence }?.init()
    let loss = MultiBoxLoss(assigner: .forced(), confidence: term ?? .softmax())
    var logitGradient = [Float](repeating: 0, count: logits.count)
    var offsetGradient = [Float](repeating: 0, count: offsets.count)
    func evaluate() throws -> MultiBoxLoss.Result {
      var logitSpan = logitGradient.mutableSpan
      var offsetSpan = offsetGradient.mutableSpan
      return try loss.evaluate(
        logits: logits.span, offsets: offsets.span, imageCount: images,
        defaultBoxes: defaultBoxes, groundTruth: groundTruth, logitGradient: &logitSpan,
        offsetGradient: &offsetSpan, threadCount: part.threads)
    }
    let result = try evaluate()
    guard result.usesKernels else {
      throw ValidationError("\(confidence) was computed by the definitions, not by a kernel")
    }
    try part.write(results: [
      "parts": NamedArray(doubles: [result.localization, result.confidence], shape: [2]),
      "logit_gradient": NamedArray(shape: shape + [logitCount], floats: logitGradient),
      "offset_gradient": NamedArray(shape: shape + [4], floats: offsetGradient),
    ])

    try CommandLoop(measurements: [
      "round": { _ = try evaluate() },
      "copy": {
        copy(logits, to: &logitGradient)
        copy(offsets, to: &offsetGradient)
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
