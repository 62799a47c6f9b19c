import CPNG
import Files
import Foundation

/// PNG through libpng's simplified interface.
enum PNGCodec: ImageCodec {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  static func size(_ bytes: UnsafeRawBufferPointer) throws -> (width: Int, height: Int) {
    try withImage(bytes) { image in (Int(image.width), Int(image.height)) }
  }

  static func decode(_ bytes: UnsafeRawBufferPointer) throws -> RGBImage {
    try withImage(bytes) { image in
      let count = Int(image.width) * Int(image.height)
      // With alpha and dropping it, not blended with a colour: the colours are those that the file
      // holds.
      image.format = UInt32(PNG_FORMAT_FLAG_COLOR) | UInt32(PNG_FORMAT_FLAG_ALPHA)
      // 16-bit files without a gamma would else be taken for linear light.
      image.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
      var isDecoded = false
      let rgba = [UInt8](unsafeUninitializedCapacity: count * 4) { buffer, initialized in
        isDecoded = png_image_finish_read(&image, nil, buffer.baseAddress, 0, nil) != 0
        initialized = count * 4
      }
      guard isDecoded else { throw CodecError(reason: image.text) }
      let pixels = [UInt8](unsafeUninitializedCapacity: count * 3) { buffer, initialized in
        for index in 0..<count {
          for channel in 0..<3 { buffer[index * 3 + channel] = rgba[index * 4 + channel] }
        }
        initialized = count * 3
      }
      return RGBImage(width: Int(image.width), height: Int(image.height), pixels: pixels)
    }
  }

  private static func withImage<Result>(
    _ bytes: UnsafeRawBufferPointer, _ body: (inout png_image) throws -> Result
  ) throws -> Result {
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    guard png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0 else {
      throw CodecError(reason: image.text)
    }
    try check(width: Int(image.width), height: Int(image.height))
    return try body(&image)
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

/// Writes pictures as PNG.
public enum PNGFile {
  /// Writes a picture as PNG, without loss.
  ///
  /// - Parameters:
  ///   - image: the picture.
  ///   - path: of the file; one that exists is replaced whole.
  /// - Throws: ``ImageError`` where it cannot be encoded, `FileError` where it cannot be written.
  public static func write(_ image: RGBImage, to path: String) throws {
    try AtomicFile.write(data(of: image, path: path), to: path)
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
