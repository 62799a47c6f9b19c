import Files
import Runs
import SSDModels
import Torch

extension TrainingConfiguration {
  /// Returns the device that the network computes on.
  ///
  /// - Parameter path: what the error calls the configuration.
  /// - Throws: `FileError` for text that names none.
  func device(path: String) throws(FileError) -> Device {
    guard let device = Device(rawValue: execution.device) else {
      throw FileError(
        path: path,
        reason: "execution.device: expected cpu, cuda or cuda: and a number, found"
          + " \(execution.device)")
    }
    return device
  }

  /// Freezes the stages of a network that the configuration says.
  ///
  /// - Parameters:
  ///   - network: has its variables in an optimizer later.
  ///   - path: what the error calls the configuration.
  /// - Throws: `FileError` where it has fewer stages.
  func freezeStages(of network: any SSDNetwork, path: String) throws {
    let (wanted, count) = (self.network.frozenStages, network.stages.count)
    guard wanted <= count else {
      throw FileError(
        path: path,
        reason: "network.frozenStages: expected at most \(count), as many stages as"
          + " \(self.network.name) has, found \(wanted)")
    }
    try network.freezeStages(wanted)
  }

  /// Makes the network of a preset with the initial weights of the seed.
  ///
  /// Biases of the classes start where the confidence term wants their scores.
  ///
  /// - Parameter device: where the network computes.
  /// - Throws: `FileError` for a network of one's own, which its program makes; `ModelError` where
  ///   the default boxes do not fit the network.
  public func makeNetwork(on device: Device = .cpu) throws -> any SSDNetwork {
    let made = try network.preset?.makeNetwork(
      classCount: data.classNames.count, specification: network.defaultBoxes,
      imageSide: network.imageSide, seed: optimization.seed, device: device)
    guard let made else {
      let known = NetworkPreset.all.map(\.name).joined(separator: ", ")
      throw FileError(
        path: network.name,
        reason: "a network of its own, which its program must make; known are \(known)")
    }
    if let score = loss.confidence.initialScore {
      try made.startScores(at: score)
    }
    return made
  }
}

extension PretrainedWeights.Report {
  /// Frozen variables that the weights do not have would stay random.
  ///
  /// - Parameters:
  ///   - store: of the network.
  ///   - path: of the weights.
  /// - Throws: `FileError` naming the first such variable.
  func checkHasFrozen(of store: VariableStore, path: String) throws(FileError) {
    let random = (missing + reshaped).filter(store.isFrozen)
    guard let first = random.first else { return }
    throw FileError(
      path: path,
      reason: "expected the weights of all frozen stages, found no \(first) of the network's shape"
        + (random.count > 1 ? ", and \(random.count - 1) more" : ""))
  }
}
