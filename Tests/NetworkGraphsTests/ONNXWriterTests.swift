import Foundation
import MultiBox
import NetworkGraphs
import Testing

@testable import ModelFiles

/// What ONNX Runtime computes with such files is tested beside LibTorch, with the networks.
struct ONNXWriterTests {
  private static let everyOperation: [(NetworkGraph.Operation, input: [Int], weights: [[Int]])] = [
    (.add, [2, 6, 4], [[1, 2, 1, 1]]),
    (.multiply, [2, 6, 4], [[1, 2, 1, 1]]),
    (
      .convolution(stride: 2, padding: 1, dilation: 3, groups: 2), [2, 6, 5],
      [[4, 1, 3, 3], [4]]
    ),
    (.batchNormalization(epsilon: 0.5), [2, 6, 4], [[2], [2], [2], [2]]),
    (.relu, [2], []),
    (.relu6, [2], []),
    (.hardSwish, [2], []),
    (.hardSigmoid, [2], []),
    (.meanPool, [2, 6, 4], []),
    (.maxPool(kernel: 3, stride: 2, padding: 1, ceilMode: true), [2, 6, 4], []),
    (.upsampleNearest(height: 9, width: 5), [2, 6, 4], []),
    (.normalizeChannels(epsilon: 0.25), [2, 6, 4], []),
    (.permute([0, 2, 3, 1]), [2, 6, 4], []),
    (.reshape([-1, 3]), [2, 6, 4], []),
    (.concatenate(dimension: 2), [2, 6, 4], []),
    (.quantized(ByteGrid(scale: 0.5, isSigned: false)), [2], []),
  ]

  /// An operation as ONNX has it: operators with their inputs and attributes, constants as values.
  private static func expected(_ operation: NetworkGraph.Operation) -> [String] {
    switch operation {
    case .add: ["Add images w0"]
    case .multiply: ["Mul images w0"]
    case .convolution:
      [
        "Conv images w0 w1; dilations=[3, 3] group=2 kernel_shape=[3, 3] pads=[1, 1, 1, 1]"
          + " strides=[2, 2]"
      ]
    case .batchNormalization: ["BatchNormalization images w0 w1 w2 w3; epsilon=0.5"]
    case .relu: ["Relu images"]
    case .relu6: ["Clip images []:0.0 []:6.0"]
    case .hardSwish: ["HardSwish images"]
    case .hardSigmoid: ["HardSigmoid images; alpha=0.16666667 beta=0.5"]
    case .meanPool: ["GlobalAveragePool images"]
    case .maxPool:
      ["MaxPool images; ceil_mode=1 kernel_shape=[3, 3] pads=[1, 1, 1, 1] strides=[2, 2]"]
    case .upsampleNearest:
      [
        "Resize images - [4]:1.0,1.0,1.5,1.25; coordinate_transformation_mode=asymmetric"
          + " mode=nearest nearest_mode=floor"
      ]
    case .normalizeChannels:
      ["ReduceL2 images; axes=[1] keepdims=1", "Max reducel2_1 []:0.25", "Div images max_3"]
    case .permute: ["Transpose images; perm=[0, 2, 3, 1]"]
    case .reshape: ["Reshape images [3]:0,-1,3"]
    case .concatenate: ["Concat images; axis=2"]
    case .quantized:
      ["QuantizeLinear images []:0.5 zero_2", "DequantizeLinear quantizelinear_3 []:0.5 zero_2"]
    case .detections: []
    }
  }

  @Test(arguments: everyOperation.indices)
  func everyOperationIsWritten(index: Int) throws {
    let (operation, input, weights) = Self.everyOperation[index]
    let graph = NetworkGraph.single(operation, input: input, weights: weights)
    let model = try graph.onnxModel()
    #expect(model.nodes.map { line($0, of: model) } == Self.expected(operation))
    #expect(model.nodes.last?.outputs == ["output"])
    let shape = try #require(try graph.outputShape())
    #expect(
      model.outputs
        == [ONNXModel.Value("output", .float32, [.any("N")] + shape.map { .fixed($0) })])
  }

  // 48 / 25 as Float is below 1.92, and 25 times that below 48.
  @Test func sizesTakeThePlaceOfScalesThatFallShort() throws {
    let graph = NetworkGraph.single(.upsampleNearest(height: 48, width: 50), input: [2, 25, 25])
    let model = try graph.onnxModel()
    #expect(
      model.nodes.map { line($0, of: model) } == [
        "Shape images; end=2 start=0", "Concat shape_1 [2]:48,50; axis=0",
        "Resize images - - concat_3; coordinate_transformation_mode=asymmetric mode=nearest"
          + " nearest_mode=floor",
      ])
  }

  @Test func noOperationIsLeftOut() {
    // Detections have a test of their own.
    #expect(Set(Self.everyOperation.map(\.0.name)).count == 16)
  }

  @Test func theFileHoldsTheGraph() throws {
    var graph = NetworkGraph.single(.convolution(), input: [3, 6, 4], weights: [[1, 3, 1, 1]])
    graph.weights["w0"] = NamedArray(shape: [1, 3, 1, 1], floats: [1, -2, 0.5])
    graph.weights["unused"] = NamedArray(shape: [1], floats: [1])
    graph.nodes += [
      .init(.relu6, ["output"], output: "limited"),
      .init(.convolution(), ["images", "w0"], output: "relu6"),
    ]
    graph.outputs = ["limited", "relu6"]
    let path = NSTemporaryDirectory() + "multibox-\(UUID().uuidString).onnx"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try graph.onnxModel(metadata: ["key": "value"]).write(to: path)
    #expect(try ONNXModel.metadata(of: path) == ["key": "value"])

    let file = try ONNXModelProto(serializedBytes: Data(contentsOf: URL(fileURLWithPath: path)))
    #expect(file.opsetImport.map(\.version) == [17])
    #expect(file.graph.name == "test")
    #expect(file.graph.node.map(\.opType) == ["Conv", "Clip", "Conv"])
    #expect(
      file.graph.node.map(\.input)
        == [["images", "w0"], ["conv_1", "constant_2", "constant_3"], ["images", "w0"]])
    #expect(file.graph.node.map(\.output) == [["conv_1"], ["limited"], ["relu6"]])
    // A weight that two nodes use is there once, one that none uses is not.
    #expect(file.graph.initializer.map(\.name) == ["w0", "constant_2", "constant_3"])
    #expect(file.graph.initializer.map(\.dims) == [[1, 3, 1, 1], [], []])
    #expect(
      file.graph.initializer.map(\.rawData)
        == [[1, -2, 0.5], [0], [6]].map { ($0 as [Float]).withUnsafeBytes { Data($0) } })
    func sizes(_ value: ONNXValueInfoProto) -> [String] {
      value.type.tensorType.shape.dim.map { $0.dimParam.isEmpty ? "\($0.dimValue)" : $0.dimParam }
    }
    #expect(file.graph.input.map(\.name) == ["images"])
    #expect(file.graph.input.map(sizes) == [["N", "3", "6", "4"]])
    #expect(file.graph.output.map(\.name) == ["limited", "relu6"])
    #expect(file.graph.output.map(sizes) == [["N", "1", "6", "4"], ["N", "1", "6", "4"]])
  }

  @Test func namesInBetweenNeverMeetThoseOfTheGraph() throws {
    var graph = NetworkGraph.single(.multiply, input: [2], weights: [[2]])
    graph.weights["mul_1"] = graph.weights["w0"]
    graph.nodes += [
      .init(.multiply, ["output", "mul_1"], output: "relu_3"),
      .init(.relu, ["relu_3"], output: "relu_4"),
    ]
    graph.outputs = ["relu_4"]
    let model = try graph.onnxModel()
    #expect(model.nodes.map(\.inputs) == [["images", "w0"], ["mul_2", "mul_1"], ["mul_3"]])
    #expect(model.nodes.map(\.outputs) == [["mul_2"], ["mul_3"], ["relu_4"]])
  }

  // Numbers by hand from the boxes (.25, .5, .5, .25) and (.75, .5, .125, 1) and the variances.
  @Test(arguments: [ScoreFunction.softmax, .sigmoid, .identity], [1, 2])
  func detectionsAreDecodedAndSuppressed(function: ScoreFunction, candidates: Int) throws {
    var graph = NetworkGraph(
      name: "test", inputs: [.init("l", shape: [2, 3]), .init("o", shape: [2, 4])],
      nodes: [
        .init(.relu, ["l"], output: "logits"), .init(.relu, ["o"], output: "offsets"),
        .init(.relu, ["o"], output: "unused"),
      ],
      outputs: ["logits", "offsets", "unused"])
    graph = graph.endingWithDetections(
      logits: "logits", offsets: "offsets", output: "detections",
      defaultBoxes: try twoDefaultBoxes(),
      DetectionDecoder.Configuration(
        scoreThreshold: 0.5, candidatesPerClass: candidates,
        suppression: NonMaximumSuppression(iouThreshold: 0.25), maximumDetections: 9,
        boxCoder: BoxCoder(centerVariance: 0.25, sizeVariance: 0.125, maximumSizeOffset: 2),
        scoreFunction: function)
    ).removingUnused()
    let model = try graph.onnxModel()
    #expect(model.outputs == [ONNXModel.Value("detections", .float32, [.any("M"), .fixed(7)])])
    #expect(model.inputs.map(\.name) == ["l", "o"])
    let lines = model.nodes.map { line($0, of: model) }
    let operators = model.nodes.map(\.operation)
    let scores = ["Softmax", "Sigmoid"].filter(operators.contains)
    switch function {
    case .softmax: #expect(scores == ["Softmax"])
    case .sigmoid: #expect(scores == ["Sigmoid"])
    case .identity: #expect(scores == [])
    }
    // The best of each class are cut out only where there are more.
    #expect(operators.contains("TopK") == (candidates == 1))
    #expect(lines.contains { $0.hasSuffix("[1]:1; axis=2") } == (candidates == 1))
    #expect(
      lines.contains { $0.hasPrefix("Mul") && $0.hasSuffix("[1, 2, 2]:0.125,0.0625,0.03125,0.25") })
    #expect(lines.contains { $0.hasPrefix("Add") && $0.hasSuffix("[1, 2, 2]:0.25,0.5,0.75,0.5") })
    #expect(lines.contains { $0.hasPrefix("Mul") && $0.hasSuffix("[]:0.125") })
    #expect(lines.contains { $0.hasPrefix("Min") && $0.hasSuffix("[]:2.0") })
    let half = lines.filter { $0.hasPrefix("Mul") && $0.contains(" exp_") }
    #expect(half.count == 1 && half[0].hasSuffix("[1, 2, 2]:0.25,0.125,0.0625,0.5"))
    let suppression = lines.filter { $0.hasPrefix("NonMaxSuppression") }
    #expect(suppression.count == 1 && suppression[0].hasSuffix("[1]:9 [1]:0.25 [1]:0.49999997"))
    #expect(model.nodes.last?.outputs == ["detections"])
  }

  private func line(_ node: ONNXModel.Node, of model: ONNXModel) -> String {
    let inputs = node.inputs.map { name -> String in
      guard let array = model.initializers.first(where: { $0.name == name })?.array,
        name.hasPrefix("constant_") || name.hasPrefix("integers_")
      else { return name.isEmpty ? "-" : name }
      let values =
        array.elementType == .int64
        ? array.bytes.withUnsafeBytes { bytes in
          (0..<array.elementCount).map {
            "\(bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self))"
          }
        } : ((try? array.floats()) ?? []).map { "\($0)" }
      return "\(array.shape):" + values.joined(separator: ",")
    }
    let attributes = node.attributes.sorted { $0.key < $1.key }.map { name, value in
      switch value {
      case .integer(let number): "\(name)=\(number)"
      case .integers(let numbers): "\(name)=\(numbers)"
      case .float(let number): "\(name)=\(number)"
      case .string(let text): "\(name)=\(text)"
      }
    }
    let line = ([node.operation] + inputs).joined(separator: " ")
    return attributes.isEmpty ? line : line + "; " + attributes.joined(separator: " ")
  }
}
