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
  public var loss: MultiBoxLoss.Configuration
  /// Of the initial weights.
  public var seed: UInt64

  public init(
    classNames: [String], model: ModelName, imageSide: Int,
    defaultBoxes: DefaultBoxSpecification, loss: MultiBoxLoss.Configuration, seed: UInt64
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
  /// With the focal loss, biases of the classes start so that every score is .01: otherwise the
  /// many default boxes of the background would shake the first steps.
  public func makeNetwork() throws -> any SSDNetwork {
    let network = try model.make(
      classCount: classNames.count, specification: defaultBoxes, imageSide: imageSide, seed: seed)
    if loss.confidenceLoss == .focal {
      try network.store.startScores(at: 0.01, logitCount: classNames.count + 1)
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
