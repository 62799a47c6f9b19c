import MultiBox
import Torch

@testable import SSDModels

/// A network of 96 × 96 pixels that uses every operation of a graph but the detections.
final class EveryOperation: SSDNetwork {
  let store: VariableStore
  let defaultBoxSpecification = DefaultBoxSpecification.compact(side: 96)
  /// In place of what the images give.
  var fixedOffsets: Tensor?
  private let first: NormalizedConvolution
  private let dilated: Convolution
  private let gate: Convolution
  private let normalization: BatchNormalization
  private let scale: Tensor

  init(_ store: VariableStore) throws {
    self.store = store
    first = try NormalizedConvolution(
      store.root("first"), input: 3, output: 8, kernel: 3, stride: 2, activation: .hardSwish)
    dilated = try Convolution(
      store.root("dilated"), input: 8, output: 8, kernel: 3, dilation: 2, groups: 4)
    gate = try Convolution(store.root("gate"), input: 8, output: 8, kernel: 1)
    normalization = try BatchNormalization(store.root("normalization"), channels: 8)
    scale = try store.root.constant("scale", [8], 1.5, .normalization)
  }

  func startScores(at score: Double) throws {}

  func callAsFunction(_ images: Tensor, isTraining: Bool) throws -> SSDOutput {
    // 48 pixels, then ⌈(48 + 2 − 3) / 2⌉ + 1 = 25.
    let large = try first(images, isTraining: isTraining).normalizedOverChannels(epsilon: 1e-3)
      .multiplied(by: scale.reshaped([1, -1, 1, 1]))
    let small = try dilated(large).relu6().maxPooled(
      kernel: 3, stride: 2, padding: 1, ceilMode: true)
    let gated = try small.multiplied(by: gate(small.meanPooled()).hardSigmoid())
    let sum = try normalization(
      gated.upsampledNearest(height: 48, width: 48).adding(large), isTraining: isTraining
    ).relu()
    func rows(_ map: Tensor) throws -> Tensor {
      try map.permuted([0, 2, 3, 1]).reshaped([map.shape[0], -1, 4])
    }
    let logits = try Tensor.concatenated([rows(sum), rows(gated)], dimension: 1)
    return SSDOutput(logits: logits, offsets: try fixedOffsets ?? rows(small))
  }
}
