import CTorch

// Each function names the operation that it is in a graph; nil where none is.

extension Tensor {
  /// Adds `other` element by element; sizes of 1 are repeated.
  public func adding(_ other: Tensor) throws(TorchError) -> Tensor {
    try Tensor.make("adding", of: [self, other], as: .add) { ct_add(handle, other.handle, $0) }
  }

  /// Multiplies by `other` element by element; sizes of 1 are repeated.
  public func multiplied(by other: Tensor) throws(TorchError) -> Tensor {
    try Tensor.make("multiplied", of: [self, other], as: .multiply) {
      ct_multiply(handle, other.handle, $0)
    }
  }

  /// Multiplies all elements by `factor`.
  public func multiplied(by factor: Double) throws(TorchError) -> Tensor {
    try Tensor.make("multiplied", of: [self], as: nil) { ct_multiply_scalar(handle, factor, $0) }
  }

  /// Convolves `[N, C, H, W]` with `[C′, C / groups, k, k]`.
  ///
  /// - Parameters:
  ///   - weight: `[C′, C / groups, k, k]`.
  ///   - bias: `[C′]`, or nil for none.
  ///   - stride: pixels from one window to the next.
  ///   - padding: zeros on each of the four sides.
  ///   - dilation: pixels between neighbours of a window.
  ///   - groups: parts of the channels that do not see each other.
  /// - Returns: `[N, C′, H′, W′]`, H′ = ⌊(H + 2 · padding − dilation · (k − 1) − 1) / stride⌋ + 1.
  public func convolved(
    weight: Tensor, bias: Tensor?, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
    groups: Int = 1
  ) throws(TorchError) -> Tensor {
    let inputs = [self, weight] + (bias.map { [$0] } ?? [])
    return try Tensor.make(
      "convolved", of: inputs,
      as: .convolution(stride: stride, padding: padding, dilation: dilation, groups: groups)
    ) {
      let biasHandle = bias?.handle ?? CTTensor(pointer: nil)
      return ct_convolution(
        handle, weight.handle, biasHandle, Int64(stride), Int64(padding), Int64(dilation),
        Int64(groups), $0)
    }
  }

  /// Normalizes each channel by the batch's mean and variance, or by the running ones when not
  /// training.
  ///
  /// - Parameters:
  ///   - weight: γ, `[C]`.
  ///   - bias: β, `[C]`.
  ///   - runningMean: `[C]`; changed while training.
  ///   - runningVariance: `[C]`; changed while training.
  ///   - isTraining: takes the batch's statistics and updates the running ones; but not where a
  ///     channel is a single value, which has no variance.
  ///   - momentum: share of the batch in the running statistics.
  ///   - epsilon: is added to the variance.
  ///   - group: while training, the batch is that of all these processes together, some of which
  ///     may have no image, and this and its backward pass are collectives; nil for this process's.
  public func batchNormalized(
    weight: Tensor, bias: Tensor, runningMean: Tensor, runningVariance: Tensor, isTraining: Bool,
    momentum: Double, epsilon: Double, over group: ProcessGroup? = nil
  ) throws(TorchError) -> Tensor {
    try Tensor.make(
      "batchNormalized", of: [self, weight, bias, runningMean, runningVariance],
      as: isTraining ? nil : .batchNormalization(epsilon: epsilon)
    ) {
      if isTraining, let group {
        ct_synchronized_batch_normalization(
          group.handle, handle, weight.handle, bias.handle, runningMean.handle,
          runningVariance.handle, momentum, epsilon, $0)
      } else {
        ct_batch_normalization(
          handle, weight.handle, bias.handle, runningMean.handle, runningVariance.handle,
          isTraining, momentum, epsilon, $0)
      }
    }
  }

  /// max(x, 0).
  public func relu() throws(TorchError) -> Tensor {
    try Tensor.make("relu", of: [self], as: .relu) { ct_relu(handle, $0) }
  }

  /// Overwrites this tensor, which must not be used any more: memory is neither taken nor filled.
  ///
  /// What made it must not need it for its own gradient; convolutions and normalizations do not.
  public func reluInPlace() throws(TorchError) -> Tensor {
    try Tensor.make("reluInPlace", of: [self], as: .relu) { ct_relu_in_place(handle, $0) }
  }

  /// min(max(x, 0), 6).
  public func relu6() throws(TorchError) -> Tensor {
    try Tensor.make("relu6", of: [self], as: .relu6) { ct_relu6(handle, $0) }
  }

  /// x · min(max(x + 3, 0), 6) / 6.
  public func hardSwish() throws(TorchError) -> Tensor {
    try Tensor.make("hardSwish", of: [self], as: .hardSwish) { ct_hard_swish(handle, $0) }
  }

  /// min(max(x + 3, 0), 6) / 6.
  public func hardSigmoid() throws(TorchError) -> Tensor {
    try Tensor.make("hardSigmoid", of: [self], as: .hardSigmoid) { ct_hard_sigmoid(handle, $0) }
  }

  /// The mean of each channel: `[N, C, H, W]` → `[N, C, 1, 1]`.
  public func meanPooled() throws(TorchError) -> Tensor {
    try Tensor.make("meanPooled", of: [self], as: .meanPool) { ct_mean_pool(handle, $0) }
  }

  /// The largest value in each square window: `[N, C, H, W]` → `[N, C, H′, W′]`.
  ///
  /// - Parameters:
  ///   - kernel: rows and columns of the window.
  ///   - stride: pixels from one window to the next.
  ///   - padding: on each of the four sides; never the largest.
  ///   - ceilMode: rounds H′ and W′ up.
  public func maxPooled(
    kernel: Int, stride: Int, padding: Int = 0, ceilMode: Bool = false
  ) throws(TorchError) -> Tensor {
    try Tensor.make(
      "maxPooled", of: [self],
      as: .maxPool(kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode)
    ) {
      ct_max_pool(handle, Int64(kernel), Int64(stride), Int64(padding), ceilMode, $0)
    }
  }

  /// Repeats pixels until the map has the given size: `[N, C, H, W]` → `[N, C, height, width]`.
  ///
  /// - Parameters:
  ///   - height: rows of the result.
  ///   - width: columns of the result.
  public func upsampledNearest(height: Int, width: Int) throws(TorchError) -> Tensor {
    try Tensor.make(
      "upsampledNearest", of: [self], as: .upsampleNearest(height: height, width: width)
    ) {
      ct_upsample_nearest(handle, Int64(height), Int64(width), $0)
    }
  }

  /// Divides each position by its Euclidean norm over the channels, or by `epsilon` where that is
  /// larger.
  public func normalizedOverChannels(epsilon: Double = 1e-12) throws(TorchError) -> Tensor {
    try Tensor.make(
      "normalizedOverChannels", of: [self], as: .normalizeChannels(epsilon: epsilon)
    ) { ct_normalize_channels(handle, epsilon, $0) }
  }

  /// Returns the sum of smooth L1 of the differences to `target`, quadratic below `beta`.
  public func smoothL1Sum(to target: Tensor, beta: Double) throws(TorchError) -> Tensor {
    try Tensor.make("smoothL1Sum", of: [self, target], as: nil) {
      ct_smooth_l1_sum(handle, target.handle, beta, $0)
    }
  }

  /// Returns the sum of the softmax cross entropies of `[rows, K]` logits.
  ///
  /// - Parameter classes: `[rows]`, int64, 0…K − 1.
  public func crossEntropySum(classes: Tensor) throws(TorchError) -> Tensor {
    try Tensor.make("crossEntropySum", of: [self, classes], as: nil) {
      ct_cross_entropy_sum(handle, classes.handle, $0)
    }
  }
}
