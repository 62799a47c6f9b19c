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

  /// Writes a PNG file with an EXIF orientation, 1 to 8; the size is that before the turn.
  static func writeImage(
    _ path: String, width: Int, height: Int, orientation: UInt8
  ) throws {
    try writeImage(path, width: width, height: height)
    var chunk = Data("eXIf".utf8)
    // TIFF's header, one entry: tag 0x0112, a short.
    chunk += [0x49, 0x49, 0x2A, 0, 8, 0, 0, 0, 1, 0]
    chunk += [0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0]
    var check = UInt32.max
    for byte in chunk {
      check ^= UInt32(byte)
      for _ in 0..<8 { check = (check >> 1) ^ (check & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    func bytes(_ value: UInt32) -> [UInt8] {
      [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
    let url = URL(fileURLWithPath: path)
    var data = try Data(contentsOf: url)
    // Behind the signature and IHDR.
    data.insert(contentsOf: bytes(UInt32(chunk.count - 4)) + chunk + bytes(~check), at: 33)
    try data.write(to: url)
  }
}
