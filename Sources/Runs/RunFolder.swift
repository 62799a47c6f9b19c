import Files
import Foundation

/// The folder of a run and the files in it.
///
/// | file | what |
/// | --- | --- |
/// | `configuration.json` | ``TrainingConfiguration`` |
/// | `checkpoint.safetensors` | all that resuming needs: weights, averages, velocities, position |
/// | `weights.safetensors` | the weights that detection uses: the best ones, else the last |
/// | `detector.onnx` | the trained network for inference engines |
/// | `metrics.jsonl` | one JSON object a line: training, validation and test figures |
/// | `report.html`, `report/` | the training as a page, and its curves and pictures |
/// | `tensorboard/` | TensorBoard's event files, if asked for |
public struct RunFolder: Sendable {
  public let path: String

  public init(path: String) {
    self.path = path
  }

  public var configurationPath: String { path + "/configuration.json" }
  public var checkpointPath: String { path + "/checkpoint.safetensors" }
  public var weightsPath: String { path + "/weights.safetensors" }
  public var metricsPath: String { path + "/metrics.jsonl" }

  public var detectorPath: String { path + "/detector.onnx" }
  /// The same with decoding and non-maximum suppression inside.
  public var decodedDetectorPath: String { path + "/detector-decoded.onnx" }
  public var reportPath: String { path + "/report.html" }
  /// What the report shows of the last evaluation: curves and pictures.
  public var reportFolder: String { path + "/report" }
  public var tensorBoardFolder: String { path + "/tensorboard" }

  /// The metrics so far.
  ///
  /// - Throws: `FileError` naming a damaged line.
  public func metrics() throws -> [Metrics] { try MetricsFile(path: metricsPath).read() }

  public var hasCheckpoint: Bool { FileManager.default.fileExists(atPath: checkpointPath) }
  public var hasConfiguration: Bool { FileManager.default.fileExists(atPath: configurationPath) }

  /// Makes the folder and writes the configuration.
  ///
  /// - Throws: `FileError`, also where the folder holds a run already.
  public func create(_ configuration: TrainingConfiguration) throws {
    guard !hasConfiguration else {
      throw FileError(
        path: path,
        reason: "holds a run already; --resume continues it, another --output starts anew")
    }
    try configuration.validate(path: configurationPath)
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw FileError(path: path, reason: "cannot be made: \(error.localizedDescription)")
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(configuration), to: configurationPath)
  }

  /// Reads the configuration, of this format or an older one.
  ///
  /// - Throws: `FileError` that names the file and, where one is wrong, the key.
  public func configuration() throws -> TrainingConfiguration {
    guard let data = FileManager.default.contents(atPath: configurationPath) else {
      throw FileError(path: path, reason: "not a run: it holds no configuration.json")
    }
    let configuration: TrainingConfiguration
    do {
      configuration = try JSONDecoder().decode(TrainingConfiguration.self, from: data)
    } catch let error as DecodingError {
      throw FileError(path: configurationPath, reason: error.explanation)
    }
    try configuration.validate(path: configurationPath)
    return configuration
  }
}
