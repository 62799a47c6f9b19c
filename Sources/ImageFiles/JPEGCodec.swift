import CTurboJPEG
import Files
import Foundation

/// JPEG through libjpeg-turbo's TurboJPEG interface.
enum JPEGCodec: ImageCodec {
  static let signature: [UInt8] = [0xFF, 0xD8, 0xFF]

  private struct Header {
    var width: Int32 = 0
    var height: Int32 = 0
  }

  static func size(_ bytes: UnsafeRawBufferPointer) throws -> (width: Int, height: Int) {
    try withDecoder { decoder in
      let header = try header(bytes, decoder)
      return EXIFOrientation(jpeg: bytes).swapsSides
        ? (Int(header.height), Int(header.width)) : (Int(header.width), Int(header.height))
    }
  }

  static func decode(_ bytes: UnsafeRawBufferPointer) throws -> RGBImage {
    try withDecoder { decoder in
      let header = try header(bytes, decoder)
      let count = Int(header.width) * Int(header.height) * 3
      var status: Int32 = 0
      let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        status = tjDecompress2(
          decoder, bytes.baseAddress, UInt(bytes.count), buffer.baseAddress, header.width, 0,
          header.height, Int32(TJPF_RGB.rawValue), TJFLAG_ACCURATEDCT)
        initialized = count
      }
      if status != 0 {
        let message = message(decoder)
        // Other warnings, of bytes too many for instance, leave a whole picture.
        let isHarmless =
          tjGetErrorCode(decoder) == Int32(TJERR_WARNING.rawValue)
          && !message.contains("Premature end") && !message.contains("Corrupt")
        guard isHarmless else { throw CodecError(reason: message) }
      }
      let image = RGBImage(width: Int(header.width), height: Int(header.height), pixels: pixels)
      return EXIFOrientation(jpeg: bytes).applied(to: image)
    }
  }

  private static func header(
    _ bytes: UnsafeRawBufferPointer, _ decoder: tjhandle
  ) throws -> Header {
    var header = Header()
    var subsampling: Int32 = 0
    var colorspace: Int32 = 0
    let status = tjDecompressHeader3(
      decoder, bytes.baseAddress, UInt(bytes.count), &header.width, &header.height, &subsampling,
      &colorspace)
    if colorspace == Int32(TJCS_CMYK.rawValue) || colorspace == Int32(TJCS_YCCK.rawValue) {
      throw CodecError(reason: "is a CMYK JPEG; convert it to RGB")
    }
    guard status == 0 else { throw CodecError(reason: message(decoder)) }
    try check(width: Int(header.width), height: Int(header.height))
    return header
  }

  private static func withDecoder<Result>(_ body: (tjhandle) throws -> Result) throws -> Result {
    guard let decoder = tjInitDecompress() else {
      throw CodecError(reason: "libjpeg-turbo does not start")
    }
    defer { tjDestroy(decoder) }
    return try body(decoder)
  }

  private static func message(_ handle: tjhandle) -> String {
    "libjpeg-turbo: " + String(cString: tjGetErrorStr2(handle))
  }
}

/// Writes pictures as JPEG.
public enum JPEGFile {
  /// Writes a picture as JPEG, without subsampling of the colours.
  ///
  /// - Parameters:
  ///   - image: the picture.
  ///   - path: of the file; one that exists is replaced whole.
  ///   - quality: 1…100.
  /// - Throws: ``ImageError`` where it cannot be encoded, `FileError` where it cannot be written.
  public static func write(_ image: RGBImage, to path: String, quality: Int = 92) throws {
    try AtomicFile.write(encoded(image, quality: quality, path: path), to: path)
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
    guard let encoder = tjInitCompress() else {
      throw ImageError(path: path, reason: "libjpeg-turbo does not start")
    }
    defer { tjDestroy(encoder) }
    var bytes: UnsafeMutablePointer<UInt8>?
    var size: UInt = 0
    defer { tjFree(bytes) }
    let status = tjCompress2(
      encoder, image.pixels, Int32(image.width), 0, Int32(image.height), Int32(TJPF_RGB.rawValue),
      &bytes, &size, Int32(TJSAMP_444.rawValue), Int32(quality), TJFLAG_ACCURATEDCT)
    guard status == 0, let bytes else {
      throw ImageError(path: path, reason: String(cString: tjGetErrorStr2(encoder)))
    }
    return Data(bytes: bytes, count: Int(size))
  }
}
