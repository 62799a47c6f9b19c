import Datasets
import Detectors
import Files
import ModelFiles
import MultiBox
import NetworkGraphs
import Runs
import SSDModels
import TrainingInput

/// A detector that others trained, whole: a network with their weights, and what its input and
/// outputs mean in their program.
public struct ImportedDetector {
  /// The network with the weights.
  public let network: any SSDNetwork
  /// Its classes, input, default boxes and thresholds.
  public let description: DetectorDescription
  /// The fate of each array of the file.
  public let report: PretrainedWeights.Report
  private let path: String

  /// Makes the network and loads the weights.
  ///
  /// - Parameters:
  ///   - weights: of a detector; all of the network's variables are among them.
  ///   - preset: the network that they are for.
  ///   - classNames: one for each class of the weights, without background.
  ///   - defaultBoxes: those that the detector was trained with; nil takes those of the weights'
  ///     layout.
  /// - Throws: `FileError` naming the file and what it lacks; `ModelError` where the default boxes
  ///   do not fit the network.
  public init(
    _ weights: PretrainedWeights, of preset: NetworkPreset, classNames: ClassNames,
    defaultBoxes: DefaultBoxSpecification? = nil
  ) throws {
    try weights.checkIsDetector(of: preset)
    let layout = weights.layout
    let known = layout.defaultBoxes(of: preset, classCount: classNames.count)
    guard let defaultBoxes = defaultBoxes ?? known.map(layout.specification(of:)) else {
      throw FileError(
        path: weights.path,
        reason: "\(layout.rawValue) trains with default boxes of more than one kind, and"
          + " \(classNames.count) classes do not tell which: --default-boxes names them")
    }
    var values = TrainingConfiguration.Network(preset)
    values.defaultBoxes = defaultBoxes
    if let normalization = weights.normalization { values.normalization = normalization }
    var loss = values.usualLoss
    loss.boxCoder = layout.boxCoder
    let configuration = TrainingConfiguration(
      data: TrainingDataSource(paths: [weights.path], classNames: classNames), network: values,
      loss: loss, suppression: NonMaximumSuppression())
    network = try configuration.makeNetwork()
    report = try weights.load(into: network.store, classNames: classNames)
    let lacking = report.missing + report.reshaped
    guard lacking.isEmpty else {
      throw FileError(
        path: weights.path,
        reason: "\(lacking.count) of \(network.store.variables.count) arrays of \(preset.name) are"
          + " missing or of another shape, first \(lacking[0]): a detector needs them all")
    }
    var description = configuration.detector
    if preset == .ssdlite320MobileNetV3 {
      description.thresholds = DetectorDescription.Thresholds(
        score: 0.001, iou: 0.55, candidatesPerClass: 300, maximumDetections: 300)
    }
    do {
      try description.check()
    } catch {
      throw FileError(path: weights.path, reason: "\(error.key): \(error.reason)")
    }
    self.description = description
    path = weights.path
  }

  /// Writes the detector as an ONNX file, with its description as metadata.
  ///
  /// - Parameter output: the path of the file.
  /// - Throws: `FileError` where it cannot be written; an error of LibTorch.
  public func exportONNX(to output: String) throws {
    try network.writeONNX(description, weights: path, to: output)
  }
}

extension PretrainedWeights {
  /// Checks that the file holds a whole detector whose input and outputs are known.
  ///
  /// - Parameter preset: the network that the weights are for.
  /// - Throws: `FileError` naming the file and what is to be done with it.
  public func checkIsDetector(of preset: NetworkPreset) throws(FileError) {
    if isOfThisProject {
      throw FileError(
        path: path,
        reason: "weights of a run, whose folder knows their default boxes: multibox export --run"
          + " writes its network")
    }
    guard layout.hasHeads, holdsClasses else {
      throw FileError(
        path: path,
        reason: "a backbone without the heads of a detector (\(layout.rawValue)): multibox train"
          + " --pretrained begins with it")
    }
    guard layout != .own || preset.hasTorchvisionNames else {
      throw FileError(
        path: path, reason: "no other program is known that trains \(preset.name) with these names")
    }
  }
}

extension SSDNetwork {
  /// Writes the network as an ONNX file, with its description and the hash of its weights as
  /// metadata.
  ///
  /// - Parameters:
  ///   - description: of the detector.
  ///   - weights: the path of the file that the network's weights are from.
  ///   - output: the path of the file.
  ///   - decoding: puts decoding and non-maximum suppression into the file.
  ///   - batch: N, from 1; nil leaves it free.
  func writeONNX(
    _ description: DetectorDescription, weights: String, to output: String,
    decoding: DetectionDecoder.Configuration? = nil, batch: Int? = nil,
    pass: (NetworkGraph) throws -> NetworkGraph = { $0 }
  ) throws {
    try onnxModel(
      name: description.name,
      metadata: [
        DetectorDescription.metadataKey: description.json(),
        RunFolder.weightsHashKey: ContentHash(ofFile: weights).text,
      ],
      decoding: decoding, batch: batch, pass: pass
    ).write(to: output)
  }
}
