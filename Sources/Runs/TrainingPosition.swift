import Datasets
import Files
import Foundation
import ModelFiles

/// Where a run stands: what must be known besides tensors to go on as if it had never stopped.
package struct TrainingPosition: Codable, Hashable, Sendable {
  /// Iterations done.
  package var iteration = 0
  /// Best AP on the validation split so far.
  package var bestAveragePrecision: Double?
  /// Measurements on the validation split since then; nil is 0, as in older checkpoints.
  package var measurementsWithoutRise: Int?
  /// Sums for the means of the epoch that is under way.
  package var epochSums = EpochSums()
  /// The epoch is trained, and waits to be measured; nil is false, as in older checkpoints.
  package var isToBeEvaluated: Bool?

  /// The factor of the loss's gradient; nil where the precision needs none.
  package var lossScale: LossScale?

  /// The key of a checkpoint's metadata.
  package static let metadataKey = "position"

  /// Creates the position before the first step.
  package init() {}

  /// Reads the position of a checkpoint's metadata.
  ///
  /// - Parameter iterations: of the whole run.
  /// - Throws: `FileError` naming the key.
  package init(
    _ metadata: [String: String], path: String, of iterations: Int = .max
  ) throws(FileError) {
    guard let text = metadata[Self.metadataKey] else {
      throw FileError(path: path, reason: "no position in its metadata: not a checkpoint")
    }
    self = try JSONDocument.decode(
      Self.self, from: Data(text.utf8), path: "\(path): position"
    ) { position throws(JSONDocument.Problem) in try position.check(iterations: iterations) }
  }

  init(ofCheckpoint path: String) throws(FileError) {
    try self.init(Safetensors.metadata(of: path), path: path)
  }

  /// So many measurements without a higher AP were enough.
  package func isOutOfPatience(_ optimization: TrainingConfiguration.Optimization) -> Bool {
    optimization.patience.map { measurementsWithoutRise ?? 0 >= $0 } ?? false
  }

  /// All is trained and measured.
  package func hasEnded(
    _ optimization: TrainingConfiguration.Optimization, _ length: TrainingLength
  ) -> Bool {
    isToBeEvaluated != true
      && (iteration >= length.iterations || isOutOfPatience(optimization))
  }

  /// Checks what the types allow and no run of so many iterations can have written.
  private func check(iterations: Int) throws(JSONDocument.Problem) {
    func check<Value: Comparable>(
      _ key: String, _ value: Value, in range: ClosedRange<Value>
    ) throws(JSONDocument.Problem) {
      guard range.contains(value) else {
        throw JSONDocument.Problem(
          key: key,
          reason: "expected \(range.lowerBound) to \(range.upperBound), found \(value)")
      }
    }
    try check("iteration", iteration, in: 0...iterations)
    // -1 where there was nothing to be found.
    try check("bestAveragePrecision", bestAveragePrecision ?? 0, in: -1...1)
    try check("measurementsWithoutRise", measurementsWithoutRise ?? 0, in: 0...iteration)
    try check("epochSums.iterations", epochSums.iterations, in: 0...iteration)
    if let scale = lossScale {
      try check("lossScale.factor", scale.factor, in: LossScale.factors)
      guard scale.factor.significand == 1 else {
        throw JSONDocument.Problem(
          key: "lossScale.factor", reason: "expected a power of two, found \(scale.factor)")
      }
      try check("lossScale.finiteSteps", scale.finiteSteps, in: 0...LossScale.growthInterval - 1)
      try check("lossScale.skippedSteps", scale.skippedSteps, in: 0...iteration)
    }
    try check("epochSums.skippedSteps", epochSums.skippedSteps ?? 0, in: 0...epochSums.iterations)
    // What later steps add must not overflow.
    for (key, count) in [("images", epochSums.images), ("positives", epochSums.positives)] {
      try check("epochSums.\(key)", count, in: 0...(1 << 53))
    }
    try check("epochSums.seconds", epochSums.seconds, in: 0...1e12)
    try check("epochSums.collectiveSeconds", epochSums.collectiveSeconds ?? 0, in: 0...1e12)
    try check("epochSums.lossSeconds", epochSums.lossSeconds ?? 0, in: 0...1e12)
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
  /// Iterations whose step was left out; nil is 0.
  package var skippedSteps: Int?
  /// Of `seconds`, those in collectives; nil for one process alone.
  package var collectiveSeconds: Double?
  /// Of `seconds`, those of the loss; nil is 0, as in older checkpoints.
  package var lossSeconds: Double?

  /// Creates sums of nothing.
  package init() {}
}
