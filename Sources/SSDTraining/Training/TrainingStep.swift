import MultiBox
import Runs
import SSDModels
import Torch
import TrainingInput

/// One step: forward, the loss in Swift, backward from its gradients, SGD, moving average.
public final class TrainingStep {
  /// The network whose variables change.
  public let network: any SSDNetwork
  /// The moving average of the network's variables; nil without averaging.
  public let averages: AveragedVariables?
  let optimizer: StochasticGradientDescent
  private let configuration: TrainingConfiguration.Optimization
  private let execution: TrainingConfiguration.Execution
  private let defaultBoxes: DefaultBoxes
  private let loss: MultiBoxLoss

  /// The figures of one step.
  public struct Result {
    /// The loss before the step, in parts.
    public let loss: MultiBoxLoss.Result
    /// The Euclidean norm of all gradients, before they are clipped.
    public let gradientNorm: Double
  }

  /// Creates the optimizer and the averages of a network.
  ///
  /// - Parameters:
  ///   - network: its variables are changed by every step, but for those that are frozen by now.
  ///   - loss: any loss of the heart.
  ///   - optimization: momentum, weight decay, limit and averaging.
  ///   - execution: number format and threads.
  /// - Throws: an error of LibTorch.
  public init(
    _ network: any SSDNetwork, loss: MultiBoxLoss,
    optimization: TrainingConfiguration.Optimization, execution: TrainingConfiguration.Execution
  ) throws {
    TorchRuntime.keepFreedMemory()
    self.network = network
    self.loss = loss
    self.configuration = optimization
    self.execution = execution
    averages =
      optimization.averageDecay > 0
      ? try AveragedVariables(of: network.store, decay: optimization.averageDecay) : nil
    defaultBoxes = DefaultBoxes(network.defaultBoxSpecification)
    optimizer = StochasticGradientDescent(momentum: optimization.momentum)
    try optimizer.addGroup(
      network.store.tensors(of: [.weight]), weightDecay: optimization.weightDecay)
    try optimizer.addGroup(network.store.tensors(of: [.bias, .normalization]), weightDecay: 0)
  }

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
    let output = try execution.precision.compute {
      try network(images, isTraining: true)
    }
    let gradients = try output.gradients(
      of: loss, groundTruth: batch.groundTruth, defaultBoxes: defaultBoxes,
      threadCount: execution.threadCount)
    let value = gradients.loss
    guard value.loss.isFinite else {
      throw TrainingError.lossNotFinite(
        value: value.loss, iteration: iteration, images: batch.names)
    }
    try optimizer.clearGradients()
    try output.backward(gradients)
    let norm = try optimizer.clipGradients(maximum: configuration.gradientLimit)
    guard norm.isFinite else {
      throw TrainingError.gradientNotFinite(iteration: iteration, images: batch.names)
    }
    try optimizer.step(rate: rate)
    try averages?.update(with: network.store, iteration: iteration)
    return Result(loss: value, gradientNorm: norm)
  }

  /// Runs `body` while the network has the weights that validation and detection use.
  func withEvaluatedWeights<Value>(_ body: () throws -> Value) throws -> Value {
    try averages?.withAverages(in: network.store, body) ?? body()
  }
}

/// A training that cannot begin, or had to stop.
public enum TrainingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A loss that is NaN or infinite, from 0 on the iteration, and the images of its batch.
  case lossNotFinite(value: Double, iteration: Int, images: [String])
  /// A gradient that is NaN or infinite, from 0 on the iteration, and the images of its batch.
  case gradientNotFinite(iteration: Int, images: [String])
  /// A training split without images.
  case noImages(path: String, split: String)
  /// A training split without objects.
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
