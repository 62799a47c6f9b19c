import Torch

/// Batch normalization over N, H, W of each channel, with running statistics for inference.
public struct BatchNormalization {
  private let store: VariableStore
  private let weightName: String
  private let weight: Tensor
  private let bias: Tensor
  private let runningMean: Tensor
  private let runningVariance: Tensor
  private let momentum: Double
  private let epsilon: Double
  private let measurement: NormalizationMeasurement

  /// Makes the variables: weight `scale`, bias 0, running mean 0, running variance 1.
  ///
  /// - Parameters:
  ///   - scope: variables become `scope.weight`, `.bias`, `.running_mean` and `.running_var`.
  ///   - channels: C.
  ///   - scale: the initial weight; 0 lets a residual branch start as nothing.
  ///   - momentum: share of the batch in the running statistics.
  ///   - epsilon: what the variance is raised by, so that its root is not 0.
  public init(
    _ scope: VariableScope, channels: Int, scale: Double = 1, momentum: Double = 0.1,
    epsilon: Double = 1e-5
  ) throws {
    store = scope.store
    weightName = scope("weight").path
    weight = try scope.constant("weight", [channels], scale, .normalization)
    bias = try scope.constant("bias", [channels], 0, .normalization)
    runningMean = try scope.constant("running_mean", [channels], 0, .buffer)
    runningVariance = try scope.constant("running_var", [channels], 1, .buffer)
    self.momentum = momentum
    self.epsilon = epsilon
    measurement = scope.store.measurement
    scope.store.add(self)
  }

  /// Normalizes a map by the statistics of the batch while training, else, and where its variables
  /// are frozen, by the running ones.
  ///
  /// - Parameters:
  ///   - input: `[N, C, H, W]`.
  ///   - isTraining: uses the batch's statistics and updates the running ones, unless the variables
  ///     are frozen; the batch may be that of several processes
  ///     (``VariableStore/synchronizeNormalizations(over:)``).
  public func callAsFunction(_ input: Tensor, isTraining: Bool) throws -> Tensor {
    if let batch = measurement.batch { return try measured(input, batch) }
    return try input.batchNormalized(
      weight: weight, bias: bias, runningMean: runningMean, runningVariance: runningVariance,
      isTraining: isTraining && !store.isFrozen(weightName), momentum: momentum, epsilon: epsilon,
      over: store.normalizationGroup)
  }

  /// Takes a batch's statistics into the mean of those before, and adds the bias alone.
  private func measured(_ input: Tensor, _ batch: Int) throws -> Tensor {
    _ = try input.batchNormalized(
      weight: weight, bias: bias, runningMean: runningMean, runningVariance: runningVariance,
      isTraining: true, momentum: 1 / Double(batch), epsilon: epsilon)
    return try input.adding(bias.reshaped([1, -1, 1, 1]))
  }

  /// Undoes the normalization of what was measured, by weight and bias.
  func takeScale() throws {
    let (means, biases) = (try runningMean.floats(), try bias.floats())
    let roots = try runningVariance.floats().map { Float((Double($0) + epsilon).squareRoot()) }
    try weight.assign(Tensor(roots, shape: [roots.count]))
    try bias.assign(Tensor(zip(means, biases).map { $0 + $1 }, shape: [biases.count]))
  }
}
