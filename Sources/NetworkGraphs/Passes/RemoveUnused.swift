extension NetworkGraph {
  /// Returns the graph without nodes and weights on which no output depends.
  ///
  /// Inputs stay, used or not.
  public func removingUnused() -> NetworkGraph {
    var needed = Set(outputs)
    var result = self
    result.nodes = []
    for node in nodes.reversed() where needed.contains(node.output) {
      needed.formUnion(node.inputs)
      result.nodes.append(node)
    }
    result.nodes.reverse()
    result.weights = weights.filter { needed.contains($0.key) }
    result.rowScales = rowScales.filter { needed.contains($0.key) }
    return result
  }
}
