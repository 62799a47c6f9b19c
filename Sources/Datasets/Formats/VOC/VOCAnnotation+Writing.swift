import Foundation
import MultiBox

#if canImport(FoundationXML)
  import FoundationXML
#endif

extension VOCAnnotation {
  /// Returns the file that says what stands in an image.
  ///
  /// Reading it gives the same boxes: the 1-based pixels of the format are written with decimals.
  static func data(of image: DatasetImage, fileName: String, classNames: ClassNames) -> Data {
    let root = XMLElement(name: "annotation")
    root.addChild(XMLElement(name: "filename", stringValue: fileName))
    let size = XMLElement(name: "size")
    size.addChild(XMLElement(name: "width", stringValue: "\(image.width)"))
    size.addChild(XMLElement(name: "height", stringValue: "\(image.height)"))
    size.addChild(XMLElement(name: "depth", stringValue: "3"))
    root.addChild(size)
    for labeled in image.groundTruth {
      let object = XMLElement(name: "object")
      object.addChild(
        XMLElement(name: "name", stringValue: classNames[labeled.classIndex]))
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
    return XMLDocument(rootElement: root).xmlData(options: .nodePrettyPrint)
  }
}
