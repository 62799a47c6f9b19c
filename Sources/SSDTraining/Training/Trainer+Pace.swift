import Files
import Foundation
import Runs
import SSDModels
import TrainingInput

extension Trainer {
  /// Measures the seconds that the parts of a training take on this machine, so that its epochs can
  /// be fitted to a budget of time.
  ///
  /// For some seconds a network of its own is trained on a part of the run's images, as the run
  /// would: with its augmentation, loss, batch and threads. After three steps that do not count,
  /// steps and the ends of epochs are timed, then a measurement of each split, scaled to its
  /// images, and the export. All of it happens in a temporary folder that is removed, where the
  /// process is killed by the next measurement, and with weights that are thrown away: a run begins
  /// with its seed's, and does not know of it.
  ///
  /// - Parameters:
  ///   - configuration: of the training; its epochs do not count.
  ///   - data: its images.
  ///   - seconds: time for the steps, at least that of some of them.
  ///   - network: one of one's own, whose weights change: the run needs another. Nil makes the
  ///     preset's.
  ///   - pretrained: the weights that the configuration names, where they were read already.
  ///   - share: of this process.
  ///   - shouldStop: asked after each step and each image that is measured.
  ///   - observer: gives, for the temporary folder, whoever watches the training's events, as a
  ///     reporter that writes pages; that takes time, too.
  /// - Returns: the pace as this process has seen it, of which the first one's counts; nil where
  ///   `shouldStop` said so.
  /// - Throws: what a training does.
  public static func pace(
    of configuration: TrainingConfiguration, data: TrainingData, seconds: Double,
    network: (any SSDNetwork)? = nil, pretrained: PretrainedWeights? = nil,
    share: TrainingShare = .whole, shouldStop: () -> Bool = { false },
    observer: (RunFolder) throws -> (TrainingEvent) throws -> Void = { _ in { _ in } }
  ) throws -> TrainingPace? {
    let temporary = FileManager.default.temporaryDirectory.path
    _ = UnfinishedFiles.removeLeftovers(in: temporary)
    let place = UnfinishedFiles.temporaryPath(of: temporary + "/multibox-pace")
    defer { try? FileManager.default.removeItem(atPath: place) }
    let begin = ContinuousClock.now
    func now() -> Double { begin.duration(to: .now) / .seconds(1) }

    let batchSize = configuration.optimization.batchSize
    let trainer = try Trainer(
      configuration.rehearsal,
      data: data.part(
        trainingCount: batchSize * configuration.optimization.accumulation * epochOfSteps,
        measuredCount: max(batchSize, measuredCount)),
      folder: RunFolder(path: place), network: network, pretrained: pretrained, share: share)
    let start = now()
    let watch = try observer(trainer.folder)
    var recorder = PaceRecorder(
      startingAt: start, imageCounts: data.records.mapValues(\.imageCount))
    func observe(_ event: TrainingEvent) throws {
      try watch(event)
      recorder.record(event, at: now())
    }
    _ = try trainer.run(
      shouldStop: { shouldStop() || recorder.isEnough && now() - start >= seconds },
      observe: observe)
    guard try !share.any(shouldStop()) else { return nil }
    do {
      // The first time memory is taken and kernels are chosen; a long one is not worth a second.
      for isLast in [false, true] {
        recorder.beginMeasurement(at: now())
        let measuring = now()
        try trainer.evaluateEpoch(shouldStop: shouldStop, observe: observe)
        if try isLast || share.any(now() - measuring > seconds) { break }
      }
    } catch is StopRequest {
      return nil
    }
    let measured = now()
    if share.isFirst { try trainer.export { try watch($0) } }
    return recorder.pace(measuredUntil: measured, start: start, export: now() - measured)
  }

  /// Steps of an epoch while the pace is measured.
  private static let epochOfSteps = 8
  /// Images of each split that are measured meanwhile.
  private static let measuredCount = 32
}

extension TrainingConfiguration {
  /// The same without an end, for as long as its pace is measured.
  fileprivate var rehearsal: Self {
    var result = self
    result.optimization.epochs = Limits.epochs.upperBound
    result.optimization.maximumIterations = nil
    result.optimization.patience = nil
    result.execution.validationInterval = 0
    return result
  }
}
