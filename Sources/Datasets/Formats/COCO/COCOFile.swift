import Files
import Foundation
import MultiBox

/// Ground truth and results in COCO's JSON.
public struct COCOFile: Sendable {
  /// Names of the classes, by rising category id.
  public let classNames: ClassNames
  private let imageIDs: [Int]
  private let classes: [Int: Int]
  private let objects: [Int: [EvaluationObject]]

  /// Reads a ground-truth file.
  ///
  /// - Parameter path: of an instances JSON.
  /// - Throws: `FileError` that names file, place, expected and found.
  public init(groundTruth path: String) throws {
    let content: COCOContent = try COCOContent.decode(path)
    func fail(_ place: String, _ reason: String) -> FileError {
      FileError(path: path, reason: "\(place): \(reason)")
    }
    let (names, classes) = try content.classes(path: path)
    let known = try content.imageIDs(path: path)
    var objects: [Int: [EvaluationObject]] = [:]
    for (index, annotation) in content.annotations.enumerated() {
      let place = "annotations[\(index)]"
      guard known.contains(annotation.imageID) else {
        throw fail("\(place).image_id", "no image of id \(annotation.imageID)")
      }
      guard let classIndex = classes[annotation.categoryID] else {
        throw fail("\(place).category_id", "no category of id \(annotation.categoryID)")
      }
      let sides = annotation.bbox
      guard let box = COCOContent.box(sides) else {
        throw fail("\(place).bbox", "expected finite x, y, width, height from 0, found \(sides)")
      }
      objects[annotation.imageID, default: []].append(
        EvaluationObject(
          box: box, classIndex: classIndex, area: annotation.area ?? sides[2] * sides[3],
          boxArea: sides[2] * sides[3], isCrowd: annotation.isCrowd?.value ?? false,
          isDifficult: annotation.isDifficult?.value ?? false))
    }
    classNames = names
    imageIDs = known.sorted()
    self.classes = classes
    self.objects = objects
  }

  /// Reads a results file and returns all images by ascending id, with what is there and what was
  /// found.
  ///
  /// Results of a category that the ground truth does not have are left out, as in the reference.
  ///
  /// - Parameter path: of a results JSON, a list of image_id, category_id, bbox and score.
  /// - Throws: `FileError` that names file, place, expected and found.
  public func images(detections path: String) throws -> [EvaluationImage] {
    let results: [Result] = try COCOContent.decode(path)
    let known = Set(imageIDs)
    var found: [Int: [EvaluationDetection]] = [:]
    for (index, result) in results.enumerated() {
      func fail(_ reason: String) -> FileError {
        FileError(path: path, reason: "[\(index)].\(reason)")
      }
      guard known.contains(result.imageID) else {
        throw fail("image_id: no image of id \(result.imageID) in the ground truth")
      }
      guard let box = COCOContent.box(result.bbox) else {
        throw fail("bbox: expected finite x, y, width, height from 0, found \(result.bbox)")
      }
      guard result.score.isFinite else { throw fail("score: found \(result.score)") }
      guard let classIndex = classes[result.categoryID] else { continue }
      found[result.imageID, default: []].append(
        EvaluationDetection(
          box: box, classIndex: classIndex, score: result.score,
          area: result.bbox[2] * result.bbox[3]))
    }
    return imageIDs.map {
      EvaluationImage(objects: objects[$0] ?? [], detections: found[$0] ?? [])
    }
  }

  private struct Result: Decodable {
    let imageID: Int
    let categoryID: Int
    let bbox: [Double]
    let score: Double

    private enum CodingKeys: String, CodingKey {
      case bbox, score
      case imageID = "image_id"
      case categoryID = "category_id"
    }
  }
}
