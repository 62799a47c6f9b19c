import Datasets
import Files
import Foundation
import TrainingInput

/// The folder of a run and the files in it.
///
/// | file | what |
/// | --- | --- |
/// | `configuration.json` | ``TrainingConfiguration`` |
/// | `data.json` | each split as it was when the run began, and what reading it left out or changed |
/// | `checkpoint.safetensors` | all that resuming needs: weights, averages, velocities, position |
/// | `weights.safetensors` | the weights that detection uses: the best ones, else the last; ``KeptWeights`` |
/// | `detector.onnx` | the trained network for inference engines |
/// | `metrics.jsonl` | one JSON object a line: training, validation and test figures |
/// | `report.html`, `report/` | the training as a page, and its curves and pictures |
/// | `tensorboard/` | TensorBoard's event files, if asked for |
public struct RunFolder: Sendable {
  /// The folder's path.
  public let path: String

  /// Names a folder, which need not exist.
  public init(path: String) {
    self.path = path
  }

  /// The path of the configuration.
  public var configurationPath: String { path + "/configuration.json" }
  /// The path of the checkpoint.
  public var checkpointPath: String { path + "/checkpoint.safetensors" }
  /// The path of the weights that detection uses.
  public var weightsPath: String { path + "/weights.safetensors" }
  /// The path of the metrics.
  public var metricsPath: String { path + "/metrics.jsonl" }

  /// The path of what the run trains on and measures.
  public var dataPath: String { path + "/data.json" }

  /// The path of the exported network.
  public var detectorPath: String { path + "/detector.onnx" }
  /// The path of the exported network with decoding and non-maximum suppression inside.
  public var decodedDetectorPath: String { path + "/detector-decoded.onnx" }
  /// The path of an exported network that takes a fixed number of images, which `detect` would not.
  ///
  /// - Parameters:
  ///   - path: of the file that takes any number.
  ///   - batch: the number of images.
  public static func fixed(_ path: String, batch: Int) -> String {
    "\(path.withoutExtension)-batch\(batch).onnx"
  }
  /// The path of an exported network that was changed before it was written.
  ///
  /// - Parameters:
  ///   - path: of the file without the change.
  ///   - name: of the change, such as int8.
  public static func changed(_ path: String, by name: String) -> String {
    "\(path.withoutExtension)-\(name).onnx"
  }
  /// The path of the exported network as a Core ML package, with Core ML's own suppression.
  public var coreMLPath: String { path + "/detector.mlpackage" }
  /// The path of the exported network as a Core ML package that ends with scores and boxes.
  public var rawCoreMLPath: String { path + "/detector-raw.mlpackage" }
  /// The path of the exported network as a Core AI asset.
  public var coreAIPath: String { path + "/detector.aimodel" }
  /// The paths of all exported networks.
  public var exportedPaths: [String] {
    [detectorPath, decodedDetectorPath].flatMap { [$0, Self.changed($0, by: "int8")] }
      + [coreMLPath, rawCoreMLPath, coreAIPath]
  }
  /// The path of the report's page.
  public var reportPath: String { path + "/report.html" }
  /// The folder of the report's curves and pictures: those of the weights that the run keeps.
  public var reportFolder: String { path + "/report" }
  /// The folder of TensorBoard's event files.
  public var tensorBoardFolder: String { path + "/tensorboard" }

  /// The paths of what a training reads again, and of its pages: no export goes there.
  public var ownPaths: [String] {
    [configurationPath, checkpointPath, weightsPath, metricsPath, dataPath, reportPath]
  }

  /// Reads the metrics so far.
  ///
  /// - Throws: `FileError` naming a damaged line.
  public func metrics() throws -> [Metrics] { try MetricsFile(path: metricsPath).read() }

  /// A checkpoint is there to go on from.
  ///
  /// - Throws: `FileError` where the system does not tell, as of a folder that is closed to the
  ///   user.
  public var hasCheckpoint: Bool { get throws { try InputFile.isThere(checkpointPath) } }
  /// The folder holds a run.
  ///
  /// - Throws: `FileError` where the system does not tell.
  public var hasConfiguration: Bool { get throws { try InputFile.isThere(configurationPath) } }

  /// The folder holds something that a training has learnt: a checkpoint after the first step,
  /// weights, metrics, a network.
  ///
  /// - Throws: `FileError` where the system does not tell.
  public var hasResults: Bool {
    get throws {
      for path in [weightsPath, metricsPath, detectorPath] where try InputFile.isThere(path) {
        return true
      }
      return try hasLearntCheckpoint
    }
  }

  /// Says whether a folder is a run's, by the names in it.
  ///
  /// - Parameter listing: of the folder.
  public static func isOne(_ listing: FolderListing) -> Bool {
    let run = RunFolder(path: "")
    let names = [run.weightsPath, run.checkpointPath].map(\.lastPart)
    return listing.files.contains(run.configurationPath.lastPart)
      && names.contains(where: listing.files.contains)
  }

  /// Makes sure that what a training writes is no folder where it writes a file, and no file where
  /// it makes a folder: it would learn that after the data are read, or at its end.
  ///
  /// - Throws: `FileError` naming the path.
  func checkKinds() throws(FileError) {
    try OutputPath.checkCanBeFolder(path)
    for path in ownPaths + [detectorPath] where FolderListing.isFolder(path) {
      throw FileError(path: path, reason: "is a folder, where a training writes a file")
    }
    for path in [reportFolder, tensorBoardFolder] where FolderListing.isFile(path) {
      throw FileError(path: path, reason: "is a file, where a training makes a folder")
    }
  }

  /// Makes sure that a training can start here: a run that ended before its first step has lost
  /// nothing, and its folder is taken again.
  ///
  /// - Throws: `FileError` where the folder holds results.
  public func checkIsFree() throws {
    try checkKinds()
    guard try !hasResults else {
      throw FileError(
        path: path,
        reason: "holds a run already; --resume continues it, another --output starts anew")
    }
    guard (try? configuration()) == nil else { return }
    // Labels are called data.json, too.
    if let other = ownPaths.first(where: FolderListing.isFile) {
      throw FileError(
        path: other, reason: "is there already, and of no run; another --output starts anew")
    }
  }

  /// Refuses a path that belongs to the run in its folder, or in the folder around that.
  ///
  /// - Parameter path: of a file to be written that is no part of a run.
  /// - Throws: `FileError` naming path and run.
  public static func checkIsOfNone(_ path: String) throws {
    guard FileIdentity(path) != nil else { return }
    for place in [path.parentFolder, path.parentFolder.parentFolder] {
      let run = RunFolder(path: place)
      guard (try? run.configuration()) != nil else { continue }
      let own = run.ownPaths + run.exportedPaths
      let report = FolderListing(run.reportFolder)?.files ?? []
      try OutputPath.check(
        path, isNoneOf: own + report.map { "\(run.reportFolder)/\($0)" },
        because: "belongs to the run in \(run.path), so it is not written over")
    }
  }

  /// Makes the folder, where it is not there.
  ///
  /// - Throws: `FileError` with the reason.
  package func make() throws(FileError) {
    try OutputPath.make(folder: path)
  }

  /// Makes the folder and writes the configuration; a checkpoint before the first step goes.
  ///
  /// - Parameter configuration: is checked first.
  /// - Throws: `FileError`, also where the folder holds results of a run already.
  public func create(_ configuration: TrainingConfiguration) throws {
    try checkIsFree()
    try configuration.validate(path: configurationPath)
    try make()
    if try hasCheckpoint, unlink(checkpointPath) != 0 {
      throw FileError(path: checkpointPath, reason: String(cString: strerror(errno)))
    }
    try replace(configuration)
  }

  /// Writes a configuration in the place of the one that is there.
  ///
  /// - Parameter configuration: was checked.
  package func replace(_ configuration: TrainingConfiguration) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(configuration), to: configurationPath)
  }

  /// Keeps what the run trains on and measures, as `data.json`.
  ///
  /// - Parameter records: by split.
  /// - Throws: `FileError` with the reason.
  public func write(_ records: [String: SplitRecord]) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(records), to: dataPath)
  }

  /// Reads what the run trains on and measures, by split.
  ///
  /// - Returns: nil where a run of an older version does not say.
  /// - Throws: `FileError` naming the key of what is damaged.
  public func splitRecords() throws -> [String: SplitRecord]? {
    guard try InputFile.isThere(dataPath) else { return nil }
    let data = try InputFile.contents(dataPath)
    do {
      return try JSONDocument.decode([String: SplitRecord].self, from: data, path: dataPath)
    } catch {
      // Until version 2 of configurations it held the reports alone.
      if (try? JSONDecoder().decode([String: DatasetReport].self, from: data)) != nil { return nil }
      throw error
    }
  }

  /// What reading a folder without a configuration ends with.
  var noRun: FileError {
    FileError(path: path, reason: "not a run: it holds no configuration.json")
  }

  /// Reads the configuration, of this format or an older one.
  ///
  /// - Throws: `FileError` that names the file and, where one is wrong, the key.
  public func configuration() throws -> TrainingConfiguration {
    guard try hasConfiguration else { throw noRun }
    let data = try InputFile.contents(configurationPath)
    return try JSONDocument.decode(
      TrainingConfiguration.self, from: data, path: configurationPath
    ) { configuration throws(JSONDocument.Problem) in try configuration.check() }
  }
}
