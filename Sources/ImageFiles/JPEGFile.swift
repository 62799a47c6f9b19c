import CImageCodecs
import Files
import Foundation

/// Writes pictures as JPEG.
public enum JPEGFile {
  /// Writes a picture as JPEG, without subsampling of the colours.
  ///
  /// - Parameters:
  ///   - image: the picture.
  ///   - path: of the file; one that exists is replaced whole.
  ///   - quality: 1…100.
  ///   - mark: is put into the file; nil puts none there.
  /// - Throws: ``ImageError`` where it cannot be encoded, `FileError` where it cannot be written.
  public static func write(
    _ image: RGBImage, to path: String, quality: Int = 92, mark: PictureMark? = nil
  ) throws {
    let file = try encoded(image, quality: quality, path: path)
    try AtomicFile.write(mark?.inJPEG(file) ?? file, to: path)
  }

  /// Returns the bytes of the file.
  ///
  /// - Parameters:
  ///   - image: the picture.
  ///   - quality: 1…100.
  ///   - path: what an error calls the picture.
  /// - Throws: ``ImageError`` where it cannot be encoded.
  public static func encoded(
    _ image: RGBImage, quality: Int = 92, path: String = "JPEG"
  ) throws -> Data {
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    var message = ICMessage()
    defer { free(bytes) }
    let isEncoded = ic_jpeg_encode(
      image.pixels, Int32(image.width), Int32(image.height), Int32(quality), &bytes, &count,
      &message)
    guard isEncoded, let bytes else {
      throw ImageError(path: path, reason: "libjpeg-turbo: \(message.string)")
    }
    return Data(bytes: bytes, count: count)
  }
}
