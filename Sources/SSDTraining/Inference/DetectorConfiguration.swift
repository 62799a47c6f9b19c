import DetectionData
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
      try network.startScores(at: score)
    }
    return network
  }
}
