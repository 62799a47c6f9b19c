import DetectionData
import Foundation
import ModelFiles
import MultiBox
import SSDModels

extension RunFolder {
  /// Writes the run's network as an ONNX file, with its description as metadata.
  ///
  /// - Parameters:
  ///   - output: nil writes ``detectorPath``, or ``decodedDetectorPath``.
  ///   - decodes: whether decoding and non-maximum suppression are in the file.
  /// - Returns: the path of the file.
  @discardableResult
  public func exportONNX(to output: String? = nil, decodes: Bool = false) throws -> String {
    let configuration = try configuration()
    let network = try configuration.detector.makeNetwork()
    try network.store.load(from: weightsPath)
    let target = output ?? (decodes ? decodedDetectorPath : detectorPath)
    var description = configuration.detector.description
    if decodes {
      description.outputs = .rows(
        DetectorDescription.Rows(DetectorDescription.Output(ExportedNames.detections)))
    }
    try network.onnxModel(
      name: configuration.model.rawValue,
      metadata: [DetectorDescription.metadataKey: description.json()],
      decoding: decodes ? configuration.detector.decoding : nil
    ).write(to: target)
    return target
  }
}

extension DetectorConfiguration {
  /// How predictions become detections.
  var decoding: DetectionDecoder.Configuration {
    DetectionDecoder.Configuration(
      boxCoder: loss.boxCoder, scoreFunction: loss.confidence.scoreFunction)
  }

  /// What another program must know besides the network.
  public var description: DetectorDescription {
    DetectorDescription(
      name: model.rawValue, classNames: classNames,
      input: DetectorDescription.Input(
        width: imageSide, height: imageSide, normalization: normalization),
      outputs: .heads(
        DetectorDescription.Heads(
          classes: DetectorDescription.Classes(
            DetectorDescription.Output(ExportedNames.logits),
            scoreFunction: loss.confidence.scoreFunction),
          offsets: DetectorDescription.Output(ExportedNames.offsets), boxCoder: loss.boxCoder,
          defaultBoxes: .specification(defaultBoxes))))
  }
}
