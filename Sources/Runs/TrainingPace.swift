/// The seconds that the parts of a training take on one machine, and the epochs that fit a budget.
///
/// A training of E epochs takes `start + E · (n · step + epoch) + M · measurement + export`
/// seconds, where n is its steps an epoch and M the times that it is measured.
public struct TrainingPace: Hashable, Sendable {
  /// Seconds until the first step: the network is made and weights are read.
  public var start: Double
  /// Seconds of a step: reading, augmentation, network and loss.
  public var step: Double
  /// Seconds of an epoch besides its steps: its first batch, the checkpoint, the page.
  public var epoch: Double
  /// Seconds of one measurement of all splits that are measured, its pictures included.
  public var measurement: Double
  /// Seconds in which the network is written for inference engines.
  public var export: Double

  /// The share of a budget that is left free, for steps that are slower than those measured.
  public static let reserve = 0.05

  /// Creates a pace of known seconds.
  public init(
    start: Double = 0, step: Double, epoch: Double = 0, measurement: Double = 0, export: Double = 0
  ) {
    self.start = start
    self.step = step
    self.epoch = epoch
    self.measurement = measurement
    self.export = export
  }

  /// Returns the seconds that a training takes.
  ///
  /// - Parameter length: of the training.
  public func seconds(_ length: TrainingLength) -> Double {
    start + export + Double(length.iterations) * step
      + Double(length.epoch(of: length.iterations)) * epoch
      + Double(length.measurementCount) * measurement
  }

  /// Returns the largest number of epochs that end in time, at least 1.
  ///
  /// - Parameters:
  ///   - seconds: the budget, of which ``reserve`` is left free.
  ///   - configuration: of the training; its own epochs do not count.
  ///   - imageCount: images of the training split.
  public func epochs(
    within seconds: Double, of configuration: TrainingConfiguration, imageCount: Int
  ) -> Int {
    let usable = seconds * (1 - Self.reserve)
    var configuration = configuration
    func fits(_ epochs: Int) -> Bool {
      configuration.optimization.epochs = epochs
      return self.seconds(TrainingLength(configuration, imageCount: imageCount)) <= usable
    }
    // The seconds rise with the epochs.
    let range = TrainingConfiguration.Limits.epochs
    var (fitting, tooMany) = (range.lowerBound, range.upperBound + 1)
    while tooMany - fitting > 1 {
      let middle = (fitting + tooMany) / 2
      if fits(middle) { fitting = middle } else { tooMany = middle }
    }
    return fitting
  }
}

/// Adds up the seconds of a training's parts from its events.
package struct PaceRecorder {
  /// Images of each whole split, by its name, where the training measures a part of them.
  private let imageCounts: [String: Int]
  /// Steps at the beginning that do not count: memory is taken and kernels are chosen.
  private let warmUpSteps: Int
  private var seenSteps = 0
  private var steps = Mean()
  /// The first steps of epochs, which wait for the first batch.
  private var firstSteps = Mean()
  private var epochEnds = Mean()
  private var measurement = 0.0
  private var lastEpoch: Int?
  private var last: Double

  private struct Mean {
    var count = 0
    var sum = 0.0
    var value: Double? { count > 0 ? sum / Double(count) : nil }
    mutating func add(_ value: Double) {
      count += 1
      sum += value
    }
  }

  /// - Parameters:
  ///   - start: the time before the first step, in seconds.
  ///   - warmUpSteps: steps at the beginning that do not count.
  ///   - imageCounts: images of each whole split that is measured, by its name.
  package init(startingAt start: Double, warmUpSteps: Int = 3, imageCounts: [String: Int]) {
    last = start
    self.warmUpSteps = warmUpSteps
    self.imageCounts = imageCounts
  }

  /// Takes an event.
  ///
  /// - Parameter now: the time in seconds, when all that watch have seen it.
  package mutating func record(_ event: TrainingEvent, at now: Double) {
    let seconds = now - last
    switch event {
    case .iteration(let report):
      seenSteps += 1
      if seenSteps > warmUpSteps {
        if report.epoch == lastEpoch { steps.add(seconds) } else { firstSteps.add(seconds) }
      }
      lastEpoch = report.epoch
    case .trained: epochEnds.add(seconds)
    case .measuring(let split, let done, let total):
      guard done == total, total > 0 else { return }
      measurement += seconds * Double(imageCounts[split] ?? total) / Double(total)
    case .evaluated: measurement += seconds
    case .resumed, .ended, .exported, .note, .notExported: return
    }
    last = now
  }

  /// There was enough to tell the seconds of a step, and of an epoch besides.
  package var isEnough: Bool {
    epochEnds.count > 0 && firstSteps.count > 0 && firstSteps.count + steps.count >= 5
  }

  /// Forgets the time since the last event, and what was measured.
  ///
  /// - Parameter now: the time in seconds.
  package mutating func beginMeasurement(at now: Double) {
    last = now
    measurement = 0
  }

  /// Returns the pace.
  ///
  /// - Parameters:
  ///   - now: the time in seconds at which the measurement's weights were saved.
  ///   - start: seconds before the first step.
  ///   - export: seconds of the export.
  package func pace(measuredUntil now: Double, start: Double, export: Double) -> TrainingPace {
    // Where an epoch is one step, that is the first.
    let step = steps.value ?? 0
    let first = firstSteps.value ?? 0
    return TrainingPace(
      start: start, step: step, epoch: max(first - step, 0) + (epochEnds.value ?? 0),
      measurement: measurement + now - last, export: export)
  }
}
