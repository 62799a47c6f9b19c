import ModelFiles

extension NetworkGraph {
  /// Returns the graph with each batch normalization put into the convolution before it, where
  /// nothing else uses what the convolution gives.
  ///
  /// w′ = w · γ / √(σ² + ε), b′ = (b − μ) · γ / √(σ² + ε) + β, computed in `Double` and rounded
  /// once. A convolution without a bias gets one, named after its weight; where other nodes use the
  /// same weight, that stays and the convolution gets one of its own. Weights of the normalizations
  /// stay too: ``removingUnused()`` takes out what nothing needs any more.
  ///
  /// - Throws: ``NetworkGraphError`` for a graph with a fault.
  public func foldingNormalizations() throws(NetworkGraphError) -> NetworkGraph {
    let shapes = try shapes()
    let useCounts = useCounts()
    var result = self
    result.nodes = []
    for node in nodes {
      if case .batchNormalization(let epsilon) = node.operation, useCounts[node.inputs[0]] == 1,
        let index = result.nodes.lastIndex(where: { $0.output == node.inputs[0] }),
        case .convolution = result.nodes[index].operation
      {
        let (weight, bias) = try folded(result.nodes[index], node, epsilon)
        let inputs = result.nodes[index].inputs
        let name = inputs[1]
        let derived =
          name.hasSuffix("weight") ? name.dropLast("weight".count) + "bias" : name + "_bias"
        let names = [name, inputs.count > 2 ? inputs[2] : derived].map { name in
          inputs.contains(name) && useCounts[name] == 1
            ? name : result.freeName(name, besides: shapes.keys)
        }
        result.weights[names[0]] = weight
        result.weights[names[1]] = bias
        result.nodes[index].inputs = [inputs[0]] + names
        result.nodes[index].output = node.output
      } else {
        result.nodes.append(node)
      }
    }
    return result
  }

  private func folded(
    _ convolution: Node, _ normalization: Node, _ epsilon: Double
  ) throws(NetworkGraphError) -> (weight: NamedArray, bias: NamedArray) {
    var statistics: [[Float]] = []
    for name in normalization.inputs.dropFirst() {
      statistics.append(try floats(name, at: normalization).elements)
    }
    let (gamma, beta, mean, variance) = (
      statistics[0], statistics[1], statistics[2], statistics[3]
    )
    var (shape, weights) = try floats(convolution.inputs[1], at: convolution)
    var biases =
      convolution.inputs.count > 2
      ? try floats(convolution.inputs[2], at: convolution).elements
      : [Float](repeating: 0, count: gamma.count)
    let size = shape.dropFirst().reduce(1, *)
    for channel in gamma.indices {
      // In Double: the folded network should differ from the other by rounding once, not thrice.
      let factor = Double(gamma[channel]) / (Double(variance[channel]) + epsilon).squareRoot()
      for element in channel * size..<(channel + 1) * size {
        weights[element] = Float(Double(weights[element]) * factor)
      }
      biases[channel] = Float(
        (Double(biases[channel]) - Double(mean[channel])) * factor + Double(beta[channel]))
    }
    return (
      NamedArray(shape: shape, floats: weights), NamedArray(shape: [biases.count], floats: biases)
    )
  }

  /// The elements of a weight of floating-point numbers.
  func floats(
    _ name: String, at node: Node
  ) throws(NetworkGraphError) -> (shape: [Int], elements: [Float]) {
    guard let array = weights[name] else { throw error(.missingInput(name), at: node) }
    do throws(NamedArray.ConversionError) {
      return (array.shape, try array.floats())
    } catch {
      throw self.error(.elementType(weight: name, found: error.found.rawValue), at: node)
    }
  }

  /// The name, with a number where a weight or one of `values` has it already.
  func freeName(_ name: String, besides values: some Collection<String>) -> String {
    var candidate = name
    var number = 1
    while weights[candidate] != nil || values.contains(candidate) {
      number += 1
      candidate = "\(name)_\(number)"
    }
    return candidate
  }
}
