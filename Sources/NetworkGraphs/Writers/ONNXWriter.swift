import ModelFiles

extension NetworkGraph {
  /// Returns the graph as an ONNX model of operator set 17.
  ///
  /// Inputs, outputs and weights keep their names; values in between are named and numbered by
  /// ONNX's operators, because some operations are several of them. Weights that no node uses are
  /// not written.
  ///
  /// - Parameters:
  ///   - metadata: goes into the file as it is.
  ///   - batch: N, from 1; nil leaves it free, which most converters of ONNX refuse.
  /// - Throws: ``NetworkGraphError`` for a graph with a fault.
  public func onnxModel(
    metadata: [String: String] = [:], batch: Int? = nil
  ) throws(NetworkGraphError) -> ONNXModel {
    precondition(batch ?? 1 > 0, "\(batch ?? 0) images")
    var writer = ONNXWriter(self, shapes: try shapes(), batch: batch)
    for node in nodes { writer.add(node) }
    writer.model.metadata = metadata
    return writer.model
  }
}

/// Turns a graph that has been checked into ONNX's operators, node by node.
struct ONNXWriter {
  var model: ONNXModel
  private let graph: NetworkGraph
  private let shapes: [String: [Int]]
  /// N, where it is fixed.
  private let batch: Int?
  /// What the graph's values are called in the model.
  private var names: [String: String] = [:]
  /// What the weights that are written are called for nodes: those with factors have two names.
  private var weightNames: [String: String] = [:]
  /// Names that values in between must not get.
  private let takenNames: Set<String>
  private var count = 0

  init(_ graph: NetworkGraph, shapes: [String: [Int]], batch: Int? = nil) {
    self.graph = graph
    self.shapes = shapes
    self.batch = batch
    model = ONNXModel(name: graph.name)
    let inputs = graph.inputs.map(\.name)
    takenNames = Set(graph.weights.keys).union(inputs).union(graph.outputs)
    for name in inputs { names[name] = name }
    let rows = batch.map(ONNXModel.Value.Dimension.fixed) ?? .any("N")
    model.inputs = inputs.map { value($0, rows: rows) }
    model.outputs = graph.outputs.map { name in
      let node = graph.nodes.first { $0.output == name }
      if case .detections = node?.operation { return value(name, rows: .any("M")) }
      return value(name, rows: rows)
    }
  }

  private func value(
    _ name: String, rows: ONNXModel.Value.Dimension
  ) -> ONNXModel.Value {
    ONNXModel.Value(
      name, .float32,
      [rows] + shapes[name, default: []].map { ONNXModel.Value.Dimension.fixed($0) })
  }

  mutating func add(_ node: NetworkGraph.Node) {
    let inputs = node.inputs.map { self.name(of: $0) }
    let output = graph.outputs.contains(node.output) ? node.output : nil
    names[node.output] = write(node, inputs, as: output)
  }

  /// Returns the name of the last operator's output.
  private mutating func write(
    _ node: NetworkGraph.Node, _ inputs: [String], as output: String?
  ) -> String {
    func shape(_ index: Int) -> [Int] {
      let name = node.inputs[index]
      return graph.weights[name]?.shape ?? shapes[name, default: []]
    }
    switch node.operation {
    case .add: return emit("Add", inputs, as: output)
    case .multiply: return emit("Mul", inputs, as: output)
    case .convolution(let stride, let padding, let dilation, let groups):
      return emit(
        "Conv", inputs,
        [
          "kernel_shape": .integers(Array(shape(1).suffix(2))),
          "strides": .integers([stride, stride]),
          "pads": .integers([padding, padding, padding, padding]),
          "dilations": .integers([dilation, dilation]), "group": .integer(groups),
        ], as: output)
    case .batchNormalization(let epsilon):
      return emit("BatchNormalization", inputs, ["epsilon": .float(Float(epsilon))], as: output)
    case .relu: return emit("Relu", inputs, as: output)
    case .relu6: return emit("Clip", [inputs[0], constant([0], []), constant([6], [])], as: output)
    case .hardSwish: return emit("HardSwish", inputs, as: output)
    case .hardSigmoid:
      return emit(
        "HardSigmoid", inputs, ["alpha": .float(1 / 6), "beta": .float(0.5)], as: output)
    case .meanPool: return emit("GlobalAveragePool", inputs, as: output)
    case .maxPool(let kernel, let stride, let padding, let ceilMode):
      return emit(
        "MaxPool", inputs,
        [
          "kernel_shape": .integers([kernel, kernel]), "strides": .integers([stride, stride]),
          "pads": .integers([padding, padding, padding, padding]),
          "ceil_mode": .integer(ceilMode ? 1 : 0),
        ], as: output)
    case .upsampleNearest(let height, let width):
      let map = shape(0)
      let scales = [1, 1, Float(height) / Float(map[1]), Float(width) / Float(map[2])]
      // Readers round H · scale down: 25 · 1.92 is 47 where the scale's last bit is missing. Sizes
      // are exact, but N has to be asked for.
      let isExact = zip([map[1], map[2]], zip(scales[2...], [height, width])).allSatisfy {
        Int(Double($0) * Double($1.0)) == $1.1
      }
      let extents: [String]
      if isExact {
        extents = [constant(scales, [4])]
      } else if let batch {
        extents = ["", integers([batch, map[0], height, width])]
      } else {
        let kept = emit("Shape", [inputs[0]], ["start": .integer(0), "end": .integer(2)])
        extents = ["", emit("Concat", [kept, integers([height, width])], ["axis": .integer(0)])]
      }
      return emit(
        "Resize", [inputs[0], ""] + extents,
        [
          "mode": .string("nearest"), "coordinate_transformation_mode": .string("asymmetric"),
          "nearest_mode": .string("floor"),
        ], as: output)
    case .normalizeChannels(let epsilon):
      let norm = emit("ReduceL2", inputs, ["axes": .integers([1]), "keepdims": .integer(1)])
      let limited = emit("Max", [norm, constant([Float(epsilon)], [])])
      return emit("Div", [inputs[0], limited], as: output)
    case .permute(let order):
      return emit("Transpose", inputs, ["perm": .integers(order)], as: output)
    case .reshape(let sizes):
      // 0 copies the size, so that the number of images stays free.
      return emit("Reshape", [inputs[0], integers([0] + sizes)], as: output)
    case .concatenate(let dimension):
      return emit("Concat", inputs, ["axis": .integer(dimension)], as: output)
    case .quantized(let grid):
      let scale = constant([grid.scale], [])
      let zero = newName("zero")
      model.initializers.append(
        (
          zero,
          NamedArray(
            elementType: grid.isSigned ? .int8 : .uint8, shape: [], numbers: [0 as UInt8])
        ))
      let bytes = emit("QuantizeLinear", [inputs[0], scale, zero])
      return emit("DequantizeLinear", [bytes, scale, zero], as: output)
    case .detections(let configuration, let defaultBoxes):
      return detections(
        logits: inputs[0], offsets: inputs[1], defaultBoxes, configuration, as: output)
    }
  }

  /// The model's name of a value, or of a weight, which is written when it is first asked for.
  private mutating func name(of input: String) -> String {
    guard let weight = graph.weights[input] else { return names[input, default: input] }
    if let name = weightNames[input] { return name }
    model.initializers.append((input, weight))
    var name = input
    if let scales = graph.rowScales[input] {
      name = emit(
        "DequantizeLinear", [input, constant(scales, [scales.count])], ["axis": .integer(0)])
    }
    weightNames[input] = name
    return name
  }

  // MARK: Operators

  /// Adds a node and returns the name of its output.
  mutating func emit(
    _ operation: String, _ inputs: [String], _ attributes: [String: ONNXModel.Attribute] = [:],
    as output: String? = nil
  ) -> String {
    let name = newName(operation.lowercased())
    model.nodes.append(
      ONNXModel.Node(
        operation, inputs: inputs, outputs: [output ?? name], attributes: attributes))
    return output ?? name
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

  mutating func newName(_ kind: String) -> String {
    var name: String
    repeat {
      count += 1
      name = "\(kind)_\(count)"
    } while takenNames.contains(name)
    return name
  }
}
