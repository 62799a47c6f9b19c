import Foundation
import MultiBox

/// A COCO instances file to be written.
struct COCOInstances: Encodable {
  struct Image: Encodable {
    let id: Int
    let fileName: String
    let width: Int
    let height: Int

    private enum CodingKeys: String, CodingKey {
      case id, width, height
      case fileName = "file_name"
    }
  }

  struct Category: Encodable {
    let id: Int
    let name: String
  }

  struct Annotation: Encodable {
    let id: Int
    let imageID: Int
    let categoryID: Int
    let bbox: [Double]
    let area: Double
    let isCrowd: Int
    let isDifficult: Int

    private enum CodingKeys: String, CodingKey {
      case id, bbox, area
      case imageID = "image_id"
      case categoryID = "category_id"
      case isCrowd = "iscrowd"
      case isDifficult = "difficult"
    }
  }

  var images: [Image] = []
  let categories: [Category]
  var annotations: [Annotation] = []

  /// - Parameter fileNames: of the images, in their order.
  init(_ dataset: DetectionDataset, fileNames: [String]) {
    categories = dataset.classNames.indices.map {
      Category(id: $0, name: dataset.classNames[$0])
    }
    for (index, image) in dataset.images.enumerated() {
      images.append(
        Image(
          id: index + 1, fileName: fileNames[index], width: image.width, height: image.height))
      for (labeled, object) in zip(image.groundTruth, image.evaluationObjects) {
        let box = labeled.box
        annotations.append(
          Annotation(
            id: annotations.count + 1, imageID: index + 1, categoryID: labeled.classIndex,
            bbox: [box.xMin, box.yMin, box.width, box.height], area: object.area,
            isCrowd: labeled.isCrowd ? 1 : 0, isDifficult: labeled.isDifficult ? 1 : 0))
      }
    }
  }

  func data() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }
}
