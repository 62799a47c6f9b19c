#if TIFF
  import CImageCodecs

  /// TIFF through libtiff: the first picture, of 1 to 16 bits a sample; grey, palette, RGB, YCbCr
  /// and CMYK; in strips or tiles, with any compression that libtiff has.
  ///
  /// Refused is what has no defined white: floating-point, signed and 32-bit samples, which belong
  /// to measurements rather than pictures; and colour spaces that need a profile.
  enum TIFFCodec: ImageCodec {
    static func size(_ bytes: UnsafeRawBufferPointer) throws -> (width: Int, height: Int) {
      let header = try header(bytes)
      return orientation(header).size(width: Int(header.width), height: Int(header.height))
    }

    static func orientation(_ bytes: UnsafeRawBufferPointer) throws -> EXIFOrientation {
      try orientation(header(bytes))
    }

    static func decode(_ bytes: UnsafeRawBufferPointer) throws -> RGBImage {
      let header = try header(bytes)
      try checkSamples(header)
      let (width, height) = (Int(header.width), Int(header.height))
      let count = width * height
      var message = ICMessage()
      let raster = [UInt32](unsafeUninitializedCapacity: count) { buffer, initialized in
        let isDecoded = ic_tiff_decode(ICBytes(bytes), buffer.baseAddress, &message)
        initialized = isDecoded ? count : 0
      }
      guard raster.count == count else { throw error(message) }
      let image = RGBImage(
        width: width, height: height,
        pixels: rgb(
          raster,
          isPremultiplied: header.isPremultiplied
            && Photometric(rawValue: header.photometric) == .rgb))
      return orientation(header).applied(to: image)
    }

    /// Numbers of the tag PhotometricInterpretation.
    private enum Photometric: UInt16 {
      case whiteIsZero = 0
      case blackIsZero = 1
      case rgb = 2
      case palette = 3
      case separated = 5
      case yCbCr = 6
    }

    private static func header(_ bytes: UnsafeRawBufferPointer) throws -> ICTIFFHeader {
      var header = ICTIFFHeader()
      var message = ICMessage()
      guard ic_tiff_header(ICBytes(bytes), &header, &message) else { throw error(message) }
      try check(width: Int(header.width), height: Int(header.height))
      return header
    }

    private static func checkSamples(_ header: ICTIFFHeader) throws {
      guard Photometric(rawValue: header.photometric) != nil else {
        let names: [UInt16: String] = [
          4: "a mask", 8: "CIE L*a*b*", 9: "ICC L*a*b*", 10: "ITU L*a*b*", 32844: "LogL",
          32845: "LogLuv", 32803: "a camera's raw data", 34892: "a camera's raw data",
        ]
        let name = names[header.photometric] ?? "photometric interpretation \(header.photometric)"
        throw CodecError(
          reason: "TIFF: expected grey, palette, RGB, YCbCr or CMYK, found \(name); convert it")
      }
      // 1 is unsigned, 4 undefined.
      guard [1, 4].contains(header.sampleFormat), (1...16).contains(header.bitsPerSample) else {
        let kind =
          [2: "signed", 3: "floating-point", 5: "complex", 6: "complex"][header.sampleFormat]
          ?? "unsigned"
        throw CodecError(
          reason: "TIFF: expected unsigned samples of 1 to 16 bits, found \(kind) ones of "
            + "\(header.bitsPerSample), which say nothing of what is white; convert it to 8 bits")
      }
    }

    private static func orientation(_ header: ICTIFFHeader) -> EXIFOrientation {
      EXIFOrientation(rawValue: Int(header.orientation)) ?? .upright
    }

    private static func rgb(_ raster: [UInt32], isPremultiplied: Bool) -> [UInt8] {
      [UInt8](unsafeUninitializedCapacity: raster.count * 3) { buffer, initialized in
        for (index, pixel) in raster.enumerated() {
          let alpha = pixel >> 24
          for channel in 0..<3 {
            let value = pixel >> UInt32(channel * 8) & 0xFF
            let divided = alpha == 0 ? 0 : min(255, value * 255 / alpha)
            buffer[index * 3 + channel] = UInt8(isPremultiplied ? divided : value)
          }
        }
        initialized = raster.count * 3
      }
    }

    private static func error(_ message: ICMessage) -> CodecError {
      CodecError(reason: "libtiff: \(message.string)")
    }
  }
#endif
