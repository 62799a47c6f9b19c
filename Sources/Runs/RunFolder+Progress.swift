import Files
import ModelFiles

/// The progress of a run, as its folder tells it, whether it trains, was stopped or has ended.
public struct RunProgress: Hashable, Sendable {
  /// Weights that detection with the run uses.
  public enum Weights: Hashable, Sendable {
    /// Those of `weights.safetensors`, and the epoch they are of; nil where a run of an older
    /// version does not say.
    case kept(epoch: Int?)
    /// Those of the checkpoint, where nothing was measured yet: the moving averages, or the weights
    /// themselves in a run without averages.
    case checkpoint
    /// None: before the first step, or where `detector.onnx` alone is left.
    case none
  }

  /// Iterations done.
  public let iteration: Int
  /// The iterations of the whole run.
  public let length: TrainingLength
  /// The training has come to its end: all is trained and measured, or its patience was over.
  public let hasEnded: Bool
  /// The weights that detection uses.
  public let weights: Weights

  /// The progress in a line: `after epoch 12 of 60; weights of epoch 10`.
  public var summary: String {
    let epoch = length.epoch(of: iteration)
    let isWhole = iteration > 0 && iteration % length.iterationsPerEpoch == 0
    let place = "\(isWhole ? "after" : "in") epoch \(epoch) of \(length.epochs)"
    switch weights {
    case .kept(let epoch?): return "\(place); weights of epoch \(epoch)"
    case .kept(nil): return "\(place); weights of an earlier measurement"
    case .checkpoint:
      return "\(place); nothing is measured yet, so the weights are the checkpoint's"
    case .none: return place
    }
  }
}

extension RunFolder {
  /// The epoch, from 1, whose weights detection uses; nil where there are none yet, and where a run
  /// of an older version does not say.
  ///
  /// - Throws: `FileError` where the weights cannot be read.
  public var keptEpoch: Int? { get throws { try keptWeights()?.epoch } }

  /// The path of the weights that detection uses: those that are kept, or the checkpoint where none
  /// are yet; nil where neither is there.
  ///
  /// - Throws: `FileError` where the system does not tell.
  package var detectionWeightsPath: String? {
    get throws {
      if try InputFile.isThere(weightsPath) { return weightsPath }
      return try hasLearntCheckpoint ? checkpointPath : nil
    }
  }

  /// A checkpoint after the first step is there, or one that cannot be read: it may hold anything.
  var hasLearntCheckpoint: Bool {
    get throws {
      guard try hasCheckpoint else { return false }
      return (try? TrainingPosition(ofCheckpoint: checkpointPath))?.iteration != 0
    }
  }

  /// Reads how far the training of the folder has come.
  ///
  /// - Returns: nil where the folder does not tell: without a checkpoint, as where a run was copied
  ///   to detect with, or without `data.json`, as in runs of older versions.
  /// - Throws: `FileError` naming a file that is damaged.
  public func progress() throws -> RunProgress? {
    guard try hasConfiguration, try hasCheckpoint else { return nil }
    let configuration = try configuration()
    guard let images = try splitRecords()?[configuration.data.trainSplit]?.imageCount else {
      return nil
    }
    let length = TrainingLength(configuration, imageCount: images)
    let position = try TrainingPosition(ofCheckpoint: checkpointPath)
    let weights: RunProgress.Weights =
      if try InputFile.isThere(weightsPath) {
        .kept(epoch: try keptEpoch)
      } else if try position.iteration == 0 || InputFile.isThere(detectorPath) {
        .none
      } else {
        .checkpoint
      }
    return RunProgress(
      iteration: position.iteration, length: length,
      hasEnded: position.hasEnded(configuration.optimization, length), weights: weights)
  }
}
