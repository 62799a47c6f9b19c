import Files
import Foundation

/// Reads image files by their content, whatever their name says.
///
/// JPEG (8 bit; grey, colour and CMYK), PNG and BMP (uncompressed); and by libraries that a build
/// may have or not: WebP, TIFF, GIF, HEIC and AVIF, of several pictures the first. All become RGB
/// of 8 bits, upright as EXIF or the format itself asks; alpha is dropped, profiles and gamma are
/// left alone.
public enum ImageFile {
  /// The names of the formats that this build reads, the usual ones first.
  public static let formats = ImageFormat.all.filter(\.isRead).map(\.name)

  /// The extensions of the images that this build reads, in lower case, the usual ones first.
  public static let extensions = ImageFormat.all.filter(\.isRead).flatMap(\.extensions)

  /// The extensions of images that this build does not read, in lower case.
  ///
  /// For readers that name what they leave out.
  public static let unreadExtensions =
    ImageFormat.all.filter { !$0.isRead }.flatMap(\.extensions) + OtherFile.imageExtensions

  /// The pixels that an image may have unless a caller allows another number: more than cameras
  /// give, and a file of kilobytes can ask for all of them. Decoding takes about 12 bytes for each.
  public static let usualMaximumPixels = 100_000_000

  /// The numbers of pixels that a caller can allow.
  public static let allowedMaximumPixels = 1...1 << 31

  /// Decodes a file.
  ///
  /// - Parameters:
  ///   - path: of an image file.
  ///   - maximumPixels: an image of more is refused by its header, before memory is taken.
  /// - Returns: the picture upright.
  /// - Throws: ``ImageError`` naming the file and the reason: missing, empty, truncated or damaged,
  ///   no image but something that is named, a format whose library this build lacks.
  public static func read(
    _ path: String, maximumPixels: Int = usualMaximumPixels
  ) throws -> RGBImage {
    try decode(contents(path), path: path, maximumPixels: maximumPixels)
  }

  /// Decodes the bytes of a file.
  ///
  /// - Parameters:
  ///   - data: a whole image file.
  ///   - path: what errors call it.
  ///   - maximumPixels: an image of more is refused by its header, before memory is taken.
  /// - Throws: ``ImageError`` naming path and reason.
  public static func decode(
    _ data: Data, path: String, maximumPixels: Int = usualMaximumPixels
  ) throws -> RGBImage {
    try withCodec(data, path: path) { codec, bytes in
      _ = try size(bytes, codec, maximumPixels)
      return try codec.decode(bytes)
    }
  }

  /// Returns width and height in pixels of the upright picture, from the header alone.
  ///
  /// - Parameters:
  ///   - path: of an image file.
  ///   - maximumPixels: an image of more is refused.
  /// - Throws: ``ImageError`` naming the file and the reason.
  public static func size(
    _ path: String, maximumPixels: Int = usualMaximumPixels
  ) throws -> (width: Int, height: Int) {
    try size(of: contents(path), path: path, maximumPixels: maximumPixels)
  }

  /// Returns width and height of the bytes of a file.
  package static func size(
    of data: Data, path: String, maximumPixels: Int = usualMaximumPixels
  ) throws -> (width: Int, height: Int) {
    try withCodec(data, path: path) { codec, bytes in try size(bytes, codec, maximumPixels) }
  }

  private static func size(
    _ bytes: UnsafeRawBufferPointer, _ codec: any ImageCodec.Type, _ maximumPixels: Int
  ) throws -> (width: Int, height: Int) {
    let (width, height) = try codec.size(bytes)
    guard width <= maximumPixels / height else {
      throw CodecError(
        reason: "expected at most \(maximumPixels) pixels, found \(width) × \(height)"
          + " (--max-pixels allows more)")
    }
    return (width, height)
  }

  /// Returns how a picture is turned to be upright; upright for a file that cannot be read.
  ///
  /// - Parameter path: of any file.
  package static func orientation(_ path: String) -> EXIFOrientation {
    (try? contents(path)).map(orientation) ?? .upright
  }

  /// Returns how the picture in the bytes of a file is turned to be upright.
  package static func orientation(of data: Data) -> EXIFOrientation {
    let orientation = try? withCodec(data, path: "") { codec, bytes in
      try codec.orientation(bytes)
    }
    return orientation ?? .upright
  }

  /// Returns the ending that files of this content usually have; nil for what is no image.
  package static func usualExtension(of data: Data) -> String? {
    data.withUnsafeBytes { bytes in
      ImageFormat.all.first { $0.recognizes(bytes) }?.extensions.first
    }
  }

  /// Tells an image by its first bytes, whatever its name says; false for a file that cannot be
  /// read.
  package static func isImage(_ path: String) -> Bool {
    head(of: path, count: 512).flatMap(usualExtension) != nil
  }

  /// Returns the ending of a file's name if it is one of images, else the one that files of its
  /// content usually have; nil for what is no image.
  package static func properExtension(of path: String) -> String? {
    let ending = path.pathExtension
    if extensions.contains(ending.lowercased()) { return ending }
    return head(of: path, count: 512).flatMap(usualExtension)
  }

  /// Returns what the bytes of a file are that are no picture, with article, as `an HTML page`; nil
  /// for what is not known.
  package static func otherContent(_ bytes: UnsafeRawBufferPointer) -> String? {
    OtherFile.known(bytes)
  }

  /// Tells a JPEG file by its first bytes; false for a file that cannot be read.
  ///
  /// - Parameter path: of any file.
  public static func isJPEG(_ path: String) -> Bool {
    let signature = JPEGCodec.signature
    return head(of: path, count: signature.count) == Data(signature)
  }

  /// Returns the first bytes of a file; nil where it cannot be read.
  static func head(of path: String, count: Int) -> Data? {
    DiskTrace.note(path)
    guard let file = FileHandle(forReadingAtPath: path) else {
      if FolderListing.isFile(path) { DiskTrace.noteFailure() }
      return nil
    }
    defer { try? file.close() }
    return try? file.read(upToCount: count)
  }

  private static func contents(_ path: String) throws -> Data {
    do throws(FileError) {
      // Decoding passes the bytes once; mapped they could be cut while it does.
      return try InputFile.contents(path, isMapped: false)
    } catch {
      throw ImageError(path: path, reason: error.reason)
    }
  }

  private static func withCodec<Result>(
    _ data: Data, path: String,
    _ body: (any ImageCodec.Type, UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    guard !data.isEmpty else { throw ImageError(path: path, reason: "is empty") }
    do {
      return try data.withUnsafeBytes { bytes in
        guard let format = ImageFormat.all.first(where: { $0.recognizes(bytes) }) else {
          throw CodecError(reason: "expected an image, found \(OtherFile.name(of: bytes))")
        }
        return try body(format.codec.get(), bytes)
      }
    } catch let error as CodecError {
      throw ImageError(path: path, reason: error.reason)
    }
  }
}
