import CPNG
import Files
import Foundation

/// Writes pictures as PNG.
public enum PNGFile {
  /// Writes a picture as PNG, without loss.
  ///
  /// - Parameters:
  ///   - image: the picture.
  ///   - path: of the file; one that exists is replaced whole.
  ///   - mark: is put into the file; nil puts none there.
  /// - Throws: ``ImageError`` where it cannot be encoded, `FileError` where it cannot be written.
  public static func write(
    _ image: RGBImage, to path: String, mark: PictureMark? = nil
  ) throws {
    let file = try data(of: image, path: path)
    try AtomicFile.write(mark?.inPNG(file) ?? file, to: path)
  }

  /// Returns the bytes of a PNG file.
  ///
  /// - Parameters:
  ///   - image: the picture.
  ///   - path: what errors call it.
  /// - Throws: ``ImageError`` where it cannot be encoded.
  public static func data(of image: RGBImage, path: String) throws -> Data {
    var header = png_image()
    header.version = UInt32(PNG_IMAGE_VERSION)
    header.width = UInt32(image.width)
    header.height = UInt32(image.height)
    header.format = UInt32(PNG_FORMAT_FLAG_COLOR)
    defer { png_image_free(&header) }
    // Deflate adds a few bytes to what it cannot compress.
    var size = image.pixels.count + image.pixels.count / 100 + image.height + 4096
    var file = [UInt8](repeating: 0, count: size)
    guard png_image_write_to_memory(&header, &file, &size, 0, image.pixels, 0, nil) != 0 else {
      throw ImageError(path: path, reason: header.text)
    }
    return Data(file[..<size])
  }
}

extension png_image {
  /// libpng's message.
  fileprivate var text: String {
    withUnsafeBytes(of: message) { bytes in
      "libpng: " + String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
