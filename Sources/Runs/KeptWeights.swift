import Datasets
import Detectors
import Files
import Foundation
import ModelFiles

/// What a run's weights say of themselves: the epoch that they are of, and what chose them.
///
/// It stands in the metadata of `weights.safetensors`, so that it never speaks of other weights.
public struct KeptWeights: Hashable, Sendable, Codable {
  /// The key of the metadata.
  package static let metadataKey = "multibox.kept"

  /// The epoch after which they were kept, from 1.
  public var epoch: Int
  /// The name of the split whose AP chose them; nil where a run has none and keeps the last ones.
  public var split: String?
  /// COCO's AP on the split, 0…1, or −1 where nothing was to be found; nil without one.
  public var ap: Double?
  /// The score of each class from which its detections are best taken, measured on the split.
  ///
  /// Nil without a split that chooses: scores of images that were trained on are too high, and a
  /// threshold that the test images choose makes their precision and recall look better than they
  /// are.
  public var bestThresholds: BestThresholds?

  /// Creates what weights say of themselves.
  ///
  /// - Parameters:
  ///   - epoch: after which they were kept, from 1.
  ///   - split: the split whose AP chose them.
  ///   - ap: COCO's AP on it.
  ///   - bestThresholds: measured on it.
  public init(
    epoch: Int, split: String? = nil, ap: Double? = nil, bestThresholds: BestThresholds? = nil
  ) {
    self.epoch = epoch
    self.split = split
    self.ap = ap
    self.bestThresholds = bestThresholds
  }

  private enum CodingKeys: String, CodingKey {
    case epoch, split, bestThresholds
    case ap = "AP"
  }

  /// The weights in words: `weights of epoch 12 of 60, of the best AP on val (0.612)`.
  ///
  /// - Parameter epochs: of the whole run.
  public func words(of epochs: Int) -> String {
    let choice =
      split.map { split in
        ", of the best AP on \(split)" + (ap.map { String(format: " (%.3f)", $0) } ?? "")
      } ?? ", the last ones: no split chose"
    return "weights of epoch \(epoch) of \(epochs)\(choice)"
  }

  /// The metadata of the weights' file.
  package func metadata() throws -> [String: String] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return [Self.metadataKey: String(decoding: try encoder.encode(self), as: UTF8.self)]
  }
}

extension RunFolder {
  /// Reads what the run's weights say of themselves.
  ///
  /// - Returns: nil where there are none, or they are of an older version or another program.
  /// - Throws: `FileError` naming the key of what is damaged.
  public func keptWeights() throws -> KeptWeights? {
    guard try InputFile.isThere(weightsPath) else { return nil }
    let metadata = try Safetensors.metadata(of: weightsPath)
    guard let text = metadata[KeptWeights.metadataKey] else { return nil }
    let path = "\(weightsPath): \(KeptWeights.metadataKey)"
    return try JSONDocument.decode(KeptWeights.self, from: Data(text.utf8), path: path) {
      kept throws(JSONDocument.Problem) in
      guard kept.epoch > 0 else {
        throw JSONDocument.Problem(key: "epoch", reason: "expected 1 or more, found \(kept.epoch)")
      }
    }
  }

  /// Reads what the weights say of themselves, and whether they can be this run's.
  ///
  /// - Parameter configuration: the run's.
  /// - Returns: nil as ``keptWeights()``.
  /// - Throws: `FileError` also where they are of an epoch that the run does not have: those of
  ///   another run were put here.
  package func keptWeights(of configuration: TrainingConfiguration) throws -> KeptWeights? {
    guard let kept = try keptWeights() else { return nil }
    let epochs = configuration.optimization.epochs
    guard kept.epoch <= epochs else {
      throw FileError(
        path: weightsPath,
        reason: "expected weights of this run, whose epochs are \(epochs), found those of"
          + " epoch \(kept.epoch)")
    }
    return kept
  }

  /// Returns the description of the detector whose weights the run holds, best thresholds included.
  ///
  /// - Parameter configuration: the run's.
  /// - Throws: `FileError` naming the key of what is damaged; also where weights are of an epoch
  ///   that the run does not have.
  public func detector(_ configuration: TrainingConfiguration) throws -> DetectorDescription {
    var description = configuration.detector
    description.thresholds.best = try keptWeights(of: configuration)?.bestThresholds
    do {
      try description.check()
    } catch {
      throw FileError(
        path: "\(weightsPath): \(KeptWeights.metadataKey)", reason: "\(error.key): \(error.reason)")
    }
    return description
  }
}
