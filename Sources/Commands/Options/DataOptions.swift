import ArgumentParser
import Datasets
import TrainingInput

extension DatasetFormat: ExpressibleByArgument {}

/// How a command that reads a dataset reads it.
public struct DataOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Layout of the data. Default: recognised.", valueName: "name"))
  public var format: DatasetFormat?

  @Option(
    help: ArgumentHelp(
      "Decides which images of a folder without splits are train and which test."
        + " Default: \(Self.usualSplitSeed).", valueName: "seed"))
  public var splitSeed: UInt64?

  @Flag(
    help: ArgumentHelp(
      "End at the first problem of the data (a bad box, a missing file …)."
        + " Default: leave it out, and say so."))
  public var strict = false

  private static let usualSplitSeed =
    TrainingDataSource(path: "", format: .folder, classNames: []).splitSeed

  /// What `--data` and its like take.
  public static let dataHelp =
    "Labelled images: a folder (VOC, COCO, YOLO, or images with XML files beside them), a COCO"
    + " .json, a YOLO .yaml, or shapes:images=…,side=…,seed=…,held-out=…, which are made."

  public init() {}

  /// - Parameters:
  ///   - path: a folder or file, or `shapes:…`.
  ///   - own: how a run read the same data: what is not given is done as then.
  /// - Throws: a usage error where the seed has no effect, `DatasetError` where there are no data.
  public func loader(path: String, like own: TrainingDataSource? = nil) throws -> DatasetLoader {
    let loader = try DatasetLoader(
      path: path, format: format ?? own?.format,
      seed: splitSeed ?? own?.splitSeed ?? Self.usualSplitSeed, isStrict: strict)
    if splitSeed != nil, try !loader.splitsBySeed() {
      throw ValidationError("--split-seed has no effect: \(path) has splits of its own")
    }
    return loader
  }

  /// - Throws: a usage error naming an option that was given, where no dataset is read.
  func refuseAll(with choice: String) throws {
    try refuse(
      [
        ("--format", format != nil), ("--split-seed", splitSeed != nil), ("--strict", strict),
      ], with: choice)
  }
}
