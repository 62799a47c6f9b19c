import Files
import Foundation
import MultiBox

extension VOCAnnotation {
  /// Returns the file that says what stands in an image.
  ///
  /// Reading it gives the same boxes: the 1-based pixels of the format are written with decimals.
  static func data(of image: DatasetImage, fileName: String, classNames: ClassNames) -> Data {
    func size(_ name: String, _ value: Int) -> XMLTree { XMLTree(name, text: "\(value)") }
    let objects = image.groundTruth.map { labeled in
      // The inverse of what reading does.
      let sides = [
        ("xmin", labeled.box.xMin + 1), ("ymin", labeled.box.yMin + 1),
        ("xmax", labeled.box.xMax), ("ymax", labeled.box.yMax),
      ]
      return XMLTree(
        "object",
        children: [
          XMLTree("name", text: classNames[labeled.classIndex]),
          XMLTree("difficult", text: labeled.isDifficult ? "1" : "0"),
          XMLTree("bndbox", children: sides.map { XMLTree($0.0, text: "\($0.1)") }),
        ])
    }
    let header = [
      XMLTree("filename", text: fileName),
      XMLTree(
        "size",
        children: [size("width", image.width), size("height", image.height), size("depth", 3)]),
    ]
    return XMLTree("annotation", children: header + objects).document()
  }
}
