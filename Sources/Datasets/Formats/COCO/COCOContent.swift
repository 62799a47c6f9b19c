import Files
import Foundation
import MultiBox

/// What a COCO instances file says, in its own numbers.
struct COCOContent: Decodable {
  struct Image: Decodable {
    let id: Int
    let fileName: String?
    let width: Int?
    let height: Int?

    private enum CodingKeys: String, CodingKey {
      case id, width, height
      case fileName = "file_name"
    }
  }

  struct Category: Decodable {
    let id: Int
    let name: String
  }

  struct Annotation: Decodable {
    let imageID: Int
    let categoryID: Int
    /// x, y, width, height in pixels.
    let bbox: [Double]
    /// Of the segment.
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

  /// 0 and 1, or false and true: both are in use.
  struct Flag: Decodable {
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

  let images: [Image]
  let categories: [Category]
  let annotations: [Annotation]

  /// Reads a JSON file.
  ///
  /// - Throws: ``FileError`` that names file, key, expected and found.
  static func decode<Value: Decodable>(_ path: String) throws -> Value {
    let data = try InputFile.contents(path)
    do {
      return try JSONDecoder().decode(Value.self, from: data)
    } catch let error as DecodingError {
      throw FileError(path: path, reason: error.explanation)
    }
  }

  /// Returns the names of the categories by rising id, and for each id its class, 1…classCount.
  func classes(path: String) throws -> (names: ClassNames, classes: [Int: Int]) {
    let categories = categories.sorted { $0.id < $1.id }
    var classes: [Int: Int] = [:]
    for (index, category) in categories.enumerated() {
      guard classes.updateValue(index + 1, forKey: category.id) == nil else {
        throw FileError(
          path: path, reason: "categories: a second category of id \(category.id)")
      }
    }
    return (ClassNames(categories.map(\.name)), classes)
  }

  func imageIDs(path: String) throws -> Set<Int> {
    var known: Set<Int> = []
    for image in images where !known.insert(image.id).inserted {
      throw FileError(path: path, reason: "images: a second image of id \(image.id)")
    }
    return known
  }

  /// Returns the box of x, y, width, height, or nil for what is none.
  static func box(_ sides: [Double]) -> PixelBox? {
    guard sides.count == 4, sides.allSatisfy(\.isFinite), sides[2] >= 0, sides[3] >= 0 else {
      return nil
    }
    return PixelBox(
      xMin: sides[0], yMin: sides[1], xMax: sides[0] + sides[2], yMax: sides[1] + sides[3])
  }
}
