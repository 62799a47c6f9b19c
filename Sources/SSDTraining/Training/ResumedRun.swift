import Files
import ModelFiles
import Runs

/// A run that goes on from the checkpoint of its folder.
struct ResumedRun: Codable {
  /// Where it stands.
  let position: TrainingPosition
  /// The folder's configuration is still that of the length before.
  let isLengthened: Bool
  /// What whoever looks after the run should know, one line each.
  let notes: [String]

  /// Restores weights, optimizer and averages, and cuts from the metrics what came after them.
  ///
  /// - Parameters:
  ///   - folder: of the run.
  ///   - step: takes the tensors of the checkpoint.
  ///   - old: the configuration as it stands in the folder.
  ///   - new: the configuration to go on with.
  ///   - imageCount: images of the training split.
  ///   - acceptsChangedData: goes on though the images are others than when the run began.
  ///   - hasNewLength: the run was given a length, which may be the one that it has.
  /// - Throws: `FileError` naming file and key.
  init(
    _ folder: RunFolder, into step: TrainingStep, from old: TrainingConfiguration,
    to new: TrainingConfiguration, imageCount: Int, acceptsChangedData: Bool, hasNewLength: Bool
  ) throws {
    let oldLength = TrainingLength(old, imageCount: imageCount)
    let length = TrainingLength(new, imageCount: imageCount)
    // Of fewer images there are fewer iterations than were done.
    var position = try Checkpoint(step: step).restore(
      from: folder.checkpointPath, of: acceptsChangedData ? .max : oldLength.iterations)
    var notes: [String] = []
    isLengthened = hasNewLength && old != new
    if hasNewLength {
      notes.append(
        try isLengthened
          ? position.lengthen(old, oldLength, to: new, length, path: folder.configurationPath)
          : "epochs \(length.epochs): the run has that length already")
    }
    if position.bestAveragePrecision != nil, let reason = Self.lostWeights(of: folder) {
      notes.append("\(reason); the next measurement keeps others")
      position.bestAveragePrecision = nil
      position.measurementsWithoutRise = nil
      if position.iteration >= length.iterations { position.isToBeEvaluated = true }
    }
    let doneEpochs = position.iteration / oldLength.iterationsPerEpoch
    if doneEpochs > 0, try !InputFile.isThere(folder.metricsPath) {
      let lost = doneEpochs == 1 ? "epoch 1" : "epochs 1 to \(doneEpochs)"
      notes.append("\(folder.metricsPath): no such file: the figures of \(lost) are lost")
    }
    notes += try MetricsFile(path: folder.metricsPath).truncate(
      after: position.iteration, keepsEvaluations: position.isToBeEvaluated != true)
    self.position = position
    self.notes = notes
  }

  /// Why the best weights so far cannot be read; nil where they can.
  private static func lostWeights(of folder: RunFolder) -> String? {
    do {
      _ = try Safetensors(contentsOf: folder.weightsPath)
      return nil
    } catch {
      return "\(error)"
    }
  }
}
