import ModelFiles
import MultiBox

extension NetworkGraph {
  /// What becomes of a graph's detections in a Core ML package.
  public enum CoreMLDetections: Hashable, Sendable {
    /// Core ML's own suppression finds them, with a name for each class: the form that Vision and
    /// Xcode know.
    case suppressed(classNames: [String])
    /// The package ends before the suppression, with `scores`, `[1, D, K]`, the background first,
    /// and `boxes`, `[1, D, 4]`: xMin, yMin, xMax, yMax in shares of the image, not cut to it.
    /// `DetectionDecoder` with `ScoreFunction.identity` goes on from there.
    case raw
  }

  /// Returns the graph as a Core ML package that takes one image.
  ///
  /// The graph's input becomes the image ``CoreMLNames/image``, and (grey level − mean) / deviation
  /// the program's first operations: Core ML's own preprocessing knows one scale for all channels.
  /// Names of weights and values become MIL's, in which a point is `_`.
  ///
  /// Core ML's suppression is behind `suppressed` and not what `DetectionDecoder` does in these
  /// points. A box has one class, its best; others of the same box are not found. Each class may
  /// have any number of candidates, and the image any number of detections. Vision takes the sum of
  /// a row of confidences for the confidence of any object, and wants it not above 1: a softmax
  /// without its background is so; of sigmoids each row has its best class alone, and equal best
  /// ones share what is above 1. Boxes without area in the image have no confidence. And behind a
  /// program the suppression is reported to give wrong boxes or none for many numbers of classes,
  /// not for multiples of 80, so that classes are filled up to such a number with ones that never
  /// have a confidence.
  ///
  /// - Parameters:
  ///   - mean: of red, green and blue, in grey levels.
  ///   - standardDeviation: divisor of red, green and blue, in grey levels.
  ///   - detections: what becomes of them where the graph ends with `detections`; of another graph
  ///     the outputs are the package's.
  ///   - summary: what the package is, in a line for people.
  ///   - metadata: goes into the package as it is.
  /// - Throws: ``NetworkGraphError`` for a graph with a fault.
  /// - Precondition: the graph has one input, `[3, H, W]`; class names are as many as classes.
  public func coreMLPackage(
    mean: [Float], standardDeviation: [Float], detections: CoreMLDetections = .raw,
    summary: String = "", metadata: [String: String] = [:]
  ) throws(NetworkGraphError) -> CoreMLPackage {
    let shapes = try shapes()
    precondition(
      inputs.count == 1 && inputs[0].shape.count == 3 && inputs[0].shape[0] == 3,
      "inputs \(inputs.map(\.shape))")
    precondition(mean.count == 3 && standardDeviation.count == 3, "\(mean), \(standardDeviation)")
    var writer = CoreMLWriter(self, shapes: shapes, detections: detections)
    writer.addInput(inputs[0], mean: mean, standardDeviation: standardDeviation)
    for node in nodes { try writer.add(node) }
    writer.addOutputs()
    return CoreMLPackage(
      summary: summary,
      image: CoreMLPackage.Image(
        CoreMLNames.image, width: inputs[0].shape[2], height: inputs[0].shape[1]),
      program: writer.program, suppression: writer.suppression, metadata: metadata)
  }
}

/// The names of inputs and outputs of a Core ML package.
public enum CoreMLNames {
  /// The input, an image.
  public static let image = "image"
  /// The output of raw scores, `[1, D, K]`.
  public static let scores = "scores"
  /// The output of raw boxes, `[1, D, 4]`.
  public static let boxes = "boxes"
}

/// Turns a graph that has been checked into operations of MIL, node by node, for one image.
struct CoreMLWriter {
  var program = CoreMLProgram()
  var suppression: CoreMLPackage.Suppression?
  let detections: NetworkGraph.CoreMLDetections
  private let graph: NetworkGraph
  private let shapes: [String: [Int]]
  /// The graph's values in the program, with their shapes there.
  private var values: [String: CoreMLProgram.Value] = [:]
  private var takenNames: Set<String> = [
    CoreMLNames.image, CoreMLNames.scores, CoreMLNames.boxes, Self.confidencesName,
    Self.coordinatesName,
  ]

  init(
    _ graph: NetworkGraph, shapes: [String: [Int]], detections: NetworkGraph.CoreMLDetections
  ) {
    self.graph = graph
    self.shapes = shapes
    self.detections = detections
    takenNames.formUnion(graph.outputs.map(Self.identifier))
  }

  mutating func addInput(
    _ input: NetworkGraph.Value, mean: [Float], standardDeviation: [Float]
  ) {
    let image = CoreMLProgram.Value(CoreMLNames.image, shape: [1] + input.shape)
    let centred = emit("sub", ["x": .value(image.name), "y": channels("mean", mean)], image.shape)
    values[input.name] = emit(
      "real_div", ["x": .value(centred.name), "y": channels("deviation", standardDeviation)],
      image.shape)
  }

  private mutating func channels(
    _ name: String, _ levels: [Float]
  ) -> CoreMLProgram.Argument {
    .value(constant(name, NamedArray(shape: [1, 3, 1, 1], floats: levels)).name)
  }

  /// The graph's outputs become the program's, unless detections have set those.
  mutating func addOutputs() {
    guard program.outputs.isEmpty else { return }
    program.outputs = graph.outputs.compactMap { values[$0]?.name }
  }

  mutating func add(_ node: NetworkGraph.Node) throws(NetworkGraphError) {
    if case .quantized = node.operation { throw graph.error(.notInFormat("Core ML"), at: node) }
    var inputs: [CoreMLProgram.Value] = []
    for name in node.inputs { inputs.append(try value(of: name, at: node)) }
    let shape = [1] + shapes[node.output, default: []]
    if case .detections(let configuration, let defaultBoxes) = node.operation {
      addDetections(logits: inputs[0], offsets: inputs[1], defaultBoxes, configuration)
      return
    }
    values[node.output] = write(
      node.operation, inputs, shape,
      as: graph.outputs.contains(node.output) ? Self.identifier(node.output) : nil)
  }

  /// The program's value of an input of a node, or of a weight, which is written when it is first
  /// asked for.
  private mutating func value(
    of name: String, at node: NetworkGraph.Node
  ) throws(NetworkGraphError) -> CoreMLProgram.Value {
    if let value = values[name] { return value }
    // Checked before: a name without a value is a weight.
    guard let weight = graph.weights[name] else { throw graph.error(.missingInput(name), at: node) }
    do throws(NamedArray.ConversionError) {
      let array = NamedArray(shape: weight.shape, floats: try weight.floats())
      let value = constant(name, array)
      values[name] = value
      return value
    } catch {
      throw graph.error(.elementType(weight: name, found: error.found.rawValue), at: node)
    }
  }

  // The shapes of the graph are what MIL's rules give as well; coremltools compares them in the
  // tests.
  private mutating func write(
    _ operation: NetworkGraph.Operation, _ inputs: [CoreMLProgram.Value], _ shape: [Int],
    as name: String?
  ) -> CoreMLProgram.Value {
    let x = CoreMLProgram.Argument.value(inputs[0].name)
    switch operation {
    case .add: return emit("add", ["x": x, "y": .value(inputs[1].name)], shape, as: name)
    case .multiply: return emit("mul", ["x": x, "y": .value(inputs[1].name)], shape, as: name)
    case .convolution(let stride, let padding, let dilation, let groups):
      var arguments: [String: CoreMLProgram.Argument] = [
        "x": x, "weight": .value(inputs[1].name),
        "strides": .constant(.integers([stride, stride])),
        "pad_type": .constant(.string("custom")),
        "pad": .constant(.integers([padding, padding, padding, padding])),
        "dilations": .constant(.integers([dilation, dilation])),
        "groups": .constant(.integer(groups)),
      ]
      if inputs.count == 3 { arguments["bias"] = .value(inputs[2].name) }
      return emit("conv", arguments, shape, as: name)
    case .batchNormalization(let epsilon):
      return emit(
        "batch_norm",
        [
          "x": x, "gamma": .value(inputs[1].name), "beta": .value(inputs[2].name),
          "mean": .value(inputs[3].name), "variance": .value(inputs[4].name),
          "epsilon": .constant(.float(Float(epsilon))),
        ], shape, as: name)
    case .relu: return emit("relu", ["x": x], shape, as: name)
    case .relu6: return emit("relu6", ["x": x], shape, as: name)
    case .hardSigmoid: return hardSigmoid(x, shape, as: name)
    case .hardSwish:
      let gate = hardSigmoid(x, shape)
      return emit("mul", ["x": x, "y": .value(gate.name)], shape, as: name)
    case .meanPool:
      return emit(
        "reduce_mean",
        ["x": x, "axes": .constant(.integers([2, 3])), "keep_dims": .constant(.bool(true))],
        shape, as: name)
    case .maxPool(let kernel, let stride, let padding, let ceilMode):
      return emit(
        "max_pool",
        [
          "x": x, "kernel_sizes": .constant(.integers([kernel, kernel])),
          "strides": .constant(.integers([stride, stride])),
          "pad_type": .constant(.string("custom")),
          "pad": .constant(.integers([padding, padding, padding, padding])),
          "ceil_mode": .constant(.bool(ceilMode)),
        ], shape, as: name)
    case .upsampleNearest(let height, let width):
      return upsampled(inputs[0], height: height, width: width, as: name)
    case .normalizeChannels(let epsilon):
      let one = [shape[0], 1] + shape[2...]
      let norm = emit(
        "reduce_l2_norm",
        ["x": x, "axes": .constant(.integers([1])), "keep_dims": .constant(.bool(true))], one)
      let limited = emit(
        "maximum", ["x": .value(norm.name), "y": .constant(.float(Float(epsilon)))], one)
      return emit("real_div", ["x": x, "y": .value(limited.name)], shape, as: name)
    case .permute(let order):
      return emit("transpose", ["x": x, "perm": .constant(.integers(order))], shape, as: name)
    case .reshape:
      return emit("reshape", ["x": x, "shape": .constant(.integers(shape))], shape, as: name)
    case .concatenate(let dimension):
      return emit(
        "concat",
        [
          "values": .values(inputs.map(\.name)), "axis": .constant(.integer(dimension)),
          "interleave": .constant(.bool(false)),
        ], shape, as: name)
    // Refused before, or written elsewhere.
    case .detections, .quantized: return inputs[0]
    }
  }

  private mutating func hardSigmoid(
    _ x: CoreMLProgram.Argument, _ shape: [Int], as name: String? = nil
  ) -> CoreMLProgram.Value {
    emit(
      "sigmoid_hard",
      ["x": x, "alpha": .constant(.float(1 / 6)), "beta": .constant(.float(0.5))], shape, as: name)
  }

  /// By a whole factor, else row by row and column by column: where other factors are rounded is
  /// not written down anywhere.
  private mutating func upsampled(
    _ map: CoreMLProgram.Value, height: Int, width: Int, as name: String?
  ) -> CoreMLProgram.Value {
    let (channels, rows, columns) = (map.shape[1], map.shape[2], map.shape[3])
    let shape = [1, channels, height, width]
    if height % rows == 0, width % columns == 0 {
      return emit(
        "upsample_nearest_neighbor",
        [
          "x": .value(map.name),
          "scale_factor_height": .constant(.integer(height / rows)),
          "scale_factor_width": .constant(.integer(width / columns)),
        ], shape, as: name)
    }
    func sources(_ count: Int, of size: Int) -> CoreMLProgram.Argument {
      .constant(.integers((0..<count).map { $0 * size / count }))
    }
    let high = emit(
      "gather",
      [
        "x": .value(map.name), "indices": sources(height, of: rows), "axis": .constant(.integer(2)),
      ], [1, channels, height, columns])
    return emit(
      "gather",
      [
        "x": .value(high.name), "indices": sources(width, of: columns),
        "axis": .constant(.integer(3)),
      ], shape, as: name)
  }

  // MARK: Operations

  /// Adds an operation and returns what it gives.
  mutating func emit(
    _ kind: String, _ arguments: [String: CoreMLProgram.Argument], _ shape: [Int],
    elementType: NamedArray.ElementType = .float32, as name: String? = nil
  ) -> CoreMLProgram.Value {
    let value = CoreMLProgram.Value(
      name ?? newName(kind), shape: shape, elementType: elementType)
    program.operations.append(CoreMLProgram.Operation(kind, arguments, output: value))
    return value
  }

  mutating func constant(_ name: String, _ array: NamedArray) -> CoreMLProgram.Value {
    let value = CoreMLProgram.Value(newName(name), shape: array.shape)
    program.constants.append((value.name, array))
    return value
  }

  /// The name as MIL has it, with a number where something else has it already.
  private mutating func newName(_ name: String) -> String {
    let identifier = Self.identifier(name)
    var candidate = identifier
    var number = 1
    while !takenNames.insert(candidate).inserted {
      number += 1
      candidate = "\(identifier)_\(number)"
    }
    return candidate
  }

  /// Letters, digits and `_`, of which a digit is not the first.
  private static func identifier(_ name: String) -> String {
    let characters = name.map { character -> Character in
      character.isASCII && (character.isLetter || character.isNumber) ? character : "_"
    }
    return characters.first.map { $0.isNumber || $0 == "_" } ?? true
      ? "value_\(String(characters))" : String(characters)
  }
}
