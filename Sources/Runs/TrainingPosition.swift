import Files
import Foundation
import ModelFiles

/// Where a run stands: what must be known besides tensors to go on as if it had never stopped.
package struct TrainingPosition: Codable, Hashable, Sendable {
  /// Iterations done.
  package var iteration = 0
  /// Best AP on the validation split so far.
  package var bestAveragePrecision: Double?
  /// Sums for the means of the epoch that is under way.
  package var epochSums = EpochSums()
  /// The epoch is trained, and waits to be measured; nil is false, as in older checkpoints.
  package var isToBeEvaluated: Bool?

  /// The key of a checkpoint's metadata.
  package static let metadataKey = "position"

  /// Creates the position before the first step.
  package init() {}

  /// Reads the position of a checkpoint's metadata.
  ///
  /// - Throws: `FileError` naming the key.
  package init(_ metadata: [String: String], path: String) throws {
    guard let text = metadata[Self.metadataKey] else {
      throw FileError(path: path, reason: "no position in its metadata: not a checkpoint")
    }
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(text.utf8))
    } catch let error as DecodingError {
      throw FileError(path: path, reason: "position: \(error.explanation)")
    }
  }

  init(ofCheckpoint path: String) throws {
    try self.init(Safetensors(contentsOf: path).metadata, path: path)
  }
}

/// Running sums of one epoch's iterations.
package struct EpochSums: Codable, Hashable, Sendable {
  package var iterations = 0
  package var images = 0
  package var loss = 0.0
  package var localization = 0.0
  package var confidence = 0.0
  package var positives = 0
  package var gradientNorm = 0.0
  package var seconds = 0.0

  /// Creates sums of nothing.
  package init() {}
}
