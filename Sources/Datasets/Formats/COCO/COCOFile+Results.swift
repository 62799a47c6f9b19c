import Files
import MultiBox

extension COCOFile {
  /// Returns all images by ascending id, with what is there and what was found.
  ///
  /// Results of a category that the ground truth does not have are left out, as in the reference;
  /// ``leftOut(of:)`` counts them.
  ///
  /// - Parameter results: of a results file.
  /// - Throws: `FileError` for a result in an image that the ground truth does not have, and where
  ///   no result is of a category that it has.
  public func images(detections results: COCOResults) throws -> [EvaluationImage] {
    let places = Dictionary(uniqueKeysWithValues: zip(images, images.indices))
    let imageOfReference = results.imageIDs.map { places[$0] }
    let classOfReference = classIndices(of: results)
    // The ids that the file has are those of its results.
    if let first = results.categoryIDs.first, classOfReference.allSatisfy({ $0 == nil }) {
      throw FileError(
        path: results.path,
        reason: "category_id: none of \(results.results.count) results is of a category of the"
          + " ground truth, as \(first); expected one of \(listedCategories)")
    }
    var counts = [Int](repeating: 0, count: images.count)
    for (index, result) in results.results.enumerated() {
      guard let image = imageOfReference[Int(result.image)] else {
        throw FileError(
          path: results.path,
          reason: "[\(index)].image_id: no image of id \(results.imageIDs[Int(result.image)])"
            + " in the ground truth")
      }
      counts[image] += 1
    }
    var found = counts.map { count in
      var detections: [EvaluationDetection] = []
      detections.reserveCapacity(count)
      return detections
    }
    for result in results.results {
      guard let classIndex = classOfReference[Int(result.category)],
        let image = imageOfReference[Int(result.image)]
      else { continue }
      found[image].append(
        EvaluationDetection(
          box: result.sides.box, classIndex: classIndex, score: result.score,
          area: result.sides.area))
    }
    return zip(objects, found).map { EvaluationImage(objects: $0, detections: $1) }
  }

  /// Reads a results file and returns all images by ascending id, with what is there and what was
  /// found.
  ///
  /// - Parameter path: of a results JSON, a list of image_id, category_id, bbox and score.
  /// - Throws: `FileError` that names file, place, expected and found.
  public func images(detections path: String) throws -> [EvaluationImage] {
    try images(detections: COCOResults(path))
  }

  /// Counts what of a results file is left out.
  ///
  /// - Parameter results: of a results file.
  /// - Returns: the count, and sentences about it, none if nothing is left out.
  public func leftOut(of results: COCOResults) -> (count: UnmeasuredCount, notes: [String]) {
    let classIndices = classIndices(of: results)
    let count = results.results.count { classIndices[Int($0.category)] == nil }
    guard count > 0 else { return (UnmeasuredCount(), []) }
    let unknown = zip(results.categoryIDs, classIndices).filter { $1 == nil }.map(\.0).sorted()
    let named = unknown.prefix(5).map(\.description).joined(separator: ", ")
    let note =
      "\(results.path): \(count) of \(results.results.count) results are of categories that the"
      + " ground truth does not have, left out: \(named)"
      + (unknown.count > 5 ? " and \(unknown.count - 5) more" : "")
    return (UnmeasuredCount(detections: count), [note])
  }

  /// The ids of the categories with their names, for messages.
  private var listedCategories: String {
    let shown = classes.sorted { $0.key < $1.key }.prefix(8)
      .map { "\($0.key) (\(classNames[$0.value]))" }
    return shown.joined(separator: ", ")
      + (classes.count > shown.count ? ", … (\(classes.count) categories)" : "")
  }

  /// For each number of a category in a results file its class.
  private func classIndices(of results: COCOResults) -> [Int?] {
    results.categoryIDs.map { classes[$0] }
  }
}
