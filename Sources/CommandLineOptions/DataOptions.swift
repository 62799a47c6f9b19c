import ArgumentParser
import Datasets
import TrainingInput

extension DatasetFormat: ExpressibleByArgument {}

/// What every command that reads a dataset asks.
public struct DataOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Layout of the data: voc, coco, yolo, folder or shapes; recognised when not given."))
  public var format: DatasetFormat?

  @Option(help: "Decides which images of a folder without splits are train and test. Default: 0.")
  public var splitSeed: UInt64?

  @Flag(help: "Take the first problem of the data (a bad box, a missing file …) for an error.")
  public var strict = false

  public init() {}

  /// - Parameters:
  ///   - path: a folder, or `shapes:…`.
  ///   - own: how a run read the same data: what is not given is done as then.
  public func loader(path: String, like own: TrainingDataSource? = nil) throws -> DatasetLoader {
    try DatasetLoader(
      path: path, format: format ?? own?.format, seed: splitSeed ?? own?.splitSeed ?? 0,
      isStrict: strict)
  }
}
