import ArgumentParser
import Datasets
import Detectors
import Files
import ImageFiles
import MultiBox
import Runs

/// The number format of what `multibox export` writes, or of what it compares.
public enum ExportPrecision: String, CaseIterable, ExpressibleByArgument, Sendable {
  /// IEEE single precision.
  case float32
  /// Half the bits: a file is the same as in float32, and computed so.
  case bfloat16
  /// 8 bits, which stand in the file.
  case int8

  /// What the run, and what is float in the file, compute in.
  public var computed: Precision { self == .bfloat16 ? .bfloat16 : .float32 }
}

/// What `multibox export --precision int8` measures the ranges of values on.
public struct QuantizationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "--precision int8: images that the ranges of values are measured on, such as those that were"
        + " trained on. \(DataOptions.dataHelp) Default: none, an error.", valueName: "data"),
    completion: .labeledData)
  public var data: [String] = []
  @Option(
    help: ArgumentHelp("Split of --data. Default: the training split.", valueName: "split"))
  public var dataSplit: String?
  @Option(
    help: ArgumentHelp(
      "Layout of --data, as --format of evaluate. Default: recognised.", valueName: "name"))
  public var dataFormat: DatasetFormat?
  @Option(
    help: ArgumentHelp(
      "Images of --data that are looked at, spread evenly over the split. Default:"
        + " \(Self.usualImageCount).", valueName: "count"))
  public var calibrationImages: Int?

  static let usualImageCount = 100

  public init() {}

  public func validate() throws {
    try require(calibrationImages, "--calibration-images", in: 1...1_000_000)
    guard data.isEmpty else { return }
    let given = [
      ("--data-split", dataSplit != nil), ("--data-format", dataFormat != nil),
      ("--calibration-images", calibrationImages != nil),
    ]
    if let option = given.first(where: \.1) {
      throw ValidationError("\(option.0) goes with --data")
    }
  }

  /// Makes sure that images were given where they are needed, and only there.
  ///
  /// - Throws: a usage error.
  func check(of options: ExportOptions) throws {
    let isWanted = options.check.precision == .int8
    if isWanted, options.format != .onnx {
      throw ValidationError("--precision int8 goes with --format onnx")
    }
    if isWanted, data.isEmpty {
      throw ValidationError("--precision int8 needs --data, images to measure ranges on")
    }
    if !isWanted, !data.isEmpty { throw ValidationError("--data goes with --precision int8") }
  }

  /// Reads the images, before anything is written.
  ///
  /// - Parameters:
  ///   - files: how they are read.
  ///   - label: the logger's.
  ///   - classNames: of the run.
  /// - Throws: `DatasetError` or `FileError` naming the data, also where there is no image.
  public func images(
    _ files: DataFileOptions, classNames: ClassNames, label: String
  ) throws -> [DatasetImage] {
    let loader = try files.loader(data, format: dataFormat)
    let split = try dataSplit ?? loader.requiredSplit(for: .training)
    let all = try loader.measured(split: split, classNames: classNames, label: label).dataset.images
    guard !all.isEmpty else {
      throw FileError(
        path: loader.paths.joined(separator: ", "),
        reason: "\(split) holds no image, so no range would be measured")
    }
    let count = min(calibrationImages ?? Self.usualImageCount, all.count)
    return (0..<count).map { all[$0 * all.count / count] }
  }
}
