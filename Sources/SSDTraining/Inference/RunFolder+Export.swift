import Detectors
import Files
import ModelFiles
import Runs
import SSDModels

extension RunFolder {
  /// Writes the run's network as an ONNX file, with its description as metadata.
  ///
  /// A run that was stopped before it measured anything has the weights of its checkpoint.
  ///
  /// - Parameters:
  ///   - output: nil writes `detectorPath`, or `decodedDetectorPath`; with a `batch` a file of its
  ///     own beside it.
  ///   - decodes: puts decoding and non-maximum suppression into the file.
  ///   - batch: the number of images that the file takes, from 1; nil leaves it free.
  /// - Returns: the path of the file.
  /// - Throws: `FileError` naming a file of the run; an error of LibTorch.
  public func exportONNX(
    to output: String? = nil, decodes: Bool = false, batch: Int? = nil
  ) throws -> String {
    let configuration = try configuration()
    let network = try configuration.makeNetwork()
    let weights = try network.store.load(detectionWeightsOf: self)
    return try exportONNX(
      network, configuration, weights: weights, to: output, decodes: decodes, batch: batch)
  }

  /// Writes a network that has the run's weights.
  ///
  /// - Parameter weights: the path of the file that they are from.
  func exportONNX(
    _ network: any SSDNetwork, _ configuration: TrainingConfiguration, weights: String,
    to output: String? = nil, decodes: Bool = false, batch: Int? = nil
  ) throws -> String {
    let usual = decodes ? decodedDetectorPath : detectorPath
    let target = output ?? batch.map { Self.fixed(usual, batch: $0) } ?? usual
    var description = try detector(configuration)
    if decodes {
      description.outputs = .rows(
        DetectorDescription.Rows(DetectorDescription.Output(ExportedNames.detections)))
    }
    try network.writeONNX(
      description, weights: weights, to: target,
      decoding: decodes ? configuration.detector.decoding() : nil, batch: batch)
    return target
  }
}
