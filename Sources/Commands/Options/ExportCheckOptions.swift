import ArgumentParser
import Datasets
import Detectors
import MultiBox

/// What `multibox export --check` compares on, and how near is near enough.
public struct ExportCheckOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Compare the file with the run on these images, and end with a table of AP, AP50 and the"
        + " largest difference; past a tolerance with an error. \(DataOptions.dataHelp) Default:"
        + " nothing is compared.", valueName: "data"),
    completion: .labeledData)
  public var check: [String] = []
  @Option(help: ArgumentHelp("Split to compare on. Default: the test split.", valueName: "split"))
  public var split: String?
  @Option(
    help: ArgumentHelp(
      "Layout of --check's data, as --format of evaluate. Default: recognised.", valueName: "name"))
  public var checkFormat: DatasetFormat?
  @OptionGroup public var files: DataFileOptions
  @Option(
    help: ArgumentHelp(
      "Largest difference of a logit or an offset of coreai, and of onnx without --decode. Default:"
        + " \(ExportTolerances.float32Predictions), with --precision bfloat16 any, as single ones are"
        + " far off, with int8 too.", valueName: "number"))
  public var tolerance: Double?
  @Option(
    help: ArgumentHelp(
      "Largest difference of AP and of AP50. Default:"
        + " \(ExportTolerances.usual(.float32).averagePrecision), with --precision bfloat16"
        + " \(ExportTolerances.usual(.bfloat16).averagePrecision), with int8"
        + " \(ExportTolerances.int8.averagePrecision).", valueName: "number"))
  public var apTolerance: Double?
  @Option(
    help: ArgumentHelp(
      "Number format of convolutions: float32, or bfloat16, of the run and of the file that --check"
        + " computes; int8 writes an ONNX file that computes with 8 bits, and needs --data. Default:"
        + " \(ExportPrecision.float32.rawValue), whatever the run was trained in.",
      valueName: "name"))
  public var precision: ExportPrecision?
  @Option(
    help: ArgumentHelp(
      "Threads to compute with, of --check and --precision int8. Default: all cores that it may use.",
      valueName: "count"))
  public var threads: Int?

  public init() {}

  /// Whether anything is compared.
  public var isGiven: Bool { !check.isEmpty }

  /// The number format that both sides compute in, besides what is 8 bits in the file.
  public var computedPrecision: Precision { precision?.computed ?? .float32 }

  /// Threads to compute with.
  public var threadCount: Int { threads ?? AvailableProcessors.count }

  var tolerances: ExportTolerances {
    let usual = precision == .int8 ? .int8 : ExportTolerances.usual(computedPrecision)
    return ExportTolerances(
      predictions: tolerance ?? usual.predictions,
      averagePrecision: apTolerance ?? usual.averagePrecision)
  }

  public func validate() throws {
    if !isGiven {
      let given = [
        ("--split", split != nil), ("--check-format", checkFormat != nil),
        ("--tolerance", tolerance != nil), ("--ap-tolerance", apTolerance != nil),
        ("--precision", precision != nil && precision != .int8),
      ]
      // Those serve the images of --precision int8 too.
      let shared = precision == .int8 ? [] : [("--threads", threads != nil)] + files.given
      if let option = (given + shared).first(where: \.1) {
        throw ValidationError("\(option.0) goes with --check")
      }
    }
    let number = tolerance ?? 0
    try require(number >= 0 && number.isFinite, "--tolerance", "0 or more", number)
    try require((0...1).contains(apTolerance ?? 0), "--ap-tolerance", "0…1", apTolerance ?? 0)
    try requireThreads(threads)
  }

  /// Makes sure that what is written can be compared, and by the tolerances that were given.
  ///
  /// - Parameter options: what is written.
  /// - Throws: a usage error.
  func check(of options: ExportOptions) throws {
    guard isGiven else { return }
    switch options.format {
    case .torchvision: throw ValidationError("--check goes with --format onnx, coreml or coreai")
    case .coreml:
      try refuse(
        [("--tolerance", tolerance != nil), ("--ap-tolerance", apTolerance != nil)],
        with: "--format coreml, which is not executed here")
    case .coreai:
      try require(
        computedPrecision == .float32, "--precision",
        "float32 with --format coreai, whose interpreter computes in no other",
        computedPrecision.rawValue)
    case .onnx:
      if options.decode {
        try refuse(
          [("--tolerance", tolerance != nil)],
          with: "--decode, whose rows are compared by AP and AP50 alone (--ap-tolerance)")
      }
      let batch = options.batch ?? 1
      try require(batch == 1, "--batch", "1 with --check, which takes image by image", batch)
    }
  }
}

/// How near an exported form must be to its run.
public struct ExportTolerances: Hashable, Sendable {
  /// The largest difference of a logit or an offset; nil for any.
  public var predictions: Double?
  /// The largest difference of AP and of AP50, 0…1.
  public var averagePrecision: Double

  /// Creates tolerances.
  public init(predictions: Double?, averagePrecision: Double) {
    self.predictions = predictions
    self.averagePrecision = averagePrecision
  }

  /// What is near enough where nothing else is said.
  ///
  /// In float32 engines differ by the order of their sums: those of a network for blood cells, in
  /// 72 images, by 8e-5, and one logit that is off by 0.001 moves a score by at most 0.00025.
  /// bfloat16 has 8 bits, and each layer rounds once more: one of the same network's logits was 8
  /// apart, with an AP that differed by 0.0016.
  ///
  /// - Parameter precision: what both compute in.
  public static func usual(_ precision: Precision) -> ExportTolerances {
    switch precision {
    case .float32: ExportTolerances(predictions: float32Predictions, averagePrecision: 0.001)
    case .bfloat16, .float16: ExportTolerances(predictions: nil, averagePrecision: 0.02)
    }
  }

  static let float32Predictions = 0.001

  /// A file of 8 bits, beside the run in float32: logits are as far apart as in bfloat16, or
  /// farther, and what is found must hardly change.
  static let int8 = ExportTolerances(predictions: nil, averagePrecision: 0.01)
}
