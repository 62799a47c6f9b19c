import ModelFiles
import NetworkGraphs
import Testing

struct NetworkGraphTests {
  // By hand, from the rules at the operations.
  @Test(
    arguments: [
      (.relu, [5, 6], [], [5, 6]),
      (.relu6, [5], [], [5]),
      (.hardSwish, [2, 3, 4], [], [2, 3, 4]),
      (.hardSigmoid, [2, 3, 4], [], [2, 3, 4]),
      (.add, [2, 3, 4], [[1, 2, 1, 1]], [2, 3, 4]),
      (.multiply, [2, 1, 1], [[3, 4]], [2, 3, 4]),
      (.multiply, [2, 3, 4], [[]], [2, 3, 4]),
      // ⌊(7 + 2 − 2·2 − 1) / 2⌋ + 1 = 3; ⌊(8 + 2 − 5) / 2⌋ + 1 = 3.
      (
        .convolution(stride: 2, padding: 1, dilation: 2, groups: 1), [3, 7, 8],
        [[6, 3, 3, 3], [6]], [6, 3, 3]
      ),
      (.convolution(groups: 3), [3, 5, 4], [[6, 1, 1, 1]], [6, 5, 4]),
      (.batchNormalization(epsilon: 0), [3, 5, 4], [[3], [3], [3], [3]], [3, 5, 4]),
      (.meanPool, [3, 5, 4], [], [3, 1, 1]),
      // (5 − 2) / 2 = 1.5: two windows, or three; of three for a width of 4 the last has no rest.
      (.maxPool(kernel: 2, stride: 2, padding: 0, ceilMode: false), [3, 5, 4], [], [3, 2, 2]),
      (.maxPool(kernel: 2, stride: 2, padding: 0, ceilMode: true), [3, 5, 4], [], [3, 3, 2]),
      // (4 + 2 − 2) / 3 = 1.3: a third window would begin at pixel 2 · 3 − 1 of 4, behind the map.
      (.maxPool(kernel: 2, stride: 3, padding: 1, ceilMode: true), [1, 3, 4], [], [1, 2, 2]),
      (.maxPool(kernel: 2, stride: 4, padding: 1, ceilMode: true), [1, 3, 3], [], [1, 1, 1]),
      (.upsampleNearest(height: 7, width: 9), [3, 5, 4], [], [3, 7, 9]),
      (.normalizeChannels(epsilon: 1), [3, 5, 4], [], [3, 5, 4]),
      (.permute([0, 2, 3, 1]), [3, 5, 4], [], [5, 4, 3]),
      (.reshape([-1, 6]), [3, 5, 4], [], [10, 6]),
      (.reshape([60]), [3, 5, 4], [], [60]),
    ] as [(NetworkGraph.Operation, [Int], [[Int]], [Int])])
  func shapesFollowTheRules(
    operation: NetworkGraph.Operation, input: [Int], weights: [[Int]], expected: [Int]
  ) throws {
    let graph = NetworkGraph.single(operation, input: input, weights: weights)
    #expect(try graph.outputShape() == expected)
  }

  @Test func severalValuesMakeOne() throws {
    var graph = NetworkGraph(
      name: "test",
      inputs: [.init("a", shape: [2, 3]), .init("b", shape: [5, 3]), .init("c", shape: [2, 1])],
      nodes: [
        .init(.concatenate(dimension: 1), ["a", "b", "a"], output: "long"),
        .init(.add, ["a", "c"], output: "sum"),
      ],
      outputs: ["long", "sum"])
    let shapes = try graph.shapes()
    #expect(shapes == ["a": [2, 3], "b": [5, 3], "c": [2, 1], "long": [9, 3], "sum": [2, 3]])
    graph.nodes[0].operation = .concatenate(dimension: 2)
    #expect(message(graph) == "input b: expected [2, 3], any size in dimension 2, found [5, 3]")
  }

  @Test func detectionsNeedTheirDefaultBoxes() throws {
    var graph = NetworkGraph(
      name: "test", inputs: [.init("logits", shape: [2, 4]), .init("offsets", shape: [2, 4])]
    ).endingWithDetections(
      logits: "logits", offsets: "offsets", output: "detections",
      defaultBoxes: try twoDefaultBoxes(), .init())
    #expect(try graph.outputShape() == [7])
    graph.inputs[0].shape = [3, 4]
    #expect(message(graph) == "input logits: expected [2, K], K from 2, found [3, 4]")
    graph.inputs[0].shape = [2, 4]
    graph.inputs[1].shape = [2, 3]
    #expect(message(graph) == "input offsets: expected [2, 4], found [2, 3]")
  }

  @Test(
    arguments: [
      (
        .convolution(), [3, 5, 4], [[6, 2, 3, 3]],
        "input w0: expected [C′, 3, k, k], C′ a multiple of 1, found [6, 2, 3, 3]"
      ),
      (
        .convolution(), [3, 5, 4], [[6, 3, 3, 2]],
        "input w0: expected [C′, 3, k, k], C′ a multiple of 1, found [6, 3, 3, 2]"
      ),
      (.convolution(), [5, 4], [[6, 3, 3, 3]], "input images: expected [C, H, W], found [5, 4]"),
      (.convolution(), [3, 5, 4], [[6, 3, 3, 3], [5]], "input w1: expected [6], found [5]"),
      (
        .convolution(), [3, 5, 2], [[6, 3, 3, 3]],
        "input images: expected a map of 3 pixels or more each way, found [3, 5, 2]"
      ),
      (.convolution(), [3, 5, 4], [], "inputs: expected 2 to 3, found 1"),
      (
        .convolution(stride: 0), [3, 5, 4], [[6, 3, 3, 3]], "stride: expected at least 1, found 0"
      ),
      (
        .convolution(groups: 0), [3, 5, 4], [[6, 3, 3, 3]], "groups: expected at least 1, found 0"
      ),
      (
        .convolution(groups: 2), [3, 5, 4], [[6, 1, 3, 3]],
        "input images: expected a number of channels that 2 groups share, found [3, 5, 4]"
      ),
      (
        .convolution(groups: 3), [3, 5, 4], [[5, 1, 3, 3]],
        "input w0: expected [C′, 1, k, k], C′ a multiple of 3, found [5, 1, 3, 3]"
      ),
      (
        .batchNormalization(epsilon: 0), [3, 5, 4], [[3], [3], [2], [3]],
        "input w2: expected [3], found [2]"
      ),
      (.batchNormalization(epsilon: 0), [3, 5, 4], [[3]], "inputs: expected 5, found 2"),
      (.add, [3, 5, 4], [[3]], "input w0: expected sizes of [3, 5, 4], or 1, found [3]"),
      (.add, [3], [[2, 3]], "input w0: expected sizes of [3], or 1, found [2, 3]"),
      (
        .maxPool(kernel: 0, stride: 1, padding: 0, ceilMode: true), [3, 5, 4], [],
        "kernel: expected at least 1, found 0"
      ),
      (
        .upsampleNearest(height: 0, width: 1), [3, 5, 4], [], "height: expected at least 1, found 0"
      ),
      (.permute([1, 0]), [3], [], "order: expected 0, then 1 to 1 in any order, found [1, 0]"),
      (
        .permute([0, 1, 1]), [3, 4], [],
        "order: expected 0, then 1 to 2 in any order, found [0, 1, 1]"
      ),
      (
        .reshape([-1, 7]), [3, 5], [], "input images: expected elements for [-1, 7], found [3, 5]"
      ),
      (.reshape([3, 4]), [3, 5], [], "input images: expected elements for [3, 4], found [3, 5]"),
      (
        .reshape([-1, -1]), [3, 5], [],
        "sizes: expected sizes from 1, one −1 at most, found [-1, -1]"
      ),
      (.reshape([0]), [3, 5], [], "sizes: expected sizes from 1, one −1 at most, found [0]"),
      (.concatenate(dimension: 0), [3], [], "dimension: expected 1 to 1, found 0"),
      (.concatenate(dimension: 1), [3], [[3]], "input w0: expected a value, found a weight"),
      (.concatenate(dimension: 1), [], [], "dimension: expected 1 to 0, found 1"),
      (.relu, [3], [[3]], "inputs: expected 1, found 2"),
    ] as [(NetworkGraph.Operation, [Int], [[Int]], String)])
  func whatDoesNotFitIsNamed(
    operation: NetworkGraph.Operation, input: [Int], weights: [[Int]], expected: String
  ) {
    let graph = NetworkGraph.single(operation, input: input, weights: weights)
    #expect(message(graph) == expected)
    // Nothing may read a graph without noticing.
    let error = #expect(throws: NetworkGraphError.self) { try graph.onnxModel() }
    #expect(error?.node == "output")
    #expect(error?.description == "graph test, node output (\(operation.name)): \(expected)")
    #expect(throws: NetworkGraphError.self) { try graph.foldingNormalizations() }
  }

  @Test func weightsAreNoValuesAndValuesNoWeights() {
    var graph = NetworkGraph.single(.convolution(), input: [3, 5, 4], weights: [[6, 3, 3, 3]])
    graph.nodes[0].inputs = ["images", "images"]
    #expect(message(graph) == "input images: expected a weight, found a value")
    graph.nodes[0].inputs = ["w0", "w0"]
    #expect(message(graph) == "input w0: expected a value, found a weight")
    graph.nodes[0] = .init(.concatenate(dimension: 1), [], output: "output")
    #expect(message(graph) == "inputs: expected 1 or more, found 0")
    graph.nodes[0] = .init(.add, ["w0", "w0"], output: "output")
    #expect(message(graph) == "input w0: expected a value, found a weight")
  }

  @Test func missingNamesAndSecondOnesAreNamed() throws {
    var graph = NetworkGraph.single(.relu, input: [3])
    graph.nodes[0].inputs = ["later"]
    graph.nodes.append(.init(.relu, ["images"], output: "later"))
    #expect(
      try #require(error(graph)).description == """
        graph test, node output (relu): input later: not among inputs, weights and what earlier \
        nodes give
        """)
    graph.nodes.reverse()
    #expect(error(graph) == nil)
    graph.outputs.append("other")
    #expect(try #require(error(graph)).description == "graph test: output other: no node gives it")

    graph = .single(.relu, input: [3])
    graph.nodes.append(.init(.relu, ["images"], output: "output"))
    #expect(message(graph) == "output: a second value of this name")
    graph.nodes[1].output = "images"
    #expect(message(graph) == "images: a second value of this name")
    graph.nodes[1].output = "w"
    graph.weights["w"] = NamedArray(shape: [1], floats: [0])
    #expect(message(graph) == "w: a second value of this name")
    graph = .single(.relu, input: [3])
    graph.inputs.append(.init("images", shape: [3]))
    #expect(
      try #require(error(graph)).description == "graph test: images: a second value of this name")
  }

  private func error(_ graph: NetworkGraph) -> NetworkGraphError? {
    do throws(NetworkGraphError) {
      _ = try graph.shapes()
      return nil
    } catch {
      return error
    }
  }

  private func message(_ graph: NetworkGraph) -> String? { error(graph)?.reason.description }
}
