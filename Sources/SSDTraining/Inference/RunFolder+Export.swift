import Detectors
import Files
import ModelFiles
import NetworkGraphs
import Runs
import SSDModels

extension RunFolder {
  /// A change of the network's graph before it is written.
  public struct GraphPass {
    /// Stands in the name of the file that is written where none is given.
    public let name: String
    /// Takes the graph, that ends with logits and offsets, and the detector's description.
    public let apply: (NetworkGraph, DetectorDescription) throws -> NetworkGraph

    /// Creates a change.
    ///
    /// - Parameters:
    ///   - name: stands in the name of the file that is written where none is given.
    ///   - apply: takes the graph, that ends with logits and offsets, and the description.
    public init(
      name: String, apply: @escaping (NetworkGraph, DetectorDescription) throws -> NetworkGraph
    ) {
      self.name = name
      self.apply = apply
    }
  }

  /// Writes the run's network as an ONNX file, with its description as metadata.
  ///
  /// A run that was stopped before it measured anything has the weights of its checkpoint.
  ///
  /// - Parameters:
  ///   - output: nil writes `detectorPath`, or `decodedDetectorPath`; with a `batch` a file of its
  ///     own beside it.
  ///   - decodes: puts decoding and non-maximum suppression into the file.
  ///   - batch: the number of images that the file takes, from 1; nil leaves it free.
  ///   - pass: changes the network before; nil leaves it as it is.
  /// - Returns: the path of the file.
  /// - Throws: `FileError` naming a file of the run; an error of LibTorch; what the pass throws.
  public func exportONNX(
    to output: String? = nil, decodes: Bool = false, batch: Int? = nil, pass: GraphPass? = nil
  ) throws -> String {
    let configuration = try configuration()
    let network = try configuration.makeNetwork()
    let weights = try network.store.load(detectionWeightsOf: self)
    return try exportONNX(
      network, configuration, weights: weights, to: output, decodes: decodes, batch: batch,
      pass: pass)
  }

  /// Writes a network that has the run's weights.
  ///
  /// - Parameter weights: the path of the file that they are from.
  func exportONNX(
    _ network: any SSDNetwork, _ configuration: TrainingConfiguration, weights: String,
    to output: String? = nil, decodes: Bool = false, batch: Int? = nil, pass: GraphPass? = nil
  ) throws -> String {
    let float = decodes ? decodedDetectorPath : detectorPath
    let usual = pass.map { Self.changed(float, by: $0.name) } ?? float
    let target = output ?? batch.map { Self.fixed(usual, batch: $0) } ?? usual
    var description = try detector(configuration)
    if decodes {
      description.outputs = .rows(
        DetectorDescription.Rows(DetectorDescription.Output(ExportedNames.detections)))
    }
    try network.writeONNX(
      description, weights: weights, to: target,
      decoding: decodes ? configuration.detector.decoding() : nil, batch: batch,
      pass: { try pass?.apply($0, description) ?? $0 })
    return target
  }
}
