import Foundation
import ModelFiles
import MultiBox

/// Ground truth and results in COCO's JSON.
public struct COCOFile: Sendable {
  /// Names of classes 1…classCount, by rising category id.
  public let classNames: [String]
  private let imageIDs: [Int]
  private let classes: [Int: Int]
  private let objects: [Int: [EvaluationObject]]

  /// Reads a ground-truth file.
  ///
  /// - Throws: ``FileError`` that names file, place, expected and found.
  public init(groundTruth path: String) throws {
    let content: Content = try Self.decode(path)
    func fail(_ place: String, _ reason: String) -> FileError {
      FileError(path: path, reason: "\(place): \(reason)")
    }
    let categories = content.categories.sorted { $0.id < $1.id }
    var classes: [Int: Int] = [:]
    for (index, category) in categories.enumerated() {
      guard classes.updateValue(index + 1, forKey: category.id) == nil else {
        throw fail("categories", "a second category of id \(category.id)")
      }
    }
    var known: Set<Int> = []
    for image in content.images where !known.insert(image.id).inserted {
      throw fail("images", "a second image of id \(image.id)")
    }
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
      guard let box = Self.box(sides) else {
        throw fail("\(place).bbox", "expected finite x, y, width, height from 0, found \(sides)")
      }
      objects[annotation.imageID, default: []].append(
        EvaluationObject(
          box: box, classIndex: classIndex, area: annotation.area ?? sides[2] * sides[3],
          isCrowd: annotation.isCrowd?.value ?? false,
          isDifficult: annotation.isDifficult?.value ?? false))
    }
    classNames = categories.map(\.name)
    imageIDs = known.sorted()
    self.classes = classes
    self.objects = objects
  }

  /// Reads a results file and returns all images by ascending id, with what is there and what was
  /// found.
  ///
  /// Results of a category that the ground truth does not have are left out, as in the reference.
  public func images(detections path: String) throws -> [EvaluationImage] {
    let results: [Result] = try Self.decode(path)
    let known = Set(imageIDs)
    var found: [Int: [EvaluationDetection]] = [:]
    for (index, result) in results.enumerated() {
      func fail(_ reason: String) -> FileError {
        FileError(path: path, reason: "[\(index)].\(reason)")
      }
      guard known.contains(result.imageID) else {
        throw fail("image_id: no image of id \(result.imageID) in the ground truth")
      }
      guard let box = Self.box(result.bbox) else {
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

  private static func box(_ sides: [Double]) -> Box? {
    guard sides.count == 4, sides.allSatisfy(\.isFinite), sides[2] >= 0, sides[3] >= 0 else {
      return nil
    }
    return Box(
      xMin: sides[0], yMin: sides[1], xMax: sides[0] + sides[2], yMax: sides[1] + sides[3])
  }

  private static func decode<Value: Decodable>(_ path: String) throws -> Value {
    guard FileManager.default.fileExists(atPath: path) else {
      throw FileError(path: path, reason: "no such file")
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw FileError(path: path, reason: "cannot be read")
    }
    do {
      return try JSONDecoder().decode(Value.self, from: data)
    } catch let error as DecodingError {
      throw FileError(path: path, reason: error.explanation)
    }
  }

  private struct Content: Decodable {
    struct Image: Decodable { let id: Int }
    struct Category: Decodable {
      let id: Int
      let name: String
    }
    struct Annotation: Decodable {
      let imageID: Int
      let categoryID: Int
      let bbox: [Double]
      let area: Double?
      let isCrowd: Flag?
      let isDifficult: Flag?

      private enum CodingKeys: String, CodingKey {
        case bbox, area
        case imageID = "image_id"
        case categoryID = "category_id"
        case isCrowd = "iscrowd"
        case isDifficult = "difficult"
      }
    }
    let images: [Image]
    let categories: [Category]
    let annotations: [Annotation]
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

  /// 0 and 1, or false and true: both are in use.
  private struct Flag: Decodable {
    let value: Bool
    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let flag = try? container.decode(Bool.self) {
        value = flag
      } else {
        value = try container.decode(Int.self) != 0
      }
    }
  }
}
