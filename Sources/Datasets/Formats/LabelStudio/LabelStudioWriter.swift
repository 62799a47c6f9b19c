import Foundation
import MultiBox

/// Writes Label Studio's tasks, whose images are files that it serves from the dataset's folder.
struct LabelStudioWriter: LabelWriter {
  private struct Task: Encodable {
    let id: Int
    let data: [String: String]
    let annotations: [Annotation]
  }

  private struct Annotation: Encodable {
    let result: [Region]
  }

  private struct Region: Encodable {
    struct Value: Encodable {
      let x: Double
      let y: Double
      let width: Double
      let height: Double
      let rotation = 0
      let rectanglelabels: [String]

      private enum CodingKeys: String, CodingKey {
        case x, y, width, height, rotation, rectanglelabels
      }
    }

    let id: String
    let original: PixelSize
    let value: Value

    private enum CodingKeys: String, CodingKey {
      case id, type, value
      case control = "from_name"
      case object = "to_name"
      case width = "original_width"
      case height = "original_height"
      case rotation = "image_rotation"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(id, forKey: .id)
      try container.encode("rectanglelabels", forKey: .type)
      // The names of Label Studio's own template of an object detection project.
      try container.encode("label", forKey: .control)
      try container.encode("image", forKey: .object)
      try container.encode(original.width, forKey: .width)
      try container.encode(original.height, forKey: .height)
      try container.encode(0, forKey: .rotation)
      try container.encode(value, forKey: .value)
    }
  }

  let folder: OutputFolder
  private var tasks: [Task] = []

  init(folder: OutputFolder) { self.folder = folder }

  func imageFolder(split: String) -> String { split }

  mutating func add(
    _ image: DatasetImage, fileName: String, split: String, classNames: ClassNames
  ) {
    guard let size = PixelSize(width: image.width, height: image.height) else { return }
    let (w, h) = (Double(image.width) / 100, Double(image.height) / 100)
    let regions = image.groundTruth.enumerated().map { index, labeled in
      let box = labeled.box
      return Region(
        id: "\(index + 1)", original: size,
        value: Region.Value(
          x: box.xMin / w, y: box.yMin / h, width: box.width / w, height: box.height / h,
          rectanglelabels: [classNames[labeled.classIndex]]))
    }
    tasks.append(
      Task(
        id: tasks.count + 1, data: ["image": "/data/local-files/?d=\(split)/\(fileName)"],
        annotations: [Annotation(result: regions)]))
  }

  mutating func finish(split: String, fileNames: [String], classNames: ClassNames) throws {
    try folder.write(json: tasks, to: "\(split)/tasks.json")
    tasks = []
  }
}
