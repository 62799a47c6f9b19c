import DetectionData
import Foundation
import ModelFiles
import MultiBox
import SSDModels

extension RunFolder {
  /// Writes the run's network as an ONNX file, with its description as metadata.
  ///
  /// - Parameter output: nil writes ``detectorPath``.
  /// - Returns: the path of the file.
  @discardableResult
  public func exportONNX(to output: String? = nil) throws -> String {
    let configuration = try configuration()
    let network = try configuration.detector.makeNetwork()
    try network.store.load(from: weightsPath)
    let target = output ?? detectorPath
    try network.onnxModel(
      name: configuration.model.rawValue,
      metadata: [DetectorDescription.metadataKey: configuration.detector.description.json()]
    ).write(to: target)
    return target
  }
}

extension DetectorConfiguration {
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
            scoreFunction: loss.confidenceLoss.scoreFunction),
          offsets: DetectorDescription.Output(ExportedNames.offsets), boxCoder: loss.boxCoder,
          defaultBoxes: .specification(defaultBoxes))))
  }
}
