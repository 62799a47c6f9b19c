import MultiBox
import Torch

/// The predictors on the feature maps, in torchvision's layout and names.
///
/// `head.classification_head.module_list.i` and `head.regression_head.module_list.i` for map i. A
/// map's output `[N, A·K, H, W]` becomes `[N, H·W·A, K]`, the order of the default boxes.
public struct SSDHead {
  /// The layers that predict on a map.
  public enum Predictor: Hashable, Sendable {
    /// SSD's: one convolution, 3 × 3 but where it has another kernel.
    case convolution(_ initialization: Initialization = .xavierUniform, kernel: Int = 3)
    /// SSDLite's: a depthwise 3 × 3 convolution with normalization and ReLU6, then a 1 × 1
    /// convolution.
    case depthwiseSeparable
  }

  private let classification: [MapPredictor]
  private let regression: [MapPredictor]
  private let logitCount: Int

  /// Makes the predictors: those of the logits, then those of the offsets, map by map.
  ///
  /// - Parameters:
  ///   - scope: `head` in torchvision's networks.
  ///   - channels: C of each map.
  ///   - specification: gives the number of shapes on each map.
  ///   - logitCount: K, with the background.
  ///   - predictor: the layers on each map.
  /// - Precondition: as many maps as the specification has.
  public init(
    _ scope: VariableScope, channels: [Int], specification: DefaultBoxSpecification,
    logitCount: Int, predictor: Predictor = .convolution()
  ) throws {
    let shapeCounts = specification.featureMaps.map(\.shapes.count)
    precondition(
      channels.count == shapeCounts.count,
      "\(channels.count) feature maps, default boxes for \(shapeCounts.count)")
    func predictors(_ name: String, _ size: Int) throws -> [MapPredictor] {
      try channels.indices.map { index in
        try MapPredictor(
          scope(name)("module_list")(index), predictor, input: channels[index],
          output: shapeCounts[index] * size)
      }
    }
    classification = try predictors("classification_head", logitCount)
    regression = try predictors("regression_head", 4)
    self.logitCount = logitCount
  }

  /// Predicts on the maps of a batch.
  ///
  /// - Parameters:
  ///   - maps: `[N, C, H, W]` each, finest first.
  ///   - isTraining: normalizations use the batch's statistics and update the running ones.
  public func callAsFunction(_ maps: [Tensor], isTraining: Bool) throws -> SSDOutput {
    func gathered(_ predictors: [MapPredictor], _ size: Int) throws -> Tensor {
      let parts = try zip(maps, predictors).map { map, predictor in
        try predictor(map, isTraining).permuted([0, 2, 3, 1]).reshaped([map.shape[0], -1, size])
          .converted(to: .float32)
      }
      return try Tensor.concatenated(parts, dimension: 1)
    }
    return try SSDOutput(
      logits: gathered(classification, logitCount), offsets: gathered(regression, 4))
  }

  /// Sets the biases of the logits so that sigmoids of all classes start near a score.
  ///
  /// Biases are −ln((1 − score) / score), and 0 for the background.
  ///
  /// - Parameter score: above 0 and below 1.
  /// - SeeAlso: Lin et al. §3.3, "Class imbalance and model initialization" (arXiv:1708.02002).
  public func startScores(at score: Double) throws {
    precondition(score > 0 && score < 1, "a score of \(score)")
    let value = Float(-Double.naturalLogarithm((1 - score) / score))
    for predictor in classification {
      guard let bias = predictor.output.bias else { continue }
      let values = (0..<bias.elementCount).map { $0 % logitCount == 0 ? 0 : value }
      try bias.assign(Tensor(values, shape: bias.shape))
    }
  }
}

/// The predictor of one map.
private struct MapPredictor {
  /// SSDLite's depthwise part; nil for SSD.
  let depthwise: NormalizedConvolution?
  let output: Convolution

  init(
    _ scope: VariableScope, _ kind: SSDHead.Predictor, input: Int, output channels: Int
  ) throws {
    switch kind {
    case .convolution(let initialization, let kernel):
      depthwise = nil
      output = try Convolution(
        scope, input: input, output: channels, kernel: kernel, initialization: initialization)
    case .depthwiseSeparable:
      depthwise = try .ssdLite(scope(0), input: input, output: input, kernel: 3, groups: input)
      output = try Convolution(
        scope(1), input: input, output: channels, kernel: 1,
        initialization: .normal(deviation: 0.03))
    }
  }

  func callAsFunction(_ map: Tensor, _ isTraining: Bool) throws -> Tensor {
    try output(depthwise?(map, isTraining: isTraining) ?? map)
  }
}
