import CImageCodecs

/// PNG through libpng: every kind, colours as they are stored. Gamma and profiles are left alone,
/// as Pillow leaves them; alpha is dropped; 16 bits are rounded to 8.
enum PNGCodec: ImageCodec {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  static func size(_ bytes: UnsafeRawBufferPointer) throws -> (width: Int, height: Int) {
    let (width, height) = try storedSize(bytes)
    return orientation(bytes).size(width: width, height: height)
  }

  static func decode(_ bytes: UnsafeRawBufferPointer) throws -> RGBImage {
    let (width, height) = try storedSize(bytes)
    let count = width * height * 3
    var message = ICMessage()
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      let isDecoded = ic_png_decode(
        ICBytes(bytes), UInt32(width), UInt32(height), buffer.baseAddress, &message)
      initialized = isDecoded ? count : 0
    }
    guard pixels.count == count else { throw error(message) }
    return orientation(bytes).applied(
      to: RGBImage(width: width, height: height, pixels: pixels))
  }

  private static func storedSize(
    _ bytes: UnsafeRawBufferPointer
  ) throws -> (width: Int, height: Int) {
    var (width, height): (UInt32, UInt32) = (0, 0)
    var message = ICMessage()
    guard ic_png_size(ICBytes(bytes), &width, &height, &message) else { throw error(message) }
    try check(width: Int(width), height: Int(height))
    return (Int(width), Int(height))
  }

  private static func error(_ message: ICMessage) -> CodecError {
    CodecError(reason: "libpng: \(message.string)")
  }

  static func orientation(_ bytes: UnsafeRawBufferPointer) -> EXIFOrientation {
    let chunks = PNGChunks(bytes)
    return EXIFOrientation(exif: chunks.exif, xmp: { chunks.xmp })
  }
}
