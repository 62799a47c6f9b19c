import DetectionData
import MultiBox

extension Detector {
  /// Finds objects in all images of a dataset, in their pixels, beside what stands in them.
  ///
  /// - Parameter observe: called with the number of images done and of all.
  /// - Throws: `ImageError` or ``RuntimeError`` naming the file.
  public func evaluationImages(
    of dataset: DetectionDataset, observe: (Int, Int) -> Void = { _, _ in }
  ) throws -> [EvaluationImage] {
    let source = ImageCache(dataset, byteLimit: 0)
    var result: [EvaluationImage] = []
    try forEachPicture(
      count: dataset.images.count, load: { try source.image(at: $0) },
      { position, _, found in
        result.append(
          EvaluationImage(
            objects: dataset.images[position].evaluationObjects,
            detections: found.map { EvaluationDetection($0) }))
        observe(result.count, dataset.images.count)
      })
    return result
  }
}
