import Foundation

/// Reads image files by their content, whatever their name says.
///
/// JPEG (8 bit, grey or colour, turned as its EXIF orientation asks), PNG (any kind; alpha is
/// dropped, 16 bit become 8) and BMP (uncompressed).
public enum ImageFile {
  /// The extensions of files that are taken for images, in lower case.
  public static let extensions = ["jpg", "jpeg", "png", "bmp"]

  /// More pixels than any camera gives; a header that asks for more is refused before memory is.
  static let pixelLimit = 1 << 28

  /// Decodes a file.
  ///
  /// - Parameter path: of a JPEG, PNG or BMP file.
  /// - Returns: the picture upright, as its EXIF orientation asks.
  /// - Throws: ``ImageError`` naming the file and the reason: missing, empty, truncated, CMYK,
  ///   another format.
  public static func read(_ path: String) throws -> RGBImage {
    try decode(contents(path), path: path)
  }

  /// Decodes the bytes of a file.
  ///
  /// - Parameters:
  ///   - data: a whole JPEG, PNG or BMP file.
  ///   - path: what errors call it.
  /// - Throws: ``ImageError`` naming path and reason.
  public static func decode(_ data: Data, path: String) throws -> RGBImage {
    try withCodec(data, path: path) { codec, bytes in try codec.decode(bytes) }
  }

  /// Returns width and height in pixels after EXIF orientation, from the header alone.
  ///
  /// - Parameter path: of a JPEG, PNG or BMP file.
  /// - Throws: ``ImageError`` naming the file and the reason.
  public static func size(_ path: String) throws -> (width: Int, height: Int) {
    try size(of: contents(path), path: path)
  }

  /// Returns width and height of the bytes of a file.
  package static func size(of data: Data, path: String) throws -> (width: Int, height: Int) {
    try withCodec(data, path: path) { codec, bytes in try codec.size(bytes) }
  }

  /// Returns how a picture is turned to be upright; upright for a file that cannot be read.
  ///
  /// - Parameter path: of any file.
  package static func orientation(_ path: String) -> EXIFOrientation {
    (try? contents(path)).map(orientation) ?? .upright
  }

  /// Returns how the picture in the bytes of a file is turned to be upright.
  package static func orientation(of data: Data) -> EXIFOrientation {
    guard data.starts(with: JPEGCodec.signature) else { return .upright }
    return data.withUnsafeBytes { EXIFOrientation(jpeg: $0) }
  }

  /// Returns the ending that files of this content usually have; nil for what is no image.
  package static func usualExtension(of data: Data) -> String? {
    let endings: [(any ImageCodec.Type, String)] = [
      (JPEGCodec.self, "jpg"), (PNGCodec.self, "png"), (BMPCodec.self, "bmp"),
    ]
    return endings.first { data.starts(with: $0.0.signature) }?.1
  }

  /// Tells a JPEG file by its first bytes; false for a file that cannot be read.
  ///
  /// - Parameter path: of any file.
  public static func isJPEG(_ path: String) -> Bool {
    guard let file = FileHandle(forReadingAtPath: path) else { return false }
    defer { try? file.close() }
    let signature = JPEGCodec.signature
    return (try? file.read(upToCount: signature.count)) == Data(signature)
  }

  private static func contents(_ path: String) throws -> Data {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ImageError(path: path, reason: "no such file")
    }
    guard !isFolder.boolValue else { throw ImageError(path: path, reason: "is a folder") }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ImageError(path: path, reason: "cannot be read")
    }
    return data
  }

  private static func withCodec<Result>(
    _ data: Data, path: String,
    _ body: (any ImageCodec.Type, UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    guard !data.isEmpty else { throw ImageError(path: path, reason: "is empty") }
    let codecs: [any ImageCodec.Type] = [JPEGCodec.self, PNGCodec.self, BMPCodec.self]
    guard let codec = codecs.first(where: { data.starts(with: $0.signature) }) else {
      throw ImageError(path: path, reason: "expected a JPEG, PNG or BMP file, found another")
    }
    do {
      return try data.withUnsafeBytes { try body(codec, $0) }
    } catch let error as CodecError {
      throw ImageError(path: path, reason: error.reason)
    }
  }
}

/// A format that is recognised by its first bytes.
protocol ImageCodec {
  static var signature: [UInt8] { get }
  static func size(_ bytes: UnsafeRawBufferPointer) throws -> (width: Int, height: Int)
  static func decode(_ bytes: UnsafeRawBufferPointer) throws -> RGBImage
}

extension ImageCodec {
  /// - Throws: ``CodecError`` for sizes that no image has.
  static func check(width: Int, height: Int) throws {
    guard width > 0, height > 0 else {
      throw CodecError(reason: "expected a size above 0, found \(width) × \(height)")
    }
    guard width <= ImageFile.pixelLimit / height else {
      throw CodecError(
        reason: "expected at most \(ImageFile.pixelLimit) pixels, found \(width) × \(height)")
    }
  }
}
