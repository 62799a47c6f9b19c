import Files
import Foundation
import MultiBox

/// Writes VIA's annotations of version 2, which its menu imports.
struct VIAWriter: LabelWriter {
  private struct Region: Encodable {
    struct Rectangle: Encodable {
      let name = "rect"
      let x: Double
      let y: Double
      let width: Double
      let height: Double

      private enum CodingKeys: String, CodingKey { case name, x, y, width, height }
    }

    let shape: Rectangle
    let attributes: [String: String]

    private enum CodingKeys: String, CodingKey {
      case shape = "shape_attributes"
      case attributes = "region_attributes"
    }
  }

  private struct Image: Encodable {
    let filename: String
    let size: Int
    let regions: [Region]
    let attributes: [String: String] = [:]

    private enum CodingKeys: String, CodingKey {
      case filename, size, regions
      case attributes = "file_attributes"
    }
  }

  let folder: OutputFolder
  private var images: [String: Image] = [:]

  init(folder: OutputFolder) { self.folder = folder }

  func imageFolder(split: String) -> String { split }

  mutating func add(
    _ image: DatasetImage, fileName: String, split: String, classNames: ClassNames
  ) {
    // VIA knows an image by its name and the size of its file, −1 where that is not known.
    let path = "\(folder.path)/\(split)/\(fileName)"
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    let size = (attributes?[.size] as? NSNumber)?.intValue ?? -1
    images["\(fileName)\(size)"] = Image(
      filename: fileName, size: size,
      regions: image.groundTruth.map { labeled in
        let box = labeled.box
        return Region(
          shape: Region.Rectangle(x: box.xMin, y: box.yMin, width: box.width, height: box.height),
          attributes: ["class": classNames[labeled.classIndex]])
      })
  }

  mutating func finish(split: String, fileNames: [String], classNames: ClassNames) throws {
    try folder.write(json: images, to: "\(split)/via_region_data.json")
    images = [:]
  }
}
