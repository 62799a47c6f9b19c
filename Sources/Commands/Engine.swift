import Detectors
import Runs

/// What an executable computes with. The commands exist once; this is what differs between
/// `multibox`, which has OpenVINO or nothing, and `multibox-torch`.
public protocol Engine {
  /// Opens a detector.
  static func detector(_ request: DetectorRequest) throws -> any PredictingDetector

  /// Trains as the options say.
  static func train(_ options: TrainOptions) throws

  /// Brings others' weights under this project's names.
  static func importWeights(_ options: ImportOptions) throws

  /// Writes a trained network for other systems.
  static func export(_ options: ExportOptions) throws
}

/// Which detector a command needs, and how it is to compute.
public struct DetectorRequest {
  /// Where the detector comes from.
  public enum Source {
    /// A model file, and the name or file of its description, where it does not carry one.
    case model(String, description: String?)
    /// The trained network of a run.
    case run(RunFolder)
    /// A network with the initial weights of its seed.
    case untrained(TrainingConfiguration)

    /// The paths of its files: nothing is written over them.
    public var ownPaths: [String] {
      switch self {
      case .model(let path, let description): [path] + (description.map { [$0] } ?? [])
      case .run(let folder): folder.ownPaths + [folder.detectorPath]
      case .untrained: []
      }
    }
  }

  public var source: Source
  /// The device's name; nil leaves it to the engine.
  public var device: String?
  public var precision = Precision.float32
  public var threadCount: Int
  /// Images that are computed together; nil leaves it to the engine.
  public var batchSize: Int?
  /// What an engine with the choice takes.
  public static let usualBatchSize = 8
  /// Whether many images a second were asked for, or one soon; nil leaves it to the engine.
  public var isForThroughput: Bool?
  /// Whether there are so many images that an engine with the choice takes many a second.
  public var hasManyImages = false
  /// The lowest score that is kept; nil takes the detector's.
  public var scoreThreshold: Double?
}
