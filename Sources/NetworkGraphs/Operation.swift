import MultiBox

extension NetworkGraph {
  /// Computes one value from others.
  ///
  /// N stands in the shapes below and in the numbering of dimensions, where it is 0; it is not in
  /// sizes that are parameters. A *map* is `[N, C, H, W]`. Padding is zeros, on all four sides.
  ///
  /// Another operation is a case here, with its inputs and its shape below, and one in each writer.
  public enum Operation: Hashable, Sendable {
    /// a + b; one may be a weight, sizes of 1 are repeated.
    case add
    /// a · b, element by element; one may be a weight, sizes of 1 are repeated.
    case multiply
    /// Convolution with a square window: a map, the weight `[C′, C / groups, k, k]` and perhaps the
    /// bias `[C′]` give `[N, C′, H′, W′]`.
    ///
    /// H′ = ⌊(H + 2 · padding − dilation · (k − 1) − 1) / stride⌋ + 1.
    case convolution(stride: Int, padding: Int, dilation: Int, groups: Int)
    /// (x − μ) / √(σ² + ε) · γ + β of each channel: a map and the weights γ, β, μ and σ², each
    /// `[C]`.
    case batchNormalization(epsilon: Double)
    /// max(x, 0).
    case relu
    /// min(max(x, 0), 6).
    case relu6
    /// x · min(max(x + 3, 0), 6) / 6.
    case hardSwish
    /// min(max(x + 3, 0), 6) / 6.
    case hardSigmoid
    /// Mean of each channel: a map gives `[N, C, 1, 1]`.
    case meanPool
    /// Largest value in a square window: a map gives `[N, C, H′, W′]`.
    ///
    /// H′ = (H + 2 · padding − k) / stride + 1, rounded down; with `ceilMode` up, where the last
    /// window begins inside of the map or the padding before it.
    case maxPool(kernel: Int, stride: Int, padding: Int, ceilMode: Bool)
    /// The value at ⌊row · H / height⌋, ⌊column · W / width⌋: a map gives `[N, C, height, width]`.
    case upsampleNearest(height: Int, width: Int)
    /// x / max(√Σ x², ε), the sum over the channels of a map.
    case normalizeChannels(epsilon: Double)
    /// The same elements with the dimensions in this order, in which N stays the first.
    case permute([Int])
    /// The same elements, row by row, as `[N, sizes…]`; one size may be −1 and is derived.
    case reshape([Int])
    /// Values one behind the other in a dimension from 1 on.
    case concatenate(dimension: Int)
    /// The nearest number of a grid, beyond its ends the end: what an engine computes that hands on
    /// 8 bits.
    case quantized(ByteGrid)
    /// Detections by `DetectionDecoder`: logits `[N, D, K]` and offsets `[N, D, 4]` of D
    /// default boxes give `[M, 7]`, the rows of all images: image, class, score, xMin, yMin, xMax,
    /// yMax.
    ///
    /// Up to the suppression: the cut to the best of an image is left to the reader, because the
    /// rows of all images are one list, and so are boxes without area in the image, which the
    /// decoder drops.
    case detections(DetectionDecoder.Configuration, DefaultBoxes)

    /// The case without its parameters: `convolution`.
    public var name: String { Mirror(reflecting: self).children.first?.label ?? "\(self)" }
  }
}

// MARK: Shapes

extension NetworkGraph.Operation {
  /// The shape, without N, of what the operation gives for these inputs.
  func outputShape(of inputs: [Operand]) throws(Reason) -> [Int] {
    let expected = inputCount
    guard expected.contains(inputs.count) else {
      throw .inputCount(expected: expected, found: inputs.count)
    }
    switch self {
    case .relu, .relu6, .hardSwish, .hardSigmoid, .quantized: return try inputs[0].value()
    case .add, .multiply: return try Self.broadcast(inputs[0], inputs[1])
    case .convolution(let stride, let padding, let dilation, let groups):
      let (channels, height, width) = try inputs[0].map()
      try Self.check("groups", groups, from: 1)
      guard channels % groups == 0 else {
        throw inputs[0].wrong("a number of channels that \(groups) groups share")
      }
      try inputs[1].weight("[C′, \(channels / groups), k, k], C′ a multiple of \(groups)") {
        $0.count == 4 && $0[1] == channels / groups && $0[2] == $0[3] && $0[0] % groups == 0
      }
      let (outputs, kernel) = (inputs[1].shape[0], inputs[1].shape[2])
      if inputs.count == 3 { try inputs[2].weight("[\(outputs)]") { $0 == [outputs] } }
      let window = try Window(
        kernel: kernel, stride: stride, padding: padding, dilation: dilation)
      return try [outputs] + window.sizes(height, width, of: inputs[0])
    case .batchNormalization:
      let channels = try inputs[0].map().channels
      for weight in inputs.dropFirst() {
        try weight.weight("[\(channels)]") { $0 == [channels] }
      }
      return inputs[0].shape
    case .meanPool: return [try inputs[0].map().channels, 1, 1]
    case .maxPool(let kernel, let stride, let padding, let ceilMode):
      let (channels, height, width) = try inputs[0].map()
      let window = try Window(
        kernel: kernel, stride: stride, padding: padding, roundsUp: ceilMode)
      return try [channels] + window.sizes(height, width, of: inputs[0])
    case .upsampleNearest(let height, let width):
      try Self.check("height", height, from: 1)
      try Self.check("width", width, from: 1)
      return [try inputs[0].map().channels, height, width]
    case .normalizeChannels:
      _ = try inputs[0].map()
      return inputs[0].shape
    case .permute(let order):
      let shape = try inputs[0].value()
      guard order.first == 0, order.sorted() == Array(0...shape.count) else {
        throw .parameter(
          "order", expected: "0, then 1 to \(shape.count) in any order", found: "\(order)")
      }
      return order.dropFirst().map { shape[$0 - 1] }
    case .reshape(let sizes): return try Self.reshaped(inputs[0], sizes)
    case .concatenate(let dimension): return try Self.concatenated(inputs, dimension)
    case .detections(_, let defaultBoxes):
      let count = defaultBoxes.count
      let logits = try inputs[0].value()
      guard logits.count == 2, logits[0] == count, logits[1] > 1 else {
        throw inputs[0].wrong("[\(count), K], K from 2")
      }
      guard try inputs[1].value() == [count, 4] else { throw inputs[1].wrong("[\(count), 4]") }
      return [7]
    }
  }

  private var inputCount: ClosedRange<Int> {
    switch self {
    case .relu, .relu6, .hardSwish, .hardSigmoid, .meanPool, .maxPool, .upsampleNearest,
      .normalizeChannels, .permute, .reshape, .quantized:
      1...1
    case .add, .multiply, .detections: 2...2
    case .convolution: 2...3
    case .batchNormalization: 5...5
    case .concatenate: 1 ... .max
    }
  }
}
