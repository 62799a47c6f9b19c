import Foundation
import ModelFiles
import NetworkGraphs
import Testing

struct QuantizationTests {
  /// images [2, 4, 4] → 3 × 3 → ReLU6 → depthwise 3 × 3 → sum with itself's input, → 1 × 1 → head.
  private func network() -> NetworkGraph {
    func weight(_ shape: [Int], _ factor: Float) -> NamedArray {
      let count = shape.reduce(1, *)
      return NamedArray(
        shape: shape, floats: (0..<count).map { Float(($0 * 7) % 11 - 5) * factor })
    }
    return NetworkGraph(
      name: "test", inputs: [.init("images", shape: [2, 4, 4])],
      nodes: [
        .init(.convolution(padding: 1), ["images", "a.weight", "a.bias"], output: "a"),
        .init(.relu6, ["a"], output: "limited"),
        .init(.convolution(padding: 1, groups: 2), ["limited", "b.weight"], output: "b"),
        .init(.add, ["b", "images"], output: "sum"),
        .init(.convolution(), ["sum", "c.weight", "c.bias"], output: "head"),
        .init(.meanPool, ["sum"], output: "mean"),
        .init(.convolution(), ["mean", "c.weight"], output: "squeezed"),
        .init(.add, ["head", "squeezed"], output: "last"),
      ], outputs: ["last"],
      weights: [
        "a.weight": weight([2, 2, 3, 3], 0.1), "a.bias": weight([2], 0.02),
        "b.weight": weight([2, 1, 3, 3], 0.3), "c.weight": weight([3, 2, 1, 1], 0.05),
        "c.bias": weight([3], 1),
      ])
  }

  private func statistics(_ numbers: [Float], channelCount: Int = 2) -> ValueStatistics {
    var statistics = ValueStatistics(channelCount: channelCount)
    numbers.withUnsafeBufferPointer { statistics.add($0) }
    return statistics
  }

  private func ranges() -> [String: ValueStatistics] {
    [
      "images": statistics([-2, 2.54, 1, 0]), "limited": statistics([0, 1, 0, 5.1]),
      "b": statistics([-1.27, 1, 1, 1]), "sum": statistics([3, -12.7, 0, 1]),
    ]
  }

  // By the plan's rules: what convolutions and the sum before one of them take; nothing behind the
  // last, and not the squeezed map, which is one pixel.
  @Test func bytesStandWhereConvolutionsTakeThem() throws {
    let graph = network()
    let values = try graph.quantizedValues()
    #expect(values.map(\.name) == ["images", "limited", "b", "sum"])
    #expect(values.map(\.channelCount) == [2, 2, 2, 2])

    let quantized = try graph.quantized(by: ranges(), rule: .largest)
    #expect(try quantized.shapes()["last"] == [3, 4, 4])
    let lines = quantized.nodes.map { "\($0.operation.name) \($0.inputs) \($0.output)" }
    #expect(
      lines == [
        #"quantized ["images"] images_bytes"#,
        #"convolution ["images_bytes", "a.weight_bytes", "a.weight_bias"] a"#,
        #"relu6 ["a"] limited"#, #"quantized ["limited"] limited_bytes"#,
        #"convolution ["limited_bytes", "b.weight_bytes", "b.weight_bias"] b"#,
        #"quantized ["b"] b_bytes"#, #"add ["b_bytes", "images_bytes"] sum"#,
        #"quantized ["sum"] sum_bytes"#,
        #"convolution ["sum_bytes", "c.weight_bytes", "c.weight_bias"] head"#,
        #"meanPool ["sum_bytes"] mean"#, #"convolution ["mean", "c.weight"] squeezed"#,
        #"add ["head", "squeezed"] last"#,
      ])
    // By hand: 2.54 / 127, 5.1 / 255, 1.27 / 127, 12.7 / 127.
    let grids = quantized.nodes.compactMap {
      if case .quantized(let grid) = $0.operation { grid } else { nil }
    }
    #expect(grids.map(\.isSigned) == [true, false, true, true])
    for (grid, scale) in zip(grids, [0.02, 0.02, 0.01, 0.1] as [Float]) {
      #expect(abs(grid.scale - scale) <= 1e-8)
    }
  }

  @Test func aConvolutionThatStaysFloatTakesFloats() throws {
    let graph = try network().quantized(
      by: ranges(), rule: .largest, floatConvolutions: ["b", "head"])
    #expect(
      graph.nodes.map(\.output)
        == ["images_bytes", "a", "limited", "b", "sum", "head", "mean", "squeezed", "last"])
    #expect(graph.nodes[3].inputs == ["limited", "b.weight"])
    #expect(graph.weights["b.weight"] == network().weights["b.weight"])
    #expect(graph.rowScales.keys.sorted() == ["a.weight_bias", "a.weight_bytes"])
  }

  // By hand: the first row's factor is 1.27 / 127 = .01, its whole numbers 127 and −25 of −25.4, an
  // error of .004, which times the mean 2.54 of the second channel goes out of the bias .5. The
  // factor of a row of zeros keeps its bias below 2³⁰.
  @Test func weightsAndBiasesAreWholeNumbers() throws {
    var graph = NetworkGraph.single(
      .convolution(), input: [2, 2, 2], weights: [[2, 2, 1, 1], [2]])
    graph.weights["w0"] = NamedArray(shape: [2, 2, 1, 1], floats: [1.27, -0.254, 0, 0])
    graph.weights["w1"] = NamedArray(shape: [2], floats: [0.5, 0.5])
    let result = try graph.quantized(
      by: ["images": statistics([2.54, -2.54, 2.54, -2.54, 2.54, 2.54, 2.54, 2.54])],
      rule: .largest)
    let weight = try #require(result.weights["w0_bytes"])
    #expect(weight.elementType == .int8 && weight.shape == [2, 2, 1, 1])
    #expect(weight.bytes.map { Int8(bitPattern: $0) } == [127, -25, 0, 0])
    let scales = try #require(result.rowScales["w0_bytes"])
    #expect(abs(scales[0] - 0.01) <= 1e-9)
    let bias = try #require(result.weights["w0_bias"])
    let factors = try #require(result.rowScales["w0_bias"])
    let whole = bias.bytes.withUnsafeBytes { Array($0.bindMemory(to: Int32.self)) }
    // .5 − .01016 = .48984, to half of .01 · .02.
    #expect(abs(Double(whole[0]) * Double(factors[0]) - 0.48984) <= 2e-4)
    #expect(abs(Double(whole[1]) * Double(factors[1]) - 0.5) <= 1e-6)
    #expect(whole[1].magnitude <= 1 << 30)
  }

  /// By hand: 1.27 alone is 127; .77 + .5 and .27 + 1 of one sign share the 127, and .9 of another
  /// sign takes nothing from them; of three channels, which have no pairs, .63 is 63.
  @Test(
    arguments: [
      ([1, 1], [1.27], [127]), ([1, 4], [0.77, 0.5, -0.9, 0.9], [77, 50, -90, 90]),
      ([1, 4], [-0.9, 0.1, -0.27, -1], [-90, 10, -27, -100]),
      ([1, 3], [0.63, -0.1, 0.2], [63, -10, 20]),
    ] as [([Int], [Float], [Int8])])
  func twoNeighboursStayWithinSixteenBits(
    shape: [Int], weights: [Float], expected: [Int8]
  ) throws {
    var graph = NetworkGraph.single(
      .convolution(), input: [shape[1], 2, 2], weights: [shape + [1, 1]])
    graph.weights["w0"] = NamedArray(shape: shape + [1, 1], floats: weights)
    let ones = [Float](repeating: 1, count: 4 * shape[1])
    let result = try graph.quantized(
      by: ["images": statistics(ones, channelCount: shape[1])], rule: .largest)
    let whole = try #require(result.weights["w0_bytes"]).bytes.map { Int8(bitPattern: $0) }
    #expect(whole == expected)
  }

  /// Engines put the channels of one place beside each other, not the places of one channel.
  @Test func neighboursAreChannels() throws {
    var graph = NetworkGraph.single(.convolution(), input: [2, 3, 3], weights: [[1, 2, 2, 2]])
    // By hand: .27 + 1 at the first place; .8 + .4 stand at two places of one channel.
    graph.weights["w0"] = NamedArray(
      shape: [1, 2, 2, 2], floats: [0.27, 0.8, 0.4, 0.4, 1, 0.1, 0.2, 0.3])
    let result = try graph.quantized(
      by: ["images": statistics([1, 1, 1, 1, 1, 1, 1, 1])], rule: .largest)
    let whole = try #require(result.weights["w0_bytes"]).bytes.map { Int8(bitPattern: $0) }
    #expect(whole == [27, 80, 40, 40, 100, 10, 20, 30])
  }

  @Test func faultsAreNamed() throws {
    var ranges = ranges()
    ranges["b"] = nil
    #expect(throws: NetworkGraphError.self) { try network().quantized(by: ranges) }
    ranges["b"] = statistics([1, .nan])
    let error = #expect(throws: NetworkGraphError.self) { try network().quantized(by: ranges) }
    #expect("\(try #require(error))".contains("value b: expected finite numbers, found 1"))
    var graph = network()
    graph.weights["a.bias"] = NamedArray(shape: [2], floats: [0, .infinity])
    #expect(throws: NetworkGraphError.self) { try graph.quantized(by: self.ranges()) }
  }

  // By hand: a channel up to 3 / 1.05 becomes 6 with the factor 2; one up to 6 stays; rows and bias
  // of the convolution before times 2, the depthwise row behind half.
  @Test func channelsComeToOneRange() throws {
    let graph = network()
    #expect(try graph.stretchableValues().map(\.name) == ["limited"])
    let stretched = try graph.stretchingChannels(by: [
      "limited": statistics([0, 3 / 1.05, 1, 6])
    ])
    #expect(stretched.nodes.map(\.output) == graph.nodes.map(\.output))
    func floats(_ name: String, of graph: NetworkGraph) throws -> [Float] {
      try #require(graph.weights[name]).floats()
    }
    for (name, factor) in [("a.weight", 2), ("a.bias", 2), ("b.weight", 0.5)] as [(String, Float)] {
      let own = try floats(name, of: graph)
      let half = own.count / 2
      let expected = own.prefix(half).map { $0 * factor } + own.suffix(half)
      let found = try floats("\(name)_stretched", of: stretched)
      #expect(found.count == expected.count)
      for (found, expected) in zip(found, expected) { #expect(abs(found - expected) <= 1e-6) }
    }
    // Nothing else changes, and a value that others take stays.
    #expect(stretched.weights["c.weight"] == graph.weights["c.weight"])
    var shared = graph
    shared.outputs.append("limited")
    #expect(try shared.stretchableValues().isEmpty)
  }

  // By hand: the largest magnitude is 4, and a channel of at most −.01 has the largest factor, 64;
  // its row and bias before times that, its part of each row behind divided, the bias there as it
  // is.
  @Test func channelsBetweenConvolutionsComeToOneRange() throws {
    let graph = NetworkGraph(
      name: "test", inputs: [.init("images", shape: [1, 4, 4])],
      nodes: [
        .init(.convolution(), ["images", "a.weight", "a.bias"], output: "a"),
        .init(.convolution(padding: 1), ["a", "b.weight", "b.bias"], output: "b"),
      ], outputs: ["b"],
      weights: [
        "a.weight": NamedArray(shape: [2, 1, 1, 1], floats: [3, 5]),
        "a.bias": NamedArray(shape: [2], floats: [0.5, 0.25]),
        "b.weight": NamedArray(shape: [2, 2, 3, 3], floats: (1...36).map { Float($0) }),
        "b.bias": NamedArray(shape: [2], floats: [1, 2]),
      ])
    #expect(try graph.stretchableValues().map(\.name) == ["a"])
    #expect(try graph.stretchableValues().map(\.channelCount) == [2])
    let stretched = try graph.stretchingChannels(by: ["a": statistics([-0.01, 0, 1, -4])])
    func floats(_ name: String) throws -> [Float] {
      try #require(stretched.weights[name]).floats()
    }
    #expect(try floats("a.weight_stretched") == [192, 5])
    #expect(try floats("a.bias_stretched") == [32, 0.25])
    let divided = (1...36).map { number -> Float in
      let isOfTheFirst = (number - 1) / 9 % 2 == 0
      return isOfTheFirst ? Float(number) / 64 : Float(number)
    }
    #expect(try floats("b.weight_stretched") == divided)
    #expect(stretched.weights["b.bias"] == graph.weights["b.bias"])
    // What something else takes, too, stays as it is.
    var shared = graph
    shared.outputs.append("a")
    #expect(try shared.stretchableValues().isEmpty)
  }

  // By hand: the depthwise row between both values is divided by the first one's factor, 2, and
  // multiplied by the second one's, 3.
  @Test func aConvolutionBetweenTwoValuesHasBothFactors() throws {
    var graph = network()
    graph.nodes.insert(
      contentsOf: [
        .init(.relu6, ["b"], output: "b_limited"),
        .init(.convolution(padding: 1, groups: 2), ["b_limited", "d.weight"], output: "d"),
      ], at: 3)
    graph.nodes[5].inputs[0] = "d"
    graph.weights["d.weight"] = graph.weights["b.weight"]
    #expect(try graph.stretchableValues().map(\.name) == ["limited", "b_limited"])
    let stretched = try graph.stretchingChannels(by: [
      "limited": statistics([0, 3 / 1.05, 1, 6]), "b_limited": statistics([0, 2 / 1.05, 1, 6]),
    ])
    func row(_ node: Int, of graph: NetworkGraph) throws -> [Float] {
      Array(try #require(graph.weights[graph.nodes[node].inputs[1]]).floats().prefix(9))
    }
    for (node, factor) in [(0, 2), (2, 1.5), (4, Float(1) / 3)] as [(Int, Float)] {
      let (own, found) = (try row(node, of: graph), try row(node, of: stretched))
      for (own, found) in zip(own, found) { #expect(abs(found - own * factor) <= 2e-6) }
    }
  }

  @Test func eachConvolutionStandsBesideItsOwn() throws {
    let graph = network()
    let (compared, pairs) = graph.comparingConvolutions(
      of: try graph.quantized(by: ranges(), rule: .largest))
    #expect(pairs.map(\.own) == ["a", "b", "head"])
    #expect(compared.outputs == pairs.flatMap { [$0.own, $0.bytes] })
    let shapes = try compared.shapes()
    for pair in pairs { #expect(shapes[pair.own] == shapes[pair.bytes]) }
    // The second takes the bytes of what the float one gives, not of what bytes gave.
    let beside = try #require(compared.nodes.first { $0.output == pairs[1].bytes })
    #expect(beside.inputs[0] == "limited_bytes")
    #expect(compared.nodes.first { $0.output == "limited" }?.inputs == ["a"])
  }

  @Test func onnxHasPairsOfOperators() throws {
    let graph = try network().quantized(by: ranges(), rule: .largest)
    let model = try graph.onnxModel()
    let kinds = model.nodes.map(\.operation)
    #expect(kinds.filter { $0 == "QuantizeLinear" }.count == 4)
    // Four values, weights and biases of three convolutions.
    #expect(kinds.filter { $0 == "DequantizeLinear" }.count == 10)
    let types = Dictionary(
      uniqueKeysWithValues: model.initializers.map { ($0.name, $0.array.elementType) })
    #expect(types["a.weight_bytes"] == .int8 && types["a.weight_bias"] == .int32)
    let first = try #require(model.nodes.first)
    #expect(first.operation == "QuantizeLinear" && first.inputs.count == 3)
    #expect(types[first.inputs[2]] == .int8)
    // Each row has its factor: the first dimension.
    let rows = model.nodes.filter {
      $0.operation == "DequantizeLinear" && types[$0.inputs[0]] != nil
    }
    #expect(rows.count == 6 && rows.allSatisfy { $0.attributes["axis"] == .integer(0) })
    #expect(model.nodes.first { $0.operation == "Conv" }?.inputs[1] == rows.first?.outputs[0])
  }

  @Test func coreMLRefusesBytes() throws {
    var graph = NetworkGraph.single(
      .quantized(ByteGrid(scale: 1, isSigned: true)), input: [3, 2, 2])
    graph.nodes.append(.init(.relu, ["output"], output: "last"))
    graph.outputs = ["last"]
    let error = #expect(throws: NetworkGraphError.self) {
      try graph.coreMLPackage(mean: [0, 0, 0], standardDeviation: [1, 1, 1])
    }
    #expect(error?.reason == .notInFormat("Core ML"))
  }

  @Test func factorsAreAsManyAsRows() {
    var graph = NetworkGraph.single(.convolution(), input: [2, 2, 2], weights: [[3, 2, 1, 1]])
    graph.rowScales["w0"] = [1, 2]
    #expect(throws: NetworkGraphError.self) { try graph.shapes() }
  }
}
