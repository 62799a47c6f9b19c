import ArgumentParser
import CommandLineOptions
import Detectors
import Files
import Foundation
import ModelFiles
import MultiBox

/// `multibox loss`: the loss of given predictions, to hold another implementation against.
struct LossCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "loss",
    abstract: "Compute the SSD loss, and its gradients, of predictions in a file.",
    discussion: """
      Predictions: F32 logits [N, D, K] and offsets [N, D, 4].
      Targets: {"images": [{"boxes": [[xMin, yMin, xMax, yMax], …] in 0…1, "classes": [1…K−1]}, …]}.
      Default boxes from a file: default_boxes [D, 4] as cx, cy, w, h.
      JSON keys: loss, localization, confidence (both normalized: divided by max(N, 1)), positives,
      negatives, usesKernels (whether L_conf was computed by vector kernels), images.
      """)

  @Option(help: "safetensors file of logits and offsets.")
  var predictions: String
  @Option(help: "JSON file of boxes and classes.")
  var targets: String
  @Option(help: "A preset (\(DefaultBoxPreset.names)) or a file.")
  var defaultBoxes: String
  @Option(
    help:
      "What of a preset's boxes is limited to the image: none, sizes, all (centre and size) or corners."
  )
  var clip: DefaultBoxSpecification.Clipping = .none

  @Option(help: "Weight of the localization loss.")
  var alpha = 1.0
  @OptionGroup var lossOptions: LossOptions
  @Option(help: "Variance of the centre offsets.")
  var centerVariance = 0.1
  @Option(help: "Variance of the size offsets.")
  var sizeVariance = 0.2

  @Option(help: "safetensors file to write the gradients of logits and offsets to.")
  var gradients: String?
  @Option(help: "Threads; the result is the same for every number.")
  var threads = 1
  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    try require(alpha.isFinite, "--alpha", "a finite number", alpha)
    try require(centerVariance > 0, "--center-variance", "above 0", centerVariance)
    try require(sizeVariance > 0, "--size-variance", "above 0", sizeVariance)
    try require(threads > 0, "--threads", "above 0", threads)
    _ = try loss()
  }

  private func loss() throws -> MultiBoxLoss {
    try lossOptions.loss(
      over: MultiBoxLoss(
        alpha: alpha,
        boxCoder: BoxCoder(centerVariance: centerVariance, sizeVariance: sizeVariance)))
  }

  func run() throws {
    let input = try LossInput(
      predictions: predictions, targets: targets, defaultBoxes: defaultBoxes, clipping: clip)
    let loss = try self.loss()
    let found: MultiBoxLoss.ValueAndGradients<Float>
    do {
      found = try loss.valueAndGradients(
        logits: input.logits, offsets: input.offsets, imageCount: input.shape[0],
        defaultBoxes: input.defaultBoxes, groundTruth: input.groundTruth, threadCount: threads)
    } catch { throw FileError(path: targets, reason: "\(error)") }
    let result = found.result
    if let gradients {
      let offsetShape = [input.shape[0], input.shape[1], 4]
      try Safetensors(arrays: [
        "logits": NamedArray(shape: input.shape, floats: found.logitGradient),
        "offsets": NamedArray(shape: offsetShape, floats: found.offsetGradient),
      ]).write(to: gradients)
    }
    print(json ? try LossReport(result).json() : LossReport(result).text())
  }
}

extension DefaultBoxSpecification.Clipping: ExpressibleByArgument {}

/// What the command prints.
private struct LossReport: Encodable {
  let loss: Double
  let localization: Double
  let confidence: Double
  let positives: Int
  let negatives: Int
  let usesKernels: Bool
  let images: [MultiBoxLoss.ImageCounts]

  init(_ result: MultiBoxLoss.Result) {
    loss = result.loss
    localization = result.localization
    confidence = result.confidence
    positives = result.positives
    negatives = result.negatives
    usesKernels = result.usesKernels
    images = result.images
  }

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    // A network that has gone wrong has a loss that JSON has no number for.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  func text() -> String {
    var lines = [
      "loss          \(loss)", "localization  \(localization)", "confidence    \(confidence)",
      "positives     \(positives)", "negatives     \(negatives)",
      "computed by   \(usesKernels ? "vector kernels" : "the definitions, several times slower")",
    ]
    for (index, image) in images.enumerated() {
      lines.append("image \(index): \(image.positives) positives, \(image.negatives) negatives")
    }
    return lines.joined(separator: "\n")
  }
}
