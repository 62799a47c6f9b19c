import MultiBox
import Torch

/// The predictors on the feature maps, in torchvision's layout and names.
///
/// `head.classification_head.module_list.i` and `head.regression_head.module_list.i` for map i. A
/// map's output `[N, A·K, H, W]` becomes `[N, H·W·A, K]`, the order of the default boxes.
public struct SSDHead {
  /// How one predictor is made from its scope, input and output channels.
  public typealias MakePredictor = (
    _ scope: VariableScope, _ input: Int, _ output: Int
  ) throws -> ((Tensor, Bool) throws -> Tensor)

  private let classification: [(Tensor, Bool) throws -> Tensor]
  private let regression: [(Tensor, Bool) throws -> Tensor]
  private let logitCount: Int

  /// - Parameters:
  ///   - channels: C of each map.
  ///   - specification: gives the number of shapes on each map.
  ///   - makePredictor: 3 × 3 convolutions for SSD, depthwise separable ones for SSDLite.
  public init(
    _ scope: VariableScope, channels: [Int], specification: DefaultBoxSpecification,
    logitCount: Int, makePredictor: MakePredictor
  ) throws {
    let shapeCounts = specification.featureMaps.map(\.shapes.count)
    precondition(
      channels.count == shapeCounts.count,
      "\(channels.count) feature maps, default boxes for \(shapeCounts.count)")
    func predictors(
      _ name: String, _ size: Int
    ) throws -> [(Tensor, Bool) throws -> Tensor] {
      try channels.indices.map { index in
        try makePredictor(
          scope(name)("module_list")(index), channels[index], shapeCounts[index] * size)
      }
    }
    classification = try predictors("classification_head", logitCount)
    regression = try predictors("regression_head", 4)
    self.logitCount = logitCount
  }

  /// The predictor of SSD: one 3 × 3 convolution.
  public static func convolution(
    initialization: Initialization = .xavierUniform
  ) -> MakePredictor {
    { scope, input, output in
      let layer = try Convolution(
        scope, input: input, output: output, kernel: 3, initialization: initialization)
      return { features, _ in try layer(features) }
    }
  }

  public func callAsFunction(_ maps: [Tensor], isTraining: Bool) throws -> SSDOutput {
    func gathered(
      _ predictors: [(Tensor, Bool) throws -> Tensor], _ size: Int
    ) throws -> Tensor {
      let parts = try zip(maps, predictors).map { map, predictor in
        try predictor(map, isTraining).permuted([0, 2, 3, 1]).reshaped([map.shape[0], -1, size])
          .converted(to: .float32)
      }
      return try Tensor.concatenated(parts, dimension: 1)
    }
    return try SSDOutput(
      logits: gathered(classification, logitCount), offsets: gathered(regression, 4))
  }
}
