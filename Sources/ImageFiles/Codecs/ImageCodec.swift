import CImageCodecs

/// Decodes one format from the bytes of a whole file.
protocol ImageCodec: SendableMetatype {
  /// Width and height after orientation, from the header alone.
  static func size(_ bytes: UnsafeRawBufferPointer) throws -> (width: Int, height: Int)
  /// How the stored picture is turned; upright for formats that turn it themselves.
  static func orientation(_ bytes: UnsafeRawBufferPointer) throws -> EXIFOrientation
  /// The picture upright.
  static func decode(_ bytes: UnsafeRawBufferPointer) throws -> RGBImage
}

extension ImageCodec {
  static func orientation(_ bytes: UnsafeRawBufferPointer) throws -> EXIFOrientation { .upright }

  /// - Throws: ``CodecError`` for sizes that no image has, and those that nobody can allow.
  static func check(width: Int, height: Int) throws {
    guard width > 0, height > 0 else {
      throw CodecError(reason: "expected a size above 0, found \(width) × \(height)")
    }
    let limit = ImageFile.allowedMaximumPixels.upperBound
    guard width <= limit / height else {
      throw CodecError(
        reason: "expected at most \(limit) pixels, found \(width) × \(height)")
    }
  }
}

extension ICBytes {
  init(_ bytes: UnsafeRawBufferPointer) {
    self.init(
      start: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: bytes.count)
  }
}

extension ICMessage {
  var string: String {
    withUnsafeBytes(of: text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
