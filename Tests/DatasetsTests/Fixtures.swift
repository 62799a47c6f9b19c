import Foundation
import ImageFiles

/// What tests of files write.
enum Fixtures {
  static func write(_ text: String, to path: String) throws {
    let folder = (path as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  /// An annotation of one or more objects: name, xmin, ymin, xmax, ymax as text.
  static func annotation(
    width: Int = 20, height: Int = 10, _ objects: [(String, [String])], extra: String = ""
  ) -> String {
    let parts = objects.map { name, box in
      """
      <object><name>\(name)</name>\(extra)<bndbox><xmin>\(box[0])</xmin><ymin>\(box[1])</ymin>\
      <xmax>\(box[2])</xmax><ymax>\(box[3])</ymax></bndbox></object>
      """
    }
    return """
      <annotation>
      <size><width>\(width)</width><height>\(height)</height></size>
      \(parts.joined(separator: "\n"))
      </annotation>
      """
  }

  static func image(width: Int = 20, height: Int = 10) -> RGBImage {
    RGBImage(
      width: width, height: height,
      pixels: (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 &* 37) })
  }

  /// Writes a PNG file of a size, in folders that are made as needed.
  static func writeImage(_ path: String, width: Int = 40, height: Int = 20) throws {
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try PNGFile.write(image(width: width, height: height), to: path)
  }
}
