import Files
import Foundation
import Runs
import SSDModels
import Torch

extension TrainingConfiguration {
  /// Makes the network of a preset with the initial weights of the seed.
  ///
  /// Biases of the classes start where the confidence term wants their scores.
  ///
  /// - Throws: `FileError` for a network of one's own, which its program makes; ``ModelError``
  ///   where the default boxes do not fit the network.
  public func makeNetwork() throws -> any SSDNetwork {
    let made = try network.preset?.makeNetwork(
      classCount: data.classNames.count, specification: network.defaultBoxes,
      imageSide: network.imageSide, seed: optimization.seed)
    guard let made else {
      let known = NetworkPreset.all.map(\.name).joined(separator: ", ")
      throw FileError(
        path: network.name,
        reason: "a network of its own, which its program must make; known are \(known)")
    }
    if let score = loss.confidence.initialScore {
      try made.store.startScores(at: score, logitCount: data.classNames.count + 1)
    }
    return made
  }
}

extension VariableStore {
  /// Sets the biases of the classification head so that sigmoids of all classes start at a score.
  ///
  /// - SeeAlso: Lin et al. §3.3, "Class imbalance and model initialization" (arXiv:1708.02002).
  fileprivate func startScores(at score: Double, logitCount: Int) throws {
    let bias = Float(-log((1 - score) / score))
    for variable in variables
    where variable.name.hasPrefix("head.classification_head.") && variable.kind == .bias {
      let shape = variable.tensor.shape
      let values = (0..<shape[0]).map { $0 % logitCount == 0 ? 0 : bias }
      try variable.tensor.assign(Tensor(values, shape: shape))
    }
  }
}
