import ArgumentParser
import DetectionData

extension DatasetFormat: ExpressibleByArgument {}

/// What every command that reads a dataset asks.
public struct DataOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Layout of the data: voc, coco, yolo, folder or shapes; recognised when not given."))
  public var format: DatasetFormat?

  @Option(help: "Decides which images of a folder without splits are train and test.")
  public var splitSeed: UInt64 = 0

  @Flag(help: "Take the first problem of the data (a bad box, a missing file …) for an error.")
  public var strict = false

  public init() {}

  /// - Parameter path: a folder, or `shapes:…`.
  public func loader(path: String) throws -> DatasetLoader {
    try DatasetLoader(path: path, format: format, seed: splitSeed, isStrict: strict)
  }
}
