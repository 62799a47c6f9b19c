import Foundation
import ModelFiles

/// A line of `metrics.jsonl`.
public enum Metrics: Codable, Hashable, Sendable {
  case training(TrainingMetrics)
  case evaluation(EvaluationMetrics)

  /// Iterations done when the line was written.
  public var iteration: Int {
    switch self {
    case .training(let metrics): metrics.iteration
    case .evaluation(let metrics): metrics.iteration
    }
  }

  private enum Keys: String, CodingKey { case kind }

  public init(from decoder: any Decoder) throws {
    let kind = try decoder.container(keyedBy: Keys.self).decode(String.self, forKey: .kind)
    self =
      kind == "training"
      ? try .training(TrainingMetrics(from: decoder))
      : try .evaluation(EvaluationMetrics(from: decoder))
  }

  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .training(let metrics): try metrics.encode(to: encoder)
    case .evaluation(let metrics): try metrics.encode(to: encoder)
    }
  }
}

/// Means over the iterations of one epoch.
public struct TrainingMetrics: Codable, Hashable, Sendable {
  public var kind = "training"
  public var iteration: Int
  public var epoch: Int
  /// L, L_loc / N and L_conf / N.
  public var loss: Double
  public var localization: Double
  public var confidence: Double
  public var positivesPerImage: Double
  public var learningRate: Double
  public var gradientNorm: Double
  public var imagesPerSecond: Double
}

/// What an evaluation gave.
public struct EvaluationMetrics: Codable, Hashable, Sendable {
  public var kind = "evaluation"
  public var iteration: Int
  public var epoch: Int
  public var split: String
  /// Whether it chooses the best weights.
  public var selects: Bool
  public var ap: Double
  public var ap50: Double
  public var ap75: Double
  /// AP and AP50 by class name (`ClassKeys`).
  public var perClass: [String: [String: Double]]

  // The field's names in the file.
  private enum CodingKeys: String, CodingKey {
    case kind, iteration, epoch, split, selects, perClass
    case ap = "AP"
    case ap50 = "AP50"
    case ap75 = "AP75"
  }
}

/// The file of metrics: appended line by line, cut back when a run resumes from an earlier
/// checkpoint.
struct MetricsFile {
  let path: String

  /// All lines; a torn last one is left out.
  func read() -> [Metrics] {
    guard let data = FileManager.default.contents(atPath: path) else { return [] }
    return data.split(separator: 0x0A).compactMap {
      try? JSONDecoder().decode(Metrics.self, from: $0)
    }
  }

  func append(_ metrics: Metrics) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    var line = try encoder.encode(metrics)
    line.append(0x0A)
    if !FileManager.default.fileExists(atPath: path) {
      try AtomicFile.write(line, to: path)
      return
    }
    guard let handle = FileHandle(forWritingAtPath: path) else {
      throw RunError.unwritable(path: path, reason: "cannot be opened for writing")
    }
    try handle.seekToEnd()
    try handle.write(contentsOf: line)
    try handle.close()
  }

  /// Drops the lines after `iteration`, which the resumed run will write again, and a torn last
  /// line.
  func truncate(after iteration: Int) throws {
    guard let data = FileManager.default.contents(atPath: path) else { return }
    var kept = Data()
    for line in data.split(separator: 0x0A) {
      guard let metrics = try? JSONDecoder().decode(Metrics.self, from: line),
        metrics.iteration <= iteration
      else { break }
      kept.append(contentsOf: line)
      kept.append(0x0A)
    }
    try AtomicFile.write(kept, to: path)
  }
}
