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
