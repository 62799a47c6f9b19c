import ArgumentParser
import Commands
import Detectors
import Files
import Foundation
import ModelFiles
import MultiBox
import Runs

/// `multibox loss`: the loss of given predictions, to hold another implementation against.
struct LossCommand: ParsableCommand {
  private static let name = "loss"

  static let configuration = CommandConfiguration(
    commandName: name,
    abstract: "Compute the SSD loss, and its gradients, of predictions in a file.",
    usage: """
      multibox loss [<options>] --predictions <file> --targets <file>
        --default-boxes <preset|file>
      """,
    discussion: """
      Predictions: F32 logits [N, D, K] and offsets [N, D, 4].
      Targets: {"images": [{"boxes": [[xMin, yMin, xMax, yMax], …], "classes": [1, …]}]} with \
      boxes in 0…1, classes of 1…K−1, and where boxes are crowds "isCrowd": [true, false, …].
      Default boxes from a file: default_boxes [D, 4] as cx, cy, w, h.
      JSON keys: loss, localization, confidence (both normalized: divided by max(N, 1)), \
      positives, negatives, usesKernels (whether L_conf was computed by vector kernels), images.
      """)

  @OptionGroup(title: "Input") var input: Input
  @OptionGroup(title: "Result") var output: Output
  @OptionGroup var lossOptions: LossOptions

  /// What the loss is of.
  struct Input: ParsableArguments {
    @Option(
      help: ArgumentHelp("safetensors file of logits and offsets.", valueName: "file"),
      completion: .file(extensions: ["safetensors"]))
    var predictions: String
    @Option(
      help: ArgumentHelp("JSON file of boxes and classes.", valueName: "file"),
      completion: .file(extensions: ["json"]))
    var targets: String
    @Option(
      help: ArgumentHelp(
        "Default boxes: a preset (\(DefaultBoxPreset.names)) or a safetensors file.",
        valueName: "preset|file"),
      completion: .defaultBoxes(orFiles: ["safetensors"]))
    var defaultBoxes: String
    @Option(
      help: ArgumentHelp(
        "How a preset's boxes are limited to the image; all: centre and size."
          + " Default: \(Self.usualClipping.rawValue).", valueName: "name"))
    var clip: DefaultBoxSpecification.Clipping?
    @Option(help: ArgumentHelp("Variance of the centre offsets.", valueName: "number"))
    var centerVariance = BoxCoder().centerVariance
    @Option(help: ArgumentHelp("Variance of the size offsets.", valueName: "number"))
    var sizeVariance = BoxCoder().sizeVariance

    static let usualClipping = DefaultBoxSpecification.Clipping.none

    func validate() throws {
      if clip != nil, DefaultBoxPreset(rawValue: defaultBoxes) == nil {
        throw ValidationError("--clip has no effect with the default boxes of a file")
      }
      for (option, value) in [
        ("--center-variance", centerVariance), ("--size-variance", sizeVariance),
      ] {
        try require(value > 0 && value.isFinite, option, "above 0, and finite", value)
      }
    }

    /// - Throws: `FileError` that names file, key, expected and found.
    func read() throws -> LossInput {
      try LossInput(
        predictions: predictions, targets: targets, defaultBoxes: defaultBoxes,
        clipping: clip ?? Self.usualClipping)
    }
  }

  /// What is shown, and where.
  struct Output: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "safetensors file to write the gradients of logits and offsets to. Default: none.",
        valueName: "file"),
      completion: .file(extensions: ["safetensors"]))
    var gradients: String?
    @Flag(help: "Print JSON. Default: words.")
    var json = false
    @Option(
      help: ArgumentHelp(
        "Threads to compute with; the result is the same for every number.", valueName: "count"))
    var threads = 1

    func validate() throws { try requireThreads(threads) }
  }

  func validate() throws { _ = try lossOptions.loss(over: base) }

  private var base: MultiBoxLoss {
    MultiBoxLoss(
      boxCoder: BoxCoder(
        centerVariance: input.centerVariance, sizeVariance: input.sizeVariance))
  }

  func run() throws {
    let files = self.input
    if let gradients = output.gradients {
      try OutputPath.check(
        gradients, isNoneOf: [files.predictions, files.targets, files.defaultBoxes])
      try OutputPath.check(gradients, isNewOr: "gradients of loss") {
        Safetensors.isFile($0, madeBy: Self.name)
      }
      try RunFolder.checkIsOfNone(gradients)
    }
    let input = try files.read()
    if lossOptions.whole.ignoredRegionOverlap != nil,
      !input.groundTruth.joined().contains(where: \.isCrowd)
    {
      throw ValidationError(
        "--ignored-region-overlap has no effect: no isCrowd of \(files.targets) is true")
    }
    let loss = try lossOptions.loss(
      over: base, classNames: ClassNames((1..<input.shape[2]).map { "\($0)" }))
    let found: MultiBoxLoss.ValueAndGradients<Float>
    do {
      found = try loss.valueAndGradients(
        logits: input.logits, offsets: input.offsets, imageCount: input.shape[0],
        defaultBoxes: input.defaultBoxes, groundTruth: input.groundTruth,
        threadCount: output.threads)
    } catch { throw FileError(path: files.targets, reason: "\(error)") }
    let result = found.result
    if let gradients = output.gradients {
      let offsetShape = [input.shape[0], input.shape[1], 4]
      try Safetensors(
        arrays: [
          "logits": NamedArray(shape: input.shape, floats: found.logitGradient),
          "offsets": NamedArray(shape: offsetShape, floats: found.offsetGradient),
        ], madeBy: Self.name
      ).write(to: gradients)
    }
    let report = LossReport(result)
    try StandardOutput.write(output.json ? report.json() : report.text())
    NextStep.tell(
      wrote: output.gradients.map { [$0] } ?? [],
      next: output.gradients == nil
        ? NextStep.sameCommand(adding: ["--gradients", "gradients.safetensors"]) : nil)
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
