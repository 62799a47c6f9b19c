import Files
import Foundation
import MultiBox

/// Writes detections as a results file of COCO, which `evaluate --detections` and other evaluators
/// read.
///
/// An image is named by its id in a ground-truth file, found by its file name. Without such a file
/// the id is the number that the file is called, as COCO's own `000000000139.jpg`; images that are
/// called otherwise follow the highest number. Where no image is called a number, or two are called
/// the same, it is the place among the images, from 1. A class likewise is the category of its
/// name, or its number from 1.
public struct COCOResultsWriter {
  private struct Result: Encodable {
    let imageID: COCOIdentifier
    let categoryID: COCOIdentifier
    let bbox: [Double]
    let score: Double

    private enum CodingKeys: String, CodingKey {
      case bbox, score
      case imageID = "image_id"
      case categoryID = "category_id"
    }
  }

  private let imageIDs: [String: COCOIdentifier]
  private let categoryIDs: [COCOIdentifier]
  private var results: [Result] = []
  /// A sentence on ids that are not the numbers that images are called; nil where all are, and
  /// where a ground truth says them.
  public let note: String?

  /// Finds the ids.
  ///
  /// - Parameters:
  ///   - images: paths of all images that detections are of.
  ///   - classNames: names of the classes.
  ///   - groundTruth: path of an instances JSON; nil numbers images and classes.
  /// - Throws: `FileError` naming an image or class that the ground truth does not have, two images
  ///   of one name, or an image that is named twice.
  public init(images: [String], classNames: ClassNames, groundTruth: String? = nil) throws {
    var seen: Set<String> = []
    if let twice = images.first(where: { !seen.insert($0).inserted }) {
      throw FileError(path: twice, reason: "is named twice, and its results would count twice")
    }
    guard let groundTruth else {
      let numbered = Self.numbers(of: images)
      note = numbered.note
      imageIDs = Dictionary(
        zip(images, numbered.ids.map { COCOIdentifier($0) }),
        uniquingKeysWith: { first, _ in first })
      categoryIDs = classNames.indices.map { COCOIdentifier($0) }
      return
    }
    note = nil
    let content = try COCOContent(groundTruth)
    var byName: [String: COCOIdentifier] = [:]
    for image in content.images {
      guard let name = image.fileName?.lastPart else { continue }
      guard byName.updateValue(content.imageID(of: image), forKey: name) == nil else {
        throw FileError(path: groundTruth, reason: "images: two files are called \(name)")
      }
    }
    imageIDs = try Dictionary(
      images.map { path in
        guard let id = byName[path.lastPart] else {
          throw FileError(path: groundTruth, reason: "images: no file_name \(path.lastPart)")
        }
        return (path, id)
      }, uniquingKeysWith: { first, _ in first })
    var known: [COCOIdentifier: String] = [:]
    for (path, id) in imageIDs.sorted(by: { $0.key < $1.key }) {
      if let other = known.updateValue(path, forKey: id) {
        throw FileError(path: path, reason: "has the file_name of \(other), so they have one id")
      }
    }
    categoryIDs = try classNames.map { name in
      guard let category = content.categories.first(where: { $0.name == name }) else {
        throw FileError(path: groundTruth, reason: "categories: none is called \(name)")
      }
      return category.id
    }
  }

  /// The ids of images without a ground truth, and a sentence on those that are no names.
  private static func numbers(of images: [String]) -> (ids: [Int], note: String?) {
    let names = images.map { Int($0.lastPart.withoutExtension) }
    let places = images.indices.map { $0 + 1 }
    let numbers = names.compactMap(\.self)
    guard let highest = numbers.max(), highest <= Int.max - images.count else {
      return (places, "image_id: the place among the images: none is called a number")
    }
    var seen: Set<Int> = []
    if let twice = numbers.first(where: { !seen.insert($0).inserted }) {
      return (places, "image_id: the place among the images: two are called \(twice)")
    }
    guard let other = names.firstIndex(of: nil) else { return (numbers, nil) }
    var next = highest
    let ids = names.map { name in
      if let name { return name }
      next += 1
      return next
    }
    let count = images.count - numbers.count
    return (
      ids,
      "image_id: the number that the image is called; \(count) of \(images.count) are not called"
        + " one and follow the highest, from \(images[other]) with \(ids[other])"
    )
  }

  /// Adds the detections of an image.
  ///
  /// - Parameters:
  ///   - detections: in pixels.
  ///   - path: one of the images that were named at first.
  public mutating func add(_ detections: [PixelDetection], image path: String) {
    guard let id = imageIDs[path] else { return }
    for detection in detections {
      let box = detection.box
      results.append(
        Result(
          imageID: id, categoryID: categoryIDs[detection.classIndex - 1],
          bbox: [box.xMin, box.yMin, box.width, box.height], score: detection.score))
    }
  }

  /// Writes the file.
  ///
  /// - Parameter path: of the JSON file.
  /// - Throws: `FileError` with the reason.
  public func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(encoder.encode(results), to: path)
  }
}

extension COCOIdentifier: Encodable {
  /// Encodes a number as one, else the text.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let number = Int(description) {
      try container.encode(number)
    } else {
      try container.encode(description)
    }
  }
}
