import Datasets
import MultiBox

extension ObjectDetector {
  /// Finds objects in all images of a dataset, in their pixels, and puts them beside its own.
  ///
  /// - Parameters:
  ///   - dataset: labelled images, of the detector's classes.
  ///   - observe: called with the number of images done and of all; what it throws ends the work.
  /// - Throws: `ImageError` naming the file, or what the detector or `observe` throws.
  public func evaluationImages(
    of dataset: DetectionDataset, observe: (Int, Int) throws -> Void = { _, _ in }
  ) throws -> [EvaluationImage] {
    var result: [EvaluationImage] = []
    try forEachDetectedImage(
      count: dataset.images.count, load: { try dataset.images[$0].pixels() },
      { detected in
        result.append(
          EvaluationImage(
            objects: dataset.images[detected.position].evaluationObjects,
            detections: detected.detections.map { EvaluationDetection($0) }))
        try observe(result.count, dataset.images.count)
      })
    return result
  }
}
