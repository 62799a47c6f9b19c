import ModelFiles
import MultiBox
import Torch

/// Turns what a network computes for inference into an ONNX model.
///
/// The network is run once and its operations are traced; normalizations are folded into the
/// convolutions before them; what depends on weights alone becomes a constant. Input `images`,
/// `[N, 3, H, W]`, outputs `logits`, `[N, D, K]`, and `offsets`, `[N, D, 4]`; N is free. With
/// decoding inside the one output is `detections`.
struct ONNXExport {
  var model: ONNXModel
  /// What each traced tensor is called.
  private var names: [ObjectIdentifier: String] = [:]
  /// Tensors that depend on weights alone.
  private var constants: [ObjectIdentifier: Tensor] = [:]
  /// Where each value is used, to know what can be folded.
  private var useCounts: [ObjectIdentifier: Int] = [:]
  private var count = 0
  /// Images in the trace: a size that is 2 and nothing else's size.
  private static let batchSize = 2

  /// - Parameters:
  ///   - metadata: goes into the file as it is.
  ///   - decoding: what the file decodes by; nil ends it with the heads.
  static func model(
    of network: any SSDNetwork, name: String, metadata: [String: String],
    decoding: DetectionDecoder.Configuration?
  ) throws -> ONNXModel {
    let specification = network.defaultBoxSpecification
    let (height, width) = (
      specification.imageHeightInPixels, specification.imageWidthInPixels
    )
    let images = try Tensor.full([batchSize, 3, height, width], 0.5)
    let (output, trace) = try Gradients.unrecorded {
      try OperationTrace.record { try network(images, isTraining: false) }
    }
    var export = ONNXExport(name: name)
    export.model.metadata = metadata
    export.names[ObjectIdentifier(images)] = ExportedNames.images
    for variable in network.store.variables {
      export.names[ObjectIdentifier(variable.tensor)] = variable.name
      export.constants[ObjectIdentifier(variable.tensor)] = variable.tensor
    }
    for step in trace.steps {
      for input in step.inputs { export.useCounts[ObjectIdentifier(input), default: 0] += 1 }
    }
    try export.add(trace.steps)
    export.model.inputs = [
      ONNXModel.Value(
        ExportedNames.images, .float32, [.any("N"), .fixed(3), .fixed(height), .fixed(width)])
    ]
    if let decoding {
      export.decode(
        logits: export.name(output.logits), offsets: export.name(output.offsets),
        defaultBoxes: DefaultBoxes(specification), decoding)
    } else {
      export.finish(output.logits, as: ExportedNames.logits)
      export.finish(output.offsets, as: ExportedNames.offsets)
    }
    return export.model
  }

  private init(name: String) {
    model = ONNXModel(name: name)
  }

  private mutating func add(_ steps: [OperationTrace.Step]) throws {
    var index = 0
    while index < steps.count {
      let step = steps[index]
      index += 1
      if step.inputs.allSatisfy({ constants[ObjectIdentifier($0)] != nil }) {
        constants[ObjectIdentifier(step.output)] = step.output
        continue
      }
      if case .convolution(let stride, let padding, let dilation, let groups) = step.operation {
        // The normalization that follows, if nothing else uses the convolution.
        var output = step.output
        var normalization: OperationTrace.Step?
        if index < steps.count, case .batchNormalization = steps[index].operation,
          steps[index].inputs[0] === output, useCounts[ObjectIdentifier(output)] == 1
        {
          normalization = steps[index]
          output = steps[index].output
          index += 1
        }
        let (weight, bias) = try folded(step, normalization)
        emit(
          "Conv", [name(step.inputs[0]), weight] + (bias.map { [$0] } ?? []), output,
          [
            "kernel_shape": .integers(Array(step.inputs[1].shape.suffix(2))),
            "strides": .integers([stride, stride]),
            "pads": .integers([padding, padding, padding, padding]),
            "dilations": .integers([dilation, dilation]), "group": .integer(groups),
          ])
      } else {
        try add(step)
      }
    }
  }

  /// Every operation but the convolution.
  private mutating func add(_ step: OperationTrace.Step) throws {
    let input = try names(of: step)
    let output = step.output
    switch step.operation {
    case .convolution: preconditionFailure("convolutions are folded elsewhere")
    case .identity: names[ObjectIdentifier(output)] = input[0]
    case .add: emit("Add", input, output)
    case .multiply: emit("Mul", input, output)
    case .batchNormalization(let epsilon):
      emit("BatchNormalization", input, output, ["epsilon": .float(Float(epsilon))])
    case .relu: emit("Relu", input, output)
    case .relu6: emit("Clip", [input[0], constant([0], []), constant([6], [])], output)
    case .hardSwish: emit("HardSwish", input, output)
    case .hardSigmoid:
      emit("HardSigmoid", input, output, ["alpha": .float(1 / 6), "beta": .float(0.5)])
    case .meanPool: emit("GlobalAveragePool", input, output)
    case .maxPool(let kernel, let stride, let padding, let ceilMode):
      emit(
        "MaxPool", input, output,
        [
          "kernel_shape": .integers([kernel, kernel]), "strides": .integers([stride, stride]),
          "pads": .integers([padding, padding, padding, padding]),
          "ceil_mode": .integer(ceilMode ? 1 : 0),
        ])
    case .upsampleNearest(let height, let width):
      let shape = step.inputs[0].shape
      let scales = [1, 1, Float(height) / Float(shape[2]), Float(width) / Float(shape[3])]
      emit(
        "Resize", [input[0], "", constant(scales, [4])], output,
        [
          "mode": .string("nearest"), "coordinate_transformation_mode": .string("asymmetric"),
          "nearest_mode": .string("floor"),
        ])
    case .normalizeChannels(let epsilon):
      let norm = emit("ReduceL2", input, ["axes": .integers([1]), "keepdims": .integer(1)])
      let limited = emit("Max", [norm, constant([Float(epsilon)], [])])
      emit("Div", [input[0], limited], output)
    case .permute(let order): emit("Transpose", input, output, ["perm": .integers(order)])
    case .reshape(let shape):
      // 0 copies the size, so that the number of images stays free.
      var sizes = shape
      if sizes.first == Self.batchSize { sizes[0] = 0 }
      emit("Reshape", [input[0], integers(sizes)], output)
    case .concatenate(let dimension):
      emit("Concat", input, output, ["axis": .integer(dimension)])
    }
  }

  // MARK: Weights

  /// Returns the names of a convolution's weight and bias, with the normalization behind it folded
  /// in: w′ = w · γ / √(σ² + ε), b′ = (b − μ) · γ / √(σ² + ε) + β.
  private mutating func folded(
    _ convolution: OperationTrace.Step, _ normalization: OperationTrace.Step?
  ) throws -> (weight: String, bias: String?) {
    let weight = convolution.inputs[1]
    let bias = convolution.inputs.count > 2 ? convolution.inputs[2] : nil
    guard let normalization, case .batchNormalization(let epsilon) = normalization.operation else {
      return (try initializer(weight), try bias.map { try initializer($0) })
    }
    let shape = weight.shape
    let size = shape.dropFirst().reduce(1, *)
    var weights = try weight.floats()
    let parts = try normalization.inputs.dropFirst().map { try $0.floats() }
    var biases = try bias?.floats() ?? [Float](repeating: 0, count: shape[0])
    for channel in 0..<shape[0] {
      // In Double: the folded network should differ from the other by rounding once, not thrice.
      let factor =
        Double(parts[0][channel]) / (Double(parts[3][channel]) + epsilon).squareRoot()
      for element in channel * size..<(channel + 1) * size {
        weights[element] = Float(Double(weights[element]) * factor)
      }
      biases[channel] = Float(
        (Double(biases[channel]) - Double(parts[2][channel])) * factor + Double(parts[1][channel]))
    }
    let name = try self.name(of: weight)
    model.initializers.append((name, NamedArray(shape: shape, floats: weights)))
    let biasName =
      name.hasSuffix("weight") ? name.dropLast("weight".count) + "bias" : name + "_bias"
    model.initializers.append((biasName, NamedArray(shape: [shape[0]], floats: biases)))
    return (name, biasName)
  }

  private mutating func initializer(_ tensor: Tensor) throws -> String {
    let name = try self.name(of: tensor)
    if !model.initializers.contains(where: { $0.name == name }) {
      model.initializers.append(
        (name, NamedArray(shape: tensor.shape, floats: try tensor.floats())))
    }
    return name
  }

  mutating func constant(_ values: [Float], _ shape: [Int]) -> String {
    let name = newName("constant")
    model.initializers.append((name, NamedArray(shape: shape, floats: values)))
    return name
  }

  mutating func integers(_ values: [Int]) -> String {
    let name = newName("integers")
    model.initializers.append((name, NamedArray(integers: values, shape: [values.count])))
    return name
  }

  // MARK: Names

  private mutating func emit(
    _ operation: String, _ inputs: [String], _ output: Tensor,
    _ attributes: [String: ONNXModel.Attribute] = [:]
  ) {
    names[ObjectIdentifier(output)] = emit(operation, inputs, attributes)
  }

  /// Adds a node and returns the name of its output.
  mutating func emit(
    _ operation: String, _ inputs: [String], _ attributes: [String: ONNXModel.Attribute] = [:],
    as output: String? = nil
  ) -> String {
    let name = output ?? newName(operation.lowercased())
    model.nodes.append(
      ONNXModel.Node(operation, inputs: inputs, outputs: [name], attributes: attributes))
    return name
  }

  /// Gives an output of the network, `[N, D, values]`, its name.
  private mutating func finish(_ output: Tensor, as name: String) {
    let traced = self.name(output)
    for index in model.nodes.indices {
      model.nodes[index].inputs = model.nodes[index].inputs.map { $0 == traced ? name : $0 }
      model.nodes[index].outputs = model.nodes[index].outputs.map { $0 == traced ? name : $0 }
    }
    model.outputs.append(
      ONNXModel.Value(
        name, .float32, [.any("N"), .fixed(output.shape[1]), .fixed(output.shape[2])]))
  }

  private func name(_ tensor: Tensor) -> String {
    guard let name = names[ObjectIdentifier(tensor)] else {
      preconditionFailure("a tensor of shape \(tensor.shape) that no traced operation made")
    }
    return name
  }

  private mutating func name(of tensor: Tensor) throws -> String {
    if let name = names[ObjectIdentifier(tensor)] { return name }
    let name = newName("constant")
    names[ObjectIdentifier(tensor)] = name
    return name
  }

  /// Names of a step's inputs; constants become initializers.
  private mutating func names(of step: OperationTrace.Step) throws -> [String] {
    var result: [String] = []
    for input in step.inputs {
      if let constant = constants[ObjectIdentifier(input)] {
        result.append(try initializer(constant))
      } else {
        result.append(name(input))
      }
    }
    return result
  }

  mutating func newName(_ kind: String) -> String {
    count += 1
    return "\(kind)_\(count)"
  }
}

extension SSDNetwork {
  /// Returns the network as an ONNX model; see ``ONNXExport``.
  ///
  /// - Parameters:
  ///   - name: of the graph.
  ///   - metadata: what a reader must know besides.
  ///   - decoding: puts decoding and non-maximum suppression into the file; nil leaves them out.
  public func onnxModel(
    name: String, metadata: [String: String], decoding: DetectionDecoder.Configuration? = nil
  ) throws -> ONNXModel {
    try ONNXExport.model(of: self, name: name, metadata: metadata, decoding: decoding)
  }
}
