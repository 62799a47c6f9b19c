import Foundation
import ModelFiles
import MultiBox

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Writes a split as a folder of PNG images with Pascal VOC annotations beside them.
public enum FolderWriter {
  /// Reading the folder gives the same boxes: the 1-based pixels of the format are written with
  /// decimals.
  public static func write(_ dataset: DetectionDataset, to folder: String) throws {
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw FileError(path: folder, reason: "cannot be made: \(error.localizedDescription)")
    }
    let images = ImageCache(dataset, byteLimit: 0)
    for (index, image) in dataset.images.enumerated() {
      try PNGFile.write(images.image(at: index), to: "\(folder)/\(image.name).png")
      let document = annotation(of: image, classNames: dataset.classNames)
      try AtomicFile.write(
        document.xmlData(options: .nodePrettyPrint), to: "\(folder)/\(image.name).xml")
    }
  }

  private static func annotation(of image: DatasetImage, classNames: [String]) -> XMLDocument {
    let root = XMLElement(name: "annotation")
    root.addChild(XMLElement(name: "filename", stringValue: "\(image.name).png"))
    let size = XMLElement(name: "size")
    size.addChild(XMLElement(name: "width", stringValue: "\(image.width)"))
    size.addChild(XMLElement(name: "height", stringValue: "\(image.height)"))
    size.addChild(XMLElement(name: "depth", stringValue: "3"))
    root.addChild(size)
    for labeled in image.groundTruth {
      let object = XMLElement(name: "object")
      object.addChild(
        XMLElement(name: "name", stringValue: classNames[labeled.classIndex - 1]))
      object.addChild(
        XMLElement(name: "difficult", stringValue: labeled.isDifficult ? "1" : "0"))
      let box = XMLElement(name: "bndbox")
      // The inverse of what reading does.
      for (name, value) in [
        ("xmin", labeled.box.xMin + 1), ("ymin", labeled.box.yMin + 1),
        ("xmax", labeled.box.xMax), ("ymax", labeled.box.yMax),
      ] {
        box.addChild(XMLElement(name: name, stringValue: "\(value)"))
      }
      object.addChild(box)
      root.addChild(object)
    }
    return XMLDocument(rootElement: root)
  }
}
