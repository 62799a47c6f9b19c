import DetectionData
import Foundation
import MultiBox
import SSDModels
import Torch

/// What a detector is made of besides its weights.
public struct DetectorConfiguration: Hashable, Sendable {
  public var classNames: [String]
  public var model: ModelName
  public var imageSide: Int
  public var defaultBoxes: DefaultBoxSpecification
  public var normalization: ImageNormalization
  public var loss: MultiBoxLoss
  /// Of the initial weights.
  public var seed: UInt64

  public init(
    classNames: [String], model: ModelName, imageSide: Int,
    defaultBoxes: DefaultBoxSpecification, loss: MultiBoxLoss, seed: UInt64
  ) {
    self.classNames = classNames
    self.model = model
    self.imageSide = imageSide
    self.defaultBoxes = defaultBoxes
    normalization = ImageNormalization(
      mean: model.inputStatistics.mean, standardDeviation: model.inputStatistics.deviation)
    self.loss = loss
    self.seed = seed
  }

  /// Makes the network with the initial weights of the seed.
  ///
  /// Biases of the classes start where the confidence term wants their scores.
  public func makeNetwork() throws -> any SSDNetwork {
    let network = try model.make(
      classCount: classNames.count, specification: defaultBoxes, imageSide: imageSide, seed: seed)
    if let score = loss.confidence.initialScore {
      try network.store.startScores(at: score, logitCount: classNames.count + 1)
    }
    return network
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
