import ModelFiles

extension NetworkGraph {
  /// Returns the graph with convolutions that compute with bytes.
  ///
  /// What a convolution takes is rounded to a ``ByteGrid`` (``Operation/quantized(_:)``): −127…127
  /// where numbers below 0 were seen, else 0…255, chosen by a rule. Weights are whole numbers
  /// −127…127 with a factor for each row in ``rowScales``; biases are whole numbers of 32 bits,
  /// whose factor is the product of both, as engines add them up.
  ///
  /// Processors without VNNI add the products of two neighbouring channels in 16 bits and clip the
  /// sum, which 255 · 127 · 2 is above. On such, a prototype of a detector of blood cells whose
  /// rows all reached 127 lost all. So a row's factor is 1 / 127 of the largest sum that two
  /// neighbours make, those above 0 or those below: rounded, it is 128 at most. A depthwise row has
  /// no neighbours; where channels are odd in number, none is above 63.
  ///
  /// The mean of what rounding changed in the weights is taken out of the bias: with the weight's
  /// error e and the mean x̄ of each channel that goes in, b′ = b − Σ e · x̄, as if the padding at
  /// the edges were pixels like all others. After Nagel et al., Data-Free Quantization Through
  /// Weight Equalization and Bias Correction (arXiv:1906.04721), §4.2.
  ///
  /// - Parameters:
  ///   - statistics: of all ``quantizedValues()``.
  ///   - rule: chooses the grids.
  ///   - floatConvolutions: outputs of convolutions that stay as they are.
  /// - Throws: ``NetworkGraphError`` for a graph with a fault, for a value without statistics or
  ///   with numbers that are none, and for weights that are not finite.
  public func quantized(
    by statistics: [String: ValueStatistics], rule: RangeRule = .leastSquares,
    floatConvolutions: Set<String> = []
  ) throws(NetworkGraphError) -> NetworkGraph {
    let shapes = try shapes()
    let plan = QuantizationPlan(of: self, shapes: shapes, floatNodes: floatConvolutions)
    var result = self
    result.nodes = []
    var grids: [String: ByteGrid] = [:]
    var bytes: [String: String] = [:]
    func round(_ name: String, at node: Node?) throws(NetworkGraphError) {
      guard plan.values.contains(name) else { return }
      // Neighbours and largest values are numbers of the grid that they come from.
      let source: String? =
        switch node?.operation {
        case .upsampleNearest, .maxPool: node?.inputs[0]
        default: nil
        }
      let own = try grid(of: name, statistics[name], rule)
      let grid = source.flatMap { grids[$0] } ?? own
      grids[name] = grid
      let output = result.freeName("\(name)_bytes", besides: shapes.keys)
      bytes[name] = output
      result.nodes.append(Node(.quantized(grid), [name], output: output))
    }
    for input in inputs { try round(input.name, at: nil) }
    for node in nodes {
      var node = node
      let isFloat = floatConvolutions.contains(node.output)
      if case .convolution(_, _, _, let groups) = node.operation, plan.nodes.contains(node.output),
        let grid = grids[node.inputs[0]], let means = statistics[node.inputs[0]]?.channelMeans
      {
        try result.quantizeWeights(of: &node, grid, means, groups, besides: shapes.keys)
      }
      if !isFloat { node.inputs = node.inputs.map { bytes[$0] ?? $0 } }
      result.nodes.append(node)
      try round(node.output, at: node)
    }
    return result.removingUnused()
  }

  private func grid(
    of name: String, _ statistics: ValueStatistics?, _ rule: RangeRule
  ) throws(NetworkGraphError) -> ByteGrid {
    guard let statistics else {
      throw error(
        .parameter("statistics", expected: "those of \(name)", found: "none"), at: nil)
    }
    guard statistics.nonFiniteCount == 0 else {
      throw error(
        .parameter(
          "value \(name)", expected: "finite numbers",
          found: "\(statistics.nonFiniteCount) that are not"), at: nil)
    }
    return rule.grid(of: statistics)
  }

  /// Puts new weights beside those of a convolution, which other nodes may use.
  private mutating func quantizeWeights(
    of node: inout Node, _ grid: ByteGrid, _ means: [Double], _ groups: Int,
    besides names: some Collection<String>
  ) throws(NetworkGraphError) {
    let (shape, weights) = try finiteFloats(node.inputs[1], at: node)
    let rows = shape[0]
    var biases =
      try node.inputs.count > 2
      ? finiteFloats(node.inputs[2], at: node).elements.map(Double.init)
      : [Double](repeating: 0, count: rows)
    let limit: Float = 127
    let (rowSize, window) = (weights.count / rows, shape[2] * shape[3])
    var numbers = [Int8](repeating: 0, count: weights.count)
    var scales: [Float] = []
    var wholeBiases: [Int32] = []
    for row in 0..<rows {
      let elements = row * rowSize..<(row + 1) * rowSize
      let finest = Self.scale(
        of: weights[elements], limit: limit, channelCount: shape[1], window: window)
      // A row of zeros has a bias too, whose whole number must not be too large.
      let smallest = Float(biases[row].magnitude) / (grid.scale * 0x1p29)
      let scale = max(finest, smallest, .leastNormalMagnitude)
      let firstChannel = row / (rows / groups) * shape[1]
      for element in elements {
        let steps = (weights[element] / scale).rounded(.toNearestOrEven)
        numbers[element] = Int8(min(max(steps, -limit), limit))
        let error = Double(scale) * Double(numbers[element]) - Double(weights[element])
        biases[row] -= error * means[firstChannel + (element - elements.lowerBound) / window]
      }
      scales.append(scale)
      let steps = (biases[row] / (Double(scale) * Double(grid.scale))).rounded()
      wholeBiases.append(Int32(clamping: Int(min(max(steps, -0x1p31), 0x1p31))))
    }
    let weight = freeName("\(node.inputs[1])_bytes", besides: names)
    self.weights[weight] = NamedArray(elementType: .int8, shape: shape, numbers: numbers)
    rowScales[weight] = scales
    let bias = freeName("\(node.inputs[1])_bias", besides: names)
    self.weights[bias] = NamedArray(elementType: .int32, shape: [rows], numbers: wholeBiases)
    rowScales[bias] = scales.map { $0 * grid.scale }
    node.inputs = [node.inputs[0], weight, bias]
  }

  /// The smallest factor with which whole numbers of a row stay within `limit`, and so do those of
  /// two neighbouring channels together that have one sign.
  ///
  /// - Parameter weights: of the row, channel by channel, each with the numbers of its window.
  private static func scale(
    of weights: ArraySlice<Float>, limit: Float, channelCount: Int, window: Int
  ) -> Float {
    guard channelCount % 2 == 0 else {
      let largest = weights.reduce(0) { max($0, $1.magnitude) }
      // Where they are odd in number, a neighbour may be of another place in the window.
      return largest / (channelCount == 1 ? limit : (limit / 2).rounded(.down))
    }
    var scale: Float = 0
    for pair in stride(from: weights.startIndex, to: weights.endIndex, by: 2 * window) {
      for first in pair..<pair + window {
        // Divided first: numbers may be as large as there are.
        let (one, other) = (weights[first] / limit, weights[first + window] / limit)
        scale = max(scale, max(one, 0) + max(other, 0), -min(one, 0) - min(other, 0))
      }
    }
    return scale
  }

  private func finiteFloats(
    _ name: String, at node: Node
  ) throws(NetworkGraphError) -> (shape: [Int], elements: [Float]) {
    let (shape, elements) = try floats(name, at: node)
    let count = elements.count { !$0.isFinite }
    guard count == 0 else {
      throw error(
        .parameter("weight \(name)", expected: "finite numbers", found: "\(count) that are not"),
        at: node)
    }
    return (shape, elements)
  }
}
