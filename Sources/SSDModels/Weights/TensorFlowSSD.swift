import Files
import ModelFiles
import MultiBox
import NetworkInput
import Runs

/// The weights of an SSD on MobileNet-v1 that TensorFlow's Object Detection API trained, out of a
/// TFLite file.
///
/// Names in such files depend on the program that wrote them, so layers are told by what they read:
/// a chain of convolutions from the image on, and two convolutions on each map of it, whose results
/// no other convolution reads. Of these the one whose numbers go through a sigmoid is that of the
/// classes.
struct TensorFlowSSD {
  /// The network of as many channels.
  let network: NetworkPreset
  /// The normalization of the input.
  let normalization: ImageNormalization
  /// The arrays by this project's names, windows as the file has them.
  let arrays: [String: NamedArray]

  /// The networks by the channels of their first convolution.
  static let networks: [Int: NetworkPreset] = [
    32: .ssd300MobileNetV1, 24: .ssd300MobileNetV1Width75, 16: .ssd300MobileNetV1Width50,
  ]
  private static let depthMultipliers: [Int: Double] = [32: 1, 24: 0.75, 16: 0.5]

  /// Takes the weights.
  ///
  /// - Throws: `FileError` naming the file and where it is another network.
  init(_ model: TFLiteModel) throws(FileError) {
    let reader = try TensorFlowSSDReader(model)
    let stem = try reader.stem()
    guard let network = Self.networks[stem.channels],
      let multiplier = Self.depthMultipliers[stem.channels]
    else {
      throw reader.failure(
        stem.name, expected: "32, 24 or 16 channels (a depth multiplier of 1, .75 or .5)",
        found: "\(stem.channels)")
    }
    let plan = MobileNetV1Backbone.layers(depthMultiplier: multiplier)
    let specification = network.defaultBoxes(side: 300)
    self.network = network
    normalization = try reader.normalization()
    arrays = try reader.arrays(plan, shapeCounts: specification.featureMaps.map(\.shapes.count))
  }
}

/// Follows the layers of the file's network.
private struct TensorFlowSSDReader {
  let model: TFLiteModel
  let layers: [TFLiteModel.Layer]
  /// The number of the tensor that is the image.
  let image: Int
  /// The layers that read a tensor, by its number.
  private let readers: [Int: [Int]]
  /// The layers that give a tensor, by its number.
  private let makers: [Int: Int]

  init(_ model: TFLiteModel) throws(FileError) {
    self.model = model
    let (layers, inputs) = try model.layers()
    var readers: [Int: [Int]] = [:]
    var makers: [Int: Int] = [:]
    for (index, layer) in layers.enumerated() {
      for input in Set(layer.inputs) { readers[input, default: []].append(index) }
      for output in layer.outputs { makers[output] = index }
    }
    (self.layers, self.readers, self.makers) = (layers, readers, makers)
    image = inputs.first ?? -1
    guard inputs.count == 1, let shape = model.inputs.first?.shape,
      shape.count == 4, shape[1...] == [300, 300, 3]
    else {
      let found = model.inputs.map { "\($0.name) \($0.shape)" }.joined(separator: ", ")
      throw failure("its input", expected: "one of [1, 300, 300, 3]", found: found)
    }
  }

  func failure(_ place: String, expected: String, found: String) -> FileError {
    FileError(
      path: model.path,
      reason:
        "not TensorFlow's SSD on MobileNet-v1, whose weights \(NetworkPreset.ssd300MobileNetV1)"
        + " takes: \(place): expected \(expected), found \(found)")
  }

  // MARK: Layers

  /// Returns the layers that get a tensor's numbers, and `isWanted`, without a convolution between.
  private func reached(
    from tensor: Int, where isWanted: (TFLiteModel.Layer) -> Bool,
    through isPassed: (TFLiteModel.Layer) -> Bool
  ) -> [Int] {
    var (found, seen, open) = ([Int](), Set([tensor]), [tensor])
    while let tensor = open.popLast() {
      for index in readers[tensor] ?? [] {
        let layer = layers[index]
        // A convolution reads its first tensor; the others are weights.
        if isWanted(layer) {
          if layer.inputs.first == tensor { found.append(index) }
        } else if isPassed(layer) {
          open += layer.outputs.filter { seen.insert($0).inserted }
        }
      }
    }
    return found.sorted()
  }

  private func convolutions(after tensor: Int) -> [Int] {
    reached(from: tensor, where: \.isConvolution) {
      [.relu6, .quantization, .dequantization].contains($0.kind)
    }
  }

  private func endsInScores(_ layer: TFLiteModel.Layer) -> Bool {
    layer.outputs.contains { output in
      !reached(from: output, where: { $0.kind == .sigmoid }) { !$0.isConvolution }.isEmpty
    }
  }

  /// The first convolution: what errors call it, and its channels.
  func stem() throws(FileError) -> (name: String, channels: Int) {
    let first = convolutions(after: image)
    guard first.count == 1, layers[first[0]].kind == .convolution else {
      throw failure("its image", expected: "one convolution of it", found: "\(first.count)")
    }
    let place = "its first convolution"
    return (place, try channelCount(layers[first[0]], place))
  }

  /// Returns all arrays, by this project's names.
  ///
  /// - Parameters:
  ///   - plan: the chain of convolutions.
  ///   - shapeCounts: default boxes of a cell of each map.
  func arrays(
    _ plan: [MobileNetV1Backbone.Layer], shapeCounts: [Int]
  ) throws(FileError) -> [String: NamedArray] {
    var result: [String: NamedArray] = [:]
    var (tensor, map) = (image, 0)
    var logitCount: Int?
    for (index, expected) in plan.enumerated() {
      let place = "convolution \(index + 1) of \(plan.count)"
      let next = try convolutions(on: tensor, place).filter(isOfTheChain)
      guard next.count == 1 else {
        throw failure(place, expected: "one", found: "\(next.count)")
      }
      let layer = layers[next[0]]
      try take(layer, expected, place, into: &result)
      tensor = layer.outputs.first ?? -1
      guard expected.mapStride != nil else { continue }
      let found = try takeHead(
        on: tensor, channels: expected.output, map: map, shapeCount: shapeCounts[map],
        into: &result)
      guard found == logitCount ?? found else {
        throw failure(
          "the classes of map \(map + 1) of \(shapeCounts.count)",
          expected: "\(logitCount ?? 0) as on the first", found: "\(found)")
      }
      logitCount = found
      map += 1
    }
    return result
  }

  /// The convolutions of a map: on none of this network are more than three.
  private func convolutions(on tensor: Int, _ place: String) throws(FileError) -> [Int] {
    let found = convolutions(after: tensor)
    guard found.count <= 3 else {
      throw failure(place, expected: "up to 3 of one map", found: "\(found.count)")
    }
    return found
  }

  /// Whether another convolution computes with what a layer gives.
  private func isOfTheChain(_ layer: Int) -> Bool {
    layers[layer].outputs.contains { !convolutions(after: $0).isEmpty }
  }

  private func take(
    _ layer: TFLiteModel.Layer, _ expected: MobileNetV1Backbone.Layer, _ place: String,
    into result: inout [String: NamedArray]
  ) throws(FileError) {
    try check(
      layer, isDepthwise: expected.isDepthwise, window: expected.window, stride: expected.stride,
      place)
    let (side, channels) = (expected.window, expected.output)
    let name = "backbone.\(expected.name)"
    let values: [Float]
    let shape: [Int]
    // TensorFlow's last dimension is that of the input's channels, before the window here.
    if expected.isDepthwise {
      values = Self.transposed(
        try weight(of: layer, place, [1, side, side, channels]), side * side, channels)
      shape = [channels, 1, side, side]
    } else {
      values = Self.transposed(
        try weight(of: layer, place, [channels, side, side, expected.input]), side * side,
        expected.input)
      shape = [channels, expected.input, side, side]
    }
    result["\(name).0.weight"] = NamedArray(shape: shape, floats: values)
    // A normalization that adds the bias and else changes nothing.
    let root = Float((1 + NormalizedConvolution.ssdLiteEpsilon).squareRoot())
    for (part, values) in [
      ("weight", [Float](repeating: root, count: channels)),
      ("bias", try bias(of: layer, place, channels)),
      ("running_mean", [Float](repeating: 0, count: channels)),
      ("running_var", [Float](repeating: 1, count: channels)),
    ] {
      result["\(name).1.\(part)"] = NamedArray(shape: [channels], floats: values)
    }
  }

  /// Takes the two convolutions of a map that none follows, and returns K.
  private func takeHead(
    on tensor: Int, channels: Int, map: Int, shapeCount: Int,
    into result: inout [String: NamedArray]
  ) throws(FileError) -> Int {
    let place = "the head of map \(map + 1)"
    let heads = try convolutions(on: tensor, place).filter { !isOfTheChain($0) }.map { layers[$0] }
    let scoring = heads.filter(endsInScores)
    guard let classes = scoring.first, let boxes = heads.first(where: { !endsInScores($0) }),
      heads.count == 2
    else {
      throw failure(
        place, expected: "two convolutions, one of whose numbers go through a sigmoid",
        found: "\(heads.count), \(scoring.count) with a sigmoid")
    }
    let (logits, offsets) = (try channelCount(classes, place), try channelCount(boxes, place))
    guard offsets == shapeCount * 4, logits % shapeCount == 0, logits >= 2 * shapeCount else {
      throw failure(
        place,
        expected: "\(shapeCount * 4) channels, and \(shapeCount) for each class and the background",
        found: "\(offsets) and \(logits)")
    }
    // cy, cx, h, w there: each two change places.
    for (layer, kind, count, flip) in [
      (classes, "classification", logits, 0), (boxes, "regression", offsets, 1),
    ] {
      let place = "\(place), \(kind)"
      try check(layer, isDepthwise: false, window: 1, stride: 1, place)
      let rows = try weight(of: layer, place, [count, 1, 1, channels])
      let biases = try bias(of: layer, place, count)
      let name = "head.\(kind)_head.module_list.\(map)"
      let order = (0..<count).map { $0 ^ flip }
      result["\(name).weight"] = NamedArray(
        shape: [count, channels, 1, 1],
        floats: order.flatMap { rows[$0 * channels..<($0 + 1) * channels] })
      result["\(name).bias"] = NamedArray(shape: [count], floats: order.map { biases[$0] })
    }
    return logits / shapeCount
  }

  private func channelCount(
    _ layer: TFLiteModel.Layer, _ place: String
  ) throws(FileError) -> Int { try constant(of: layer, 1, place).shape.first ?? 0 }

  private func check(
    _ layer: TFLiteModel.Layer, isDepthwise: Bool, window: Int, stride: Int, _ place: String
  ) throws(FileError) {
    func words(_ isDepthwise: Bool, _ strides: [Int], _ isPadded: Bool) -> String {
      "a \(isDepthwise ? "depthwise" : "full") one of stride"
        + " \(strides.map(String.init).joined(separator: " × ")),\(isPadded ? "" : " not") padded"
    }
    let expected = words(isDepthwise, [stride, stride], true)
    // A window of one cell needs nothing beside the map.
    let found = words(
      layer.kind == .depthwiseConvolution, layer.strides, layer.isPadded || window == 1)
    guard found == expected else { throw failure(place, expected: expected, found: found) }
  }

  // MARK: Constants

  /// Returns a constant that a layer reads, at a position of its inputs.
  private func constant(
    of layer: TFLiteModel.Layer, _ position: Int, _ place: String
  ) throws(FileError) -> TFLiteModel.Tensor {
    guard position < layer.inputs.count else {
      throw failure(place, expected: "weight and bias", found: "\(layer.inputs.count) inputs")
    }
    var number = layer.inputs[position]
    // Files of half precision widen their weights first.
    if let maker = makers[number].map({ layers[$0] }), maker.kind == .dequantization,
      let source = maker.inputs.first
    {
      number = source
    }
    let tensor = try model.tensor(number)
    guard tensor.scale != nil || tensor.element == .float32 || tensor.element == .float16 else {
      throw failure("\(place), \(tensor.name)", expected: "a scale", found: "none")
    }
    return tensor
  }

  private func floats(
    of layer: TFLiteModel.Layer, _ position: Int, _ place: String, _ shape: [Int]
  ) throws(FileError) -> [Float] {
    let tensor = try constant(of: layer, position, place)
    let values = try tensor.floats(path: model.path)
    guard tensor.shape == shape, values.count == shape.reduce(1, *) else {
      throw failure(
        "\(place), \(tensor.name)", expected: "\(shape)",
        found: "\(tensor.shape) with \(values.count) values")
    }
    return values
  }

  private func weight(
    of layer: TFLiteModel.Layer, _ place: String, _ shape: [Int]
  ) throws(FileError) -> [Float] { try floats(of: layer, 1, place, shape) }

  private func bias(
    of layer: TFLiteModel.Layer, _ place: String, _ count: Int
  ) throws(FileError) -> [Float] { try floats(of: layer, 2, place, [count]) }

  /// Turns blocks of `rows` × `columns` into such of `columns` × `rows`.
  private static func transposed(_ values: [Float], _ rows: Int, _ columns: Int) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(values.count)
    for block in stride(from: 0, to: values.count, by: rows * columns) {
      for column in 0..<columns {
        for row in 0..<rows { result.append(values[block + row * columns + column]) }
      }
    }
    return result
  }

  // MARK: Input

  /// The way from grey levels to the numbers that an input of 8 bits means; for one of float32 what
  /// metadata say, else −1…1 as the API has it.
  func normalization() throws(FileError) -> ImageNormalization {
    guard let input = model.inputs.first else { return .unitRange }
    func three(_ values: [Float]) -> [Float]? {
      values.count == 1 ? [values[0], values[0], values[0]] : values.count == 3 ? values : nil
    }
    var (means, deviations) = ([Float](), [Float]())
    switch input.element {
    case .uint8, .int8:
      means = [Float(input.zeroPoint ?? 0) + (input.element == .int8 ? 128 : 0)]
      deviations = [1 / (input.scale ?? 0)]
    default:
      let metadata = try model.metadata()
      (means, deviations) = (metadata.mean, metadata.standardDeviation)
    }
    guard let mean = three(means), let deviation = three(deviations) else { return .unitRange }
    guard (mean + deviation).allSatisfy(\.isFinite), deviation.allSatisfy({ $0 > 0 }) else {
      throw failure(
        "its input", expected: "a scale above 0", found: "mean \(mean), deviation \(deviation)")
    }
    return ImageNormalization(mean: mean, standardDeviation: deviation)
  }
}

extension TFLiteModel.Layer {
  fileprivate var isConvolution: Bool { kind == .convolution || kind == .depthwiseConvolution }
}
