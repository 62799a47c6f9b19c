import DetectionData
import MultiBox
import SSDModels
import Torch

/// One step: forward, the loss in Swift, backward from its gradients, SGD, moving average.
///
/// The seam between heart and LibTorch is here: logits and offsets are read where LibTorch keeps
/// them, and their gradients are written into the tensors that `backward` continues from.
public final class TrainingStep {
  public let network: any SSDNetwork
  /// The network of averaged weights; nil without averaging.
  let average: (any SSDNetwork)?
  let optimizer: StochasticGradientDescent
  private let configuration: TrainingConfiguration
  private let defaultBoxes: DefaultBoxes
  private let loss: MultiBoxLoss

  public struct Result {
    public let loss: MultiBoxLoss.Result
    /// The Euclidean norm of all gradients, before they are clipped.
    public let gradientNorm: Double
  }

  /// Makes the network, with weights drawn from the configuration's seed.
  public init(_ configuration: TrainingConfiguration) throws {
    TorchRuntime.keepFreedMemory()
    self.configuration = configuration
    network = try configuration.detector.makeNetwork()
    average = configuration.averageDecay > 0 ? try configuration.detector.makeNetwork() : nil
    defaultBoxes = DefaultBoxes(network.defaultBoxSpecification)
    optimizer = StochasticGradientDescent(momentum: configuration.momentum)
    try optimizer.addGroup(
      network.store.tensors(of: [.weight]), weightDecay: configuration.weightDecay)
    try optimizer.addGroup(network.store.tensors(of: [.bias, .normalization]), weightDecay: 0)
    loss = configuration.loss
  }

  /// The network that validation and detection use.
  var evaluated: any SSDNetwork { average ?? network }

  /// Changes the weights once.
  ///
  /// - Parameters:
  ///   - batch: `N` images with their ground truth, of the network's size.
  ///   - iteration: how many steps came before; the moving average and messages read it.
  ///   - rate: the learning rate of this step.
  /// - Throws: ``TrainingError``, before any weight has changed, where loss or gradient is not
  ///   finite; an error of LibTorch.
  public func callAsFunction(_ batch: Batch, iteration: Int, rate: Double) throws -> Result {
    let images = try Tensor(batch, on: network.store.device)
    let output = try configuration.precision.compute {
      try network(images, isTraining: true)
    }
    let logitGradient = try output.logits.detached().emptyLike()
    let offsetGradient = try output.offsets.detached().emptyLike()
    let value = try output.logits.withFloats { logits in
      try output.offsets.withFloats { offsets in
        try logitGradient.withMutableFloats { logitGradient in
          try offsetGradient.withMutableFloats { offsetGradient in
            try loss.evaluate(
              logits: logits, offsets: offsets,
              imageCount: batch.count, defaultBoxes: defaultBoxes,
              groundTruth: batch.groundTruth, logitGradient: logitGradient,
              offsetGradient: offsetGradient, threadCount: configuration.threadCount)
          }
        }
      }
    }
    guard value.loss.isFinite else {
      throw TrainingError.lossNotFinite(
        value: value.loss, iteration: iteration, images: batch.names)
    }
    try optimizer.clearGradients()
    try Tensor.backward(
      [output.logits, output.offsets], gradients: [logitGradient, offsetGradient])
    let norm = try optimizer.clipGradients(maximum: configuration.gradientLimit)
    guard norm.isFinite else {
      throw TrainingError.gradientNotFinite(iteration: iteration, images: batch.names)
    }
    try optimizer.step(rate: rate)
    if let average {
      // Early on the average would remember the random start, so it begins short.
      let decay = min(configuration.averageDecay, Double(1 + iteration) / Double(10 + iteration))
      try MovingAverage.update(
        average.store.variables.map(\.tensor), with: network.store.variables.map(\.tensor),
        decay: decay)
    }
    return Result(loss: value, gradientNorm: norm)
  }
}

/// Why a training stopped.
public enum TrainingError: Error, Hashable, Sendable, CustomStringConvertible {
  case lossNotFinite(value: Double, iteration: Int, images: [String])
  case gradientNotFinite(iteration: Int, images: [String])
  case noImages(path: String, split: String)
  case noObjects(path: String, split: String)

  public var description: String {
    switch self {
    case .lossNotFinite(let value, let iteration, let images):
      "the loss of iteration \(iteration) is \(value); images of the batch: "
        + images.joined(separator: ", ") + "; a smaller --learning-rate may help"
    case .gradientNotFinite(let iteration, let images):
      "the gradient of iteration \(iteration) is not finite; images of the batch: "
        + images.joined(separator: ", ") + "; a smaller --learning-rate may help"
    case .noImages(let path, let split): "\(path): no image to train on in split \(split)"
    case .noObjects(let path, let split): "\(path): no object to learn from in split \(split)"
    }
  }
}
