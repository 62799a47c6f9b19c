import CImageCodecs

/// JPEG through libjpeg-turbo: 8 bit; grey, RGB, YCbCr, CMYK and YCCK; sequential and progressive.
///
/// A scan that does not end well is an error, whatever was decoded before: of libjpeg's warnings
/// those alone are taken that leave all pixels as the file holds them.
enum JPEGCodec: ImageCodec {
  static let signature: [UInt8] = [0xFF, 0xD8, 0xFF]

  static func size(_ bytes: UnsafeRawBufferPointer) throws -> (width: Int, height: Int) {
    let header = try header(bytes)
    return orientation(bytes).size(width: Int(header.width), height: Int(header.height))
  }

  static func decode(_ bytes: UnsafeRawBufferPointer) throws -> RGBImage {
    let header = try header(bytes)
    let (width, height) = (Int(header.width), Int(header.height))
    let count = width * height * Int(header.channelCount)
    var message = ICMessage()
    let samples = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      // Of a picture that is not whole nothing is kept.
      let isDecoded = ic_jpeg_decode(ICBytes(bytes), header, buffer.baseAddress, &message)
      initialized = isDecoded ? count : 0
    }
    guard samples.count == count else { throw error(message) }
    let pixels = header.channelCount == 4 ? rgb(invertedCMYK: samples) : samples
    return orientation(bytes).applied(
      to: RGBImage(width: width, height: height, pixels: pixels))
  }

  private static func header(_ bytes: UnsafeRawBufferPointer) throws -> ICJPEGHeader {
    var header = ICJPEGHeader()
    var message = ICMessage()
    guard ic_jpeg_header(ICBytes(bytes), &header, &message) else { throw error(message) }
    try check(width: Int(header.width), height: Int(header.height))
    return header
  }

  private static func error(_ message: ICMessage) -> CodecError {
    CodecError(reason: "libjpeg-turbo: \(message.string)")
  }

  static func orientation(_ bytes: UnsafeRawBufferPointer) -> EXIFOrientation {
    EXIFOrientation(exif: bytes, xmp: { JPEGSegments(bytes).xmp })
  }

  /// Pillow's conversion. Four inks are taken for inverted, as Adobe's programs write them, with
  /// and without its marker.
  private static func rgb(invertedCMYK samples: [UInt8]) -> [UInt8] {
    let count = samples.count / 4
    return [UInt8](unsafeUninitializedCapacity: count * 3) { buffer, initialized in
      for index in 0..<count {
        let light = Int(samples[index * 4 + 3])
        for channel in 0..<3 {
          let ink = 255 - Int(samples[index * 4 + channel])
          // ink × light / 255, rounded.
          let product = ink * light + 128
          buffer[index * 3 + channel] = UInt8(light - (product >> 8 + product) >> 8)
        }
      }
      initialized = count * 3
    }
  }
}
