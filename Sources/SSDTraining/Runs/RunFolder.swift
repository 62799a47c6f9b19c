import Foundation
import ModelFiles

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
  public func metrics() -> [Metrics] { MetricsFile(path: metricsPath).read() }

  public var hasCheckpoint: Bool { FileManager.default.fileExists(atPath: checkpointPath) }
  public var hasConfiguration: Bool { FileManager.default.fileExists(atPath: configurationPath) }

  /// Makes the folder and writes the configuration.
  public func create(_ configuration: TrainingConfiguration) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw RunError.unwritable(path: path, reason: error.localizedDescription)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(configuration), to: configurationPath)
  }

  /// Reads the configuration.
  ///
  /// - Throws: ``RunError`` that names the file and, where one is wrong, the key.
  public func configuration() throws -> TrainingConfiguration {
    guard let data = FileManager.default.contents(atPath: configurationPath) else {
      throw RunError.notARun(path: path, missing: "configuration.json")
    }
    struct Header: Decodable { let formatVersion: Int }
    do {
      let version = try JSONDecoder().decode(Header.self, from: data).formatVersion
      guard version == 1 else {
        throw RunError.invalid(
          path: configurationPath, reason: "formatVersion: expected 1, found \(version)")
      }
      let configuration = try JSONDecoder().decode(TrainingConfiguration.self, from: data)
      try configuration.validate(path: configurationPath)
      return configuration
    } catch let error as DecodingError {
      throw RunError.invalid(path: configurationPath, reason: error.explanation)
    }
  }
}

/// What is wrong with a run's folder.
public enum RunError: Error, Hashable, Sendable, CustomStringConvertible {
  case notARun(path: String, missing: String)
  case exists(path: String)
  case unwritable(path: String, reason: String)
  case invalid(path: String, reason: String)

  public var description: String {
    switch self {
    case .notARun(let path, let missing): "\(path): not a run: it holds no \(missing)"
    case .exists(let path):
      "\(path): holds a run already; --resume continues it, another --output starts anew"
    case .unwritable(let path, let reason): "\(path): cannot be made: \(reason)"
    case .invalid(let path, let reason): "\(path): \(reason)"
    }
  }
}
