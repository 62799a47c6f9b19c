import MultiBox
import Runs
import SSDModels
import Torch
import TrainingInput

/// One step: forward, the loss in Swift, backward from its gradients, optimizer, moving
/// average.
public final class TrainingStep {
  /// The network whose variables change.
  public let network: any SSDNetwork
  /// The moving average of the network's variables; nil without averaging.
  public let averages: AveragedVariables?
  let optimizer: any Optimizer
  private let configuration: TrainingConfiguration.Optimization
  private let execution: TrainingConfiguration.Execution
  private let defaultBoxes: DefaultBoxes
  private let loss: MultiBoxLoss
  private let share: TrainingShare
  private var lossTime = Duration.zero
  /// Of a training in float16; nil for other precisions.
  var lossScale: LossScale?
  /// Sums gradients over processes; nil for one alone.
  private let reducer: GradientReducer?

  /// The figures of one step.
  public struct Result {
    /// The loss before the step, in parts, of the images of all processes.
    public let loss: MultiBoxLoss.Result
    /// The Euclidean norm of all gradients, before they are clipped; not finite where the step was
    /// left out.
    public let gradientNorm: Double
    /// The seconds from the network's output to the gradient of the loss with respect to it, copies
    /// from and to another device included, of this process.
    public let lossSeconds: Double
    /// The weights are as before: gradients in float16 have overflowed.
    public let isSkipped: Bool
  }

  /// Creates the optimizer and the averages of a network.
  ///
  /// - Parameters:
  ///   - network: its variables are changed by every step, but for those that are frozen by now.
  ///   - loss: any loss of the heart.
  ///   - optimization: optimizer, weight decay, limit and averaging.
  ///   - execution: number format and threads.
  ///   - share: of this process; its batches are parts of those that all make a step of, and its
  ///     weights stay those of the others where they are as they begin.
  /// - Throws: an error of LibTorch; one that names the processes that are missing.
  public init(
    _ network: any SSDNetwork, loss: MultiBoxLoss,
    optimization: TrainingConfiguration.Optimization, execution: TrainingConfiguration.Execution,
    share: TrainingShare = .whole
  ) throws {
    TorchRuntime.keepFreedMemory()
    self.network = network
    self.loss = loss
    self.configuration = optimization
    self.execution = execution
    self.share = share
    lossScale = execution.precision == .float16 ? LossScale() : nil
    averages =
      optimization.averageDecay > 0
      ? try AveragedVariables(of: network.store, decay: optimization.averageDecay) : nil
    defaultBoxes = DefaultBoxes(network.defaultBoxSpecification)
    optimizer = optimization.makeOptimizer()
    try optimizer.addGroup(
      network.store.tensors(of: [.weight]), weightDecay: optimization.weightDecay)
    try optimizer.addGroup(network.store.tensors(of: [.bias, .normalization]), weightDecay: 0)
    let parameters = optimizer.parameters
    reducer = try share.group.map { try GradientReducer(parameters: parameters, group: $0) }
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
    try self([batch], iteration: iteration, rate: rate)
  }

  /// Changes the weights once, by the gradient of several batches as if they were one, in the
  /// memory of one; several processes, by that of the batches of all.
  ///
  /// What the sums of the loss are divided by, max(N, 1) with N of all the batches, is known when
  /// the last one is assigned, as a rule may look at predictions. So gradients of undivided sums
  /// are added up, and divided in the end, before their norm is limited; no process waits for the
  /// others' N before its backward pass. Normalizations see each batch by itself; that alone
  /// differs from one large batch, besides rounding.
  ///
  /// - Parameters:
  ///   - batches: one or more, of the network's size.
  ///   - iteration: how many steps came before; the moving average and messages read it.
  ///   - rate: the learning rate of this step.
  /// - Throws: ``TrainingError``, before any weight has changed, where loss or gradient is not
  ///   finite; an error of LibTorch.
  /// - Precondition: there is a batch.
  public func callAsFunction(_ batches: [Batch], iteration: Int, rate: Double) throws -> Result {
    precondition(!batches.isEmpty, "a step without a batch")
    lossTime = .zero
    try optimizer.clearGradients()
    let value: MultiBoxLoss.Result
    if batches.count == 1, reducer == nil {
      value = try addGradients(of: batches[0], normalizer: nil, iteration: iteration)
      if let lossScale { try optimizer.scaleGradients(by: 1 / lossScale.factor) }
    } else {
      var own: [MultiBoxLoss.Result] = []
      for batch in batches {
        // Those of the batches before are in the sum that the last one adds to.
        if own.count == batches.count - 1 { try reducer?.begin() }
        own.append(try addGradients(of: batch, normalizer: 1, iteration: iteration))
      }
      try reducer?.finish()
      let parts = try share.gathered(own).flatMap { $0 }
      let normalizer = loss.normalization.normalizer(
        positives: parts.reduce(0) { $0 + $1.positives },
        images: parts.reduce(0) { $0 + $1.images.count })
      try optimizer.scaleGradients(by: 1 / normalizer / (lossScale?.factor ?? 1))
      value = MultiBoxLoss.Result(joining: parts, normalizer: normalizer)
    }
    let norm = try optimizer.clipGradients(maximum: configuration.gradientLimit)
    let isSkipped = !norm.isFinite && lossScale?.isExhausted == false
    lossScale?.record(isFinite: norm.isFinite)
    guard norm.isFinite || isSkipped else {
      throw TrainingError.gradientNotFinite(
        iteration: iteration, images: batches.flatMap(\.names))
    }
    if !isSkipped {
      try optimizer.step(rate: rate)
      try averages?.update(with: network.store, iteration: iteration)
    }
    return Result(
      loss: value, gradientNorm: norm, lossSeconds: lossTime / .seconds(1), isSkipped: isSkipped)
  }

  /// Adds the gradients of a batch to those that are there.
  ///
  /// - Parameter normalizer: the divisor of the sums; nil takes that of the batch.
  private func addGradients(
    of batch: Batch, normalizer: Double?, iteration: Int
  ) throws -> MultiBoxLoss.Result {
    let images = try Tensor(batch, on: network.store.device)
    let output = try execution.precision.compute {
      try network(images, isTraining: true)
    }
    // The copy of the output would wait as long: so the loss is timed alone.
    try network.store.device.synchronize()
    let start = ContinuousClock.now
    let gradients = try output.gradients(
      of: loss, groundTruth: batch.groundTruth, defaultBoxes: defaultBoxes,
      normalizer: normalizer, threadCount: execution.threadCount)
    lossTime += start.duration(to: .now)
    guard gradients.loss.loss.isFinite else {
      throw TrainingError.lossNotFinite(
        value: gradients.loss.loss, iteration: iteration, images: batch.names)
    }
    try output.backward(
      lossScale.map { try gradients.scaled(by: $0.factor) } ?? gradients)
    return gradients.loss
  }

  /// Images that folded normalizations are measured on, at least, where an epoch has as many.
  private static let measuredImages = 256

  /// Restores folded normalizations with the statistics of an epoch's first images.
  func restoreNormalizations(over loader: BatchLoader) throws {
    var count = 0
    try network.restoreNormalizations {
      guard count < Self.measuredImages, let batch = try loader.next() else { return nil }
      count += batch.count
      return try Tensor(batch, on: network.store.device)
    }
  }

  /// Takes the running statistics of the first process, where each has its own.
  func takeFirstStatistics() throws {
    let variables = network.store.variables
    let buffers = variables.indices.filter { variables[$0].kind == .buffer }
    try share.takeFirst(
      buffers.map { variables[$0].tensor }
        + (averages.map { all in buffers.map { all.tensors[$0] } } ?? []))
  }

  /// Runs `body` while the network has the weights that validation and detection use.
  func withEvaluatedWeights<Value>(_ body: () throws -> Value) throws -> Value {
    try averages?.withAverages(in: network.store, body) ?? body()
  }
}

extension TrainingConfiguration.Optimization {
  fileprivate func makeOptimizer() -> any Optimizer {
    switch optimizer {
    case .sgd: StochasticGradientDescent(momentum: momentum)
    case .adamw: AdamW(beta1: momentum)
    }
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
      // Of NaN Swift writes the payload too.
      "the loss of iteration \(iteration) is not finite, \(value.isNaN ? "NaN" : "\(value)");"
        + " images of the batch: "
        + images.joined(separator: ", ") + "; a smaller --learning-rate may help"
    case .gradientNotFinite(let iteration, let images):
      "the gradient of iteration \(iteration) is not finite; images of the batch: "
        + images.joined(separator: ", ") + "; a smaller --learning-rate may help"
    case .noImages(let path, let split): "\(path): no image to train on in split \(split)"
    case .noObjects(let path, let split): "\(path): no object to learn from in split \(split)"
    }
  }
}
