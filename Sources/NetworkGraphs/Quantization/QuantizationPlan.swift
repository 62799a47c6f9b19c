/// Which nodes of a graph compute with bytes, and which values therefore become bytes.
struct QuantizationPlan {
  /// Outputs of the nodes that compute with bytes.
  private(set) var nodes: Set<String> = []
  /// What they take, in the graph's order; each becomes bytes once, for all that take it.
  private(set) var values: [String] = []

  /// A convolution takes bytes, unless it stays float or gives maps of one pixel: those of squeeze
  /// blocks take no time, and their bytes would cost the rounding of their input.
  ///
  /// Sums of two values, nearest neighbours and largest values of windows take them where they
  /// give them to such a convolution, perhaps through one another: the value between is written
  /// and read in a quarter of the bytes then.
  ///
  /// - Parameter floatNodes: outputs of convolutions that stay float.
  init(of graph: NetworkGraph, shapes: [String: [Int]], floatNodes: Set<String>) {
    var wanted: Set<String> = []
    for node in graph.nodes.reversed() {
      let takesBytes =
        switch node.operation {
        case .convolution:
          !floatNodes.contains(node.output) && shapes[node.output]?.suffix(2) != [1, 1]
        case .add:
          wanted.contains(node.output) && node.inputs.allSatisfy { graph.weights[$0] == nil }
        case .upsampleNearest, .maxPool: wanted.contains(node.output)
        default: false
        }
      guard takesBytes else { continue }
      nodes.insert(node.output)
      wanted.formUnion(node.inputs.filter { graph.weights[$0] == nil })
    }
    values = (graph.inputs.map(\.name) + graph.nodes.map(\.output)).filter(wanted.contains)
  }
}

extension NetworkGraph {
  /// The values, with their numbers of channels, whose ``ValueStatistics``
  /// ``quantized(by:rule:floatConvolutions:)`` needs.
  ///
  /// - Throws: ``NetworkGraphError`` for a graph with a fault.
  public func quantizedValues() throws(NetworkGraphError) -> [(name: String, channelCount: Int)] {
    let shapes = try shapes()
    return QuantizationPlan(of: self, shapes: shapes, floatNodes: []).values.map {
      ($0, shapes[$0]?.first ?? 1)
    }
  }

  /// Returns the graph with each convolution that computes with bytes beside its own, given the
  /// same values: how far both are apart is the convolution's own error, and not that of those
  /// before it.
  ///
  /// - Parameter quantized: what ``quantized(by:rule:floatConvolutions:)`` made of this graph.
  /// - Returns: a graph whose outputs are those convolutions, and their names: `own` as here,
  ///   `bytes` of the other.
  public func comparingConvolutions(
    of quantized: NetworkGraph
  ) -> (graph: NetworkGraph, pairs: [(own: String, bytes: String)]) {
    var result = self
    result.weights.merge(quantized.weights) { own, _ in own }
    result.rowScales.merge(quantized.rowScales) { own, _ in own }
    var pairs: [(own: String, bytes: String)] = []
    let names = Set(nodes.map(\.output) + quantized.nodes.map(\.output) + inputs.map(\.name))
    for node in quantized.nodes {
      switch node.operation {
      case .quantized: result.nodes.append(node)
      case .convolution where quantized.rowScales[node.inputs[1]] != nil:
        let output = result.freeName("\(node.output)_with_bytes", besides: names)
        result.nodes.append(Node(node.operation, node.inputs, output: output))
        pairs.append((node.output, output))
      default: break
      }
    }
    return (result.giving(pairs.flatMap { [$0.own, $0.bytes] }), pairs)
  }

  /// Returns the graph with these values as its only outputs, under their names.
  ///
  /// - Parameter names: of what nodes give.
  public func giving(_ names: [String]) -> NetworkGraph {
    var result = self
    result.outputs = names
    return result.removingUnused()
  }
}
