import Detectors
import Files
import ModelFiles
import NetworkGraphs
import Runs
import SSDModels

extension RunFolder {
  /// Writes the run's network as a Core ML package.
  ///
  /// With Core ML's own suppression its thresholds are defaults that the caller of the package may
  /// replace: the run's IoU, and of the scores from which the classes are shown the lowest. Without
  /// it the package carries the detector's description as metadata.
  ///
  /// A run that was stopped before it measured anything has the weights of its checkpoint.
  ///
  /// - Parameters:
  ///   - output: nil writes `coreMLPath`, or `rawCoreMLPath`.
  ///   - isRaw: ends the package with scores and boxes, in place of Core ML's own suppression.
  /// - Returns: the path of the package.
  /// - Throws: `FileError` naming a file of the run; an error of LibTorch.
  public func exportCoreML(to output: String? = nil, isRaw: Bool = false) throws -> String {
    let target = output ?? (isRaw ? rawCoreMLPath : coreMLPath)
    let configuration = try configuration()
    let network = try configuration.makeNetwork()
    let weights = try network.store.load(detectionWeightsOf: self)
    var description = try detector(configuration)
    var metadata = [Self.weightsHashKey: try ContentHash(ofFile: weights).text]
    let detections: NetworkGraph.CoreMLDetections
    if isRaw {
      detections = .raw
      description.outputs = .boxes(.ofCoreML)
      metadata[DetectorDescription.metadataKey] = try description.json()
    } else {
      detections = .suppressed(classNames: Array(description.classNames))
    }
    try network.coreMLPackage(
      name: description.name, metadata: metadata,
      normalization: description.input.normalization,
      decoding: configuration.detector.decoding(
        scoreThreshold: isRaw ? nil : description.lowestShownScore),
      detections: detections
    ).write(to: target)
    return target
  }
}

extension DetectorDescription.DecodedBoxes {
  /// Scores and boxes of a package without suppression.
  fileprivate static let ofCoreML = DetectorDescription.DecodedBoxes(
    classes: DetectorDescription.Classes(
      DetectorDescription.Output(CoreMLNames.scores), scoreFunction: .identity),
    boxes: DetectorDescription.Output(CoreMLNames.boxes))
}

extension DetectorDescription {
  /// The lowest of the scores from which the classes are shown, as Core ML's suppression has one
  /// for all.
  fileprivate var lowestShownScore: Double {
    let shown = (thresholds.best?.scores ?? []).map { $0 ?? BestThresholds.usual }
    return max(shown.min() ?? BestThresholds.usual, thresholds.score)
  }
}
