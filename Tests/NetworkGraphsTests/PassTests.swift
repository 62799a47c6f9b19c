import ModelFiles
import NetworkGraphs
import Testing

struct PassTests {
  /// images `[2, 1, 1]` → convolution `[3, 2, 1, 1]` → normalization → output.
  private func normalized(withBias: Bool) -> NetworkGraph {
    var graph = NetworkGraph(
      name: "test", inputs: [.init("images", shape: [2, 1, 1])],
      nodes: [
        .init(
          .convolution(), ["images", "0.weight"] + (withBias ? ["0.bias"] : []),
          output: "convolution"),
        .init(
          .batchNormalization(epsilon: 0.25),
          ["convolution", "1.weight", "1.bias", "1.mean", "1.variance"], output: "output"),
      ], outputs: ["output"],
      weights: [
        "0.weight": NamedArray(shape: [3, 2, 1, 1], floats: [1, -2, 0.3, 0.7, 5, 0]),
        "1.weight": NamedArray(shape: [3], floats: [2, -0.6, 0]),
        "1.bias": NamedArray(shape: [3], floats: [1, 0.2, 7]),
        "1.mean": NamedArray(shape: [3], floats: [4, -1.5, 2]),
        "1.variance": NamedArray(shape: [3], floats: [2, 0.11, 6]),
      ])
    if withBias { graph.weights["0.bias"] = NamedArray(shape: [3], floats: [0.5, -0.1, 3]) }
    return graph
  }

  // By hand: √(2 + .25) = 1.5, √(.11 + .25) = .6, √(6 + .25) = 2.5; factors 2 / 1.5 = 4/3,
  // −.6 / .6 = −1 and 0. Weights times the factor. Biases (.5 − 4) · 4/3 + 1 = −11/3,
  // (−.1 + 1.5) · −1 + .2 = −1.2, 7; without a bias −4 · 4/3 + 1 = −13/3, −1.5 + .2 = −1.3, 7.
  @Test(arguments: [true, false])
  func aNormalizationGoesIntoTheConvolutionBeforeIt(withBias: Bool) throws {
    let graph = try normalized(withBias: withBias).foldingNormalizations()
    #expect(
      graph.nodes == [
        .init(.convolution(), ["images", "0.weight", "0.bias"], output: "output")
      ])
    let weights = try #require(graph.weights["0.weight"])
    #expect(weights.shape == [3, 2, 1, 1])
    let expected = [4.0 / 3, -8.0 / 3, -0.3, -0.7, 0, 0]
    for (found, expected) in zip(try weights.floats(), expected) {
      #expect(abs(Double(found) - expected) <= 3e-7 * max(1, abs(expected)))
    }
    let biases = try #require(graph.weights["0.bias"])
    #expect(biases.shape == [3])
    let expectedBiases: [Double] = withBias ? [-11.0 / 3, -1.2, 7] : [-13.0 / 3, -1.3, 7]
    for (found, expected) in zip(try biases.floats(), expectedBiases) {
      #expect(abs(Double(found) - expected) <= 3e-7 * max(1, abs(expected)))
    }
  }

  // The numbers of the folded graph against those of the two nodes, in Double.
  @Test func theFoldedGraphComputesTheSame() throws {
    let graph = normalized(withBias: true)
    let folded = try graph.foldingNormalizations()
    func values(_ name: String, of graph: NetworkGraph) throws -> [Double] {
      try #require(graph.weights[name]).floats().map(Double.init)
    }
    func convolved(_ x: [Double], by graph: NetworkGraph) throws -> [Double] {
      let weight = try values("0.weight", of: graph)
      return zip(0..., try values("0.bias", of: graph)).map { channel, bias in
        weight[2 * channel] * x[0] + weight[2 * channel + 1] * x[1] + bias
      }
    }
    let (gamma, beta) = (try values("1.weight", of: graph), try values("1.bias", of: graph))
    let mean = try values("1.mean", of: graph)
    let variance = try values("1.variance", of: graph)
    for x in [[0.0, 0.0], [1, -3], [-0.25, 100]] {
      let inner = try convolved(x, by: graph)
      let found = try convolved(x, by: folded)
      for channel in 0..<3 {
        let expected =
          (inner[channel] - mean[channel]) / (variance[channel] + 0.25).squareRoot()
          * gamma[channel] + beta[channel]
        #expect(abs(found[channel] - expected) <= 1e-6 * max(1, abs(expected)))
      }
    }
  }

  @Test func aConvolutionThatOthersUseStaysAsItIs() throws {
    var graph = normalized(withBias: true)
    graph.nodes.append(.init(.relu, ["convolution"], output: "other"))
    #expect(try graph.foldingNormalizations() == graph)
    graph.nodes.removeLast()
    graph.outputs.append("convolution")
    #expect(try graph.foldingNormalizations() == graph)
    graph.outputs.removeLast()
    #expect(try graph.foldingNormalizations() != graph)
  }

  @Test func aNormalizationWithoutAConvolutionStaysAsItIs() throws {
    var graph = normalized(withBias: true)
    graph.nodes[0] = .init(
      .concatenate(dimension: 1), ["images", "images"], output: "convolution")
    graph.inputs[0].shape = [3, 1, 1]
    for name in ["1.weight", "1.bias", "1.mean", "1.variance"] {
      graph.weights[name] = NamedArray(shape: [6], floats: [1, 2, 3, 4, 5, 6])
    }
    #expect(try graph.foldingNormalizations() == graph)
  }

  // As in heads that share their convolutions, but not their normalizations, between maps.
  @Test func aSharedWeightIsFoldedForEachConvolution() throws {
    var graph = normalized(withBias: false)
    graph.weights["0.bias"] = NamedArray(shape: [1], floats: [9])
    graph.weights["2.weight"] = NamedArray(shape: [3], floats: [1.5, 0.6, 2.5])
    graph.weights["2.zeros"] = NamedArray(shape: [3], floats: [0, 0, 0])
    graph.nodes += [
      .init(.convolution(), ["images", "0.weight"], output: "second"),
      .init(
        .batchNormalization(epsilon: 0.25),
        ["second", "2.weight", "2.zeros", "2.zeros", "1.variance"], output: "other"),
      .init(.convolution(), ["images", "0.weight"], output: "third"),
    ]
    graph.outputs += ["other", "third"]
    let folded = try graph.foldingNormalizations()
    #expect(folded.nodes.map(\.output) == ["output", "other", "third"])
    #expect(folded.nodes[2].inputs == ["images", "0.weight"])
    #expect(folded.weights["0.weight"] == graph.weights["0.weight"])
    // The second's factors are 1.
    let second = try #require(folded.weights[folded.nodes[1].inputs[1]]).floats()
    for (found, expected) in zip(second, try #require(graph.weights["0.weight"]).floats()) {
      #expect(abs(found - expected) < 1e-6)
    }
    let first = try #require(folded.weights[folded.nodes[0].inputs[1]]).floats()
    #expect(abs(first[0] - 4 / 3) < 1e-6)
    // A name that is taken, if by nothing that is used, is not taken again.
    #expect(folded.weights["0.bias"] == graph.weights["0.bias"])
    #expect(Set(folded.nodes.flatMap(\.inputs)).count == 6)
    #expect(throws: Never.self) { try folded.shapes() }
  }

  @Test func weightsOfIntegersAreNamed() {
    var graph = normalized(withBias: true)
    graph.weights["1.mean"] = NamedArray(integers: [1, 2, 3], shape: [3])
    #expect(
      #expect(throws: NetworkGraphError.self) { try graph.foldingNormalizations() }?.description
        == """
        graph test, node output (batchNormalization): weight 1.mean: expected floating-point \
        elements, found I64
        """)
  }

  @Test func whatNoOutputNeedsIsRemoved() throws {
    var graph = normalized(withBias: false)
    graph.nodes.append(.init(.relu, ["convolution"], output: "unused"))
    graph.nodes.append(.init(.relu, ["unused"], output: "unused too"))
    let cleaned = graph.removingUnused()
    #expect(cleaned.nodes == Array(graph.nodes.prefix(2)))
    #expect(
      Set(cleaned.weights.keys)
        == ["0.weight", "1.weight", "1.bias", "1.mean", "1.variance"])
    let folded = try cleaned.foldingNormalizations().removingUnused()
    #expect(Set(folded.weights.keys) == ["0.weight", "0.bias"])
    #expect(folded.inputs == graph.inputs && folded.outputs == graph.outputs)
  }
}
