import MultiBox

extension DetectorDescription {
  /// Returns the way from raw heads or ready boxes to detections.
  ///
  /// - Parameter scoreThreshold: the lowest score that is kept; nil takes the description's.
  public func decoding(scoreThreshold: Double? = nil) -> DetectionDecoder.Configuration {
    var configuration = DetectionDecoder.Configuration(
      scoreThreshold: scoreThreshold ?? thresholds.score,
      candidatesPerClass: thresholds.candidatesPerClass,
      suppression: NonMaximumSuppression(
        iouThreshold: thresholds.iou, gaussianSigma: thresholds.gaussianSigma),
      maximumDetections: thresholds.maximumDetections, classesPerBox: thresholds.classesPerBox)
    switch outputs {
    case .heads(let heads):
      configuration.boxCoder = heads.boxCoder
      configuration.scoreFunction = heads.classes.scoreFunction
    case .boxes(let boxes): configuration.scoreFunction = boxes.classes.scoreFunction
    case .rows, .detections: break
    }
    return configuration
  }
}
