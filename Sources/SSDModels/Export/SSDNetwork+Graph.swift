import ModelFiles
import MultiBox
import NetworkGraphs
import NetworkInput
import Torch

extension SSDNetwork {
  /// Returns what the network computes for inference as a graph, from one run that is traced.
  ///
  /// Input `images`, `[N, 3, H, W]`, outputs `logits`, `[N, D, K]`, and `offsets`, `[N, D, 4]`;
  /// weights have the names of the network's variables. What depends on weights alone is a weight.
  ///
  /// - Parameter name: the graph's name, which errors and files carry.
  /// - Throws: `TorchError` for an operation that no graph has, `NetworkGraphError` for a head that
  ///   is not made of the images.
  public func graph(name: String) throws -> NetworkGraph {
    let specification = defaultBoxSpecification
    let size = [3, specification.imageHeightInPixels, specification.imageWidthInPixels]
    let (trace, images) = try OperationTrace.begin(
      with: Tensor.full([2] + size, 0.5, on: store.device))
    let output = try Gradients.unrecorded { try self(images, isTraining: false) }

    var values = [0: ExportedNames.images]
    for (tensor, name) in [
      (output.logits, ExportedNames.logits), (output.offsets, ExportedNames.offsets),
    ] {
      if let value = trace.value(of: tensor) { values[value] = name }
    }
    var weightNames: [ObjectIdentifier: String] = [:]
    for variable in store.variables {
      weightNames[ObjectIdentifier(variable.tensor)] = variable.name
    }
    var graph = NetworkGraph(
      name: name, inputs: [NetworkGraph.Value(ExportedNames.images, shape: size)],
      outputs: [ExportedNames.logits, ExportedNames.offsets])
    for (index, step) in trace.steps.enumerated() {
      let inputs = try step.operands.map { operand -> String in
        switch operand {
        case .value(let value): return values[value, default: "value_\(value)"]
        case .constant(let tensor):
          let id = ObjectIdentifier(tensor)
          let name = weightNames[id] ?? "constant_\(graph.weights.count)"
          if graph.weights[name] == nil {
            graph.weights[name] = NamedArray(shape: tensor.shape, floats: try tensor.floats())
          }
          weightNames[id] = name
          return name
        }
      }
      let output = values[index + 1] ?? "\(step.operation.name)_\(index + 1)"
      values[index + 1] = output
      graph.nodes.append(NetworkGraph.Node(step.operation, inputs, output: output))
    }
    _ = try graph.shapes()
    return graph
  }

  /// Returns the network as an ONNX model, normalizations folded into convolutions.
  ///
  /// - Parameters:
  ///   - name: of the graph.
  ///   - metadata: what a reader must know besides.
  ///   - decoding: puts decoding and non-maximum suppression into the file, whose one output is
  ///     then `detections`; nil ends it with `logits` and `offsets`.
  ///   - batch: N, from 1; nil leaves it free.
  ///   - pass: changes the graph, before it decodes; its outputs stay as they are.
  /// - Throws: as ``graph(name:)``; what `pass` throws.
  public func onnxModel(
    name: String, metadata: [String: String], decoding: DetectionDecoder.Configuration? = nil,
    batch: Int? = nil, pass: (NetworkGraph) throws -> NetworkGraph = { $0 }
  ) throws -> ONNXModel {
    var graph = try pass(inferenceGraph(name: name))
    if let decoding { graph = withDetections(graph, decoding) }
    return try graph.onnxModel(metadata: metadata, batch: batch)
  }

  /// Returns the network as a Core ML package, normalizations folded into convolutions.
  ///
  /// - Parameters:
  ///   - name: of the graph; stands in the package as its summary.
  ///   - metadata: what a reader must know besides.
  ///   - normalization: the way from an image's grey levels to the network's input.
  ///   - decoding: thresholds, score function and variances.
  ///   - detections: Core ML's own suppression, or scores and boxes.
  /// - Throws: as ``graph(name:)``.
  /// - Precondition: boxes are suppressed within their class, without `classesPerBox`.
  public func coreMLPackage(
    name: String, metadata: [String: String], normalization: ImageNormalization,
    decoding: DetectionDecoder.Configuration, detections: NetworkGraph.CoreMLDetections
  ) throws -> CoreMLPackage {
    try withDetections(inferenceGraph(name: name), decoding).coreMLPackage(
      mean: normalization.mean, standardDeviation: normalization.standardDeviation,
      detections: detections, summary: name, metadata: metadata)
  }

  private func inferenceGraph(name: String) throws -> NetworkGraph {
    try graph(name: name).foldingNormalizations().removingUnused()
  }

  private func withDetections(
    _ graph: NetworkGraph, _ decoding: DetectionDecoder.Configuration
  ) -> NetworkGraph {
    graph.endingWithDetections(
      logits: ExportedNames.logits, offsets: ExportedNames.offsets,
      output: ExportedNames.detections, defaultBoxes: DefaultBoxes(defaultBoxSpecification),
      decoding)
  }
}
