#if WebP
  import CWebP

  /// WebP through libwebp: with and without loss, the first picture of an animation.
  enum WebPCodec: ImageCodec {
    static func size(_ bytes: UnsafeRawBufferPointer) throws -> (width: Int, height: Int) {
      try withFile(bytes) { file in file.orientation.size(width: file.width, height: file.height) }
    }

    static func orientation(_ bytes: UnsafeRawBufferPointer) throws -> EXIFOrientation {
      try withFile(bytes) { $0.orientation }
    }

    static func decode(_ bytes: UnsafeRawBufferPointer) throws -> RGBImage {
      try withFile(bytes) { file in
        let pixels = file.isAnimation ? try firstPicture(bytes, file) : try picture(bytes, file)
        return file.orientation.applied(
          to: RGBImage(width: file.width, height: file.height, pixels: pixels))
      }
    }

    private struct File {
      let width: Int
      let height: Int
      let isAnimation: Bool
      let orientation: EXIFOrientation
    }

    private static func picture(_ bytes: UnsafeRawBufferPointer, _ file: File) throws -> [UInt8] {
      let count = file.width * file.height * 3
      let start = bytes.bindMemory(to: UInt8.self).baseAddress
      let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        let result = WebPDecodeRGBInto(
          start, bytes.count, buffer.baseAddress, count, Int32(file.width * 3))
        initialized = result == nil ? 0 : count
      }
      guard pixels.count == count else {
        throw CodecError(reason: "libwebp: the picture is damaged or truncated")
      }
      return pixels
    }

    /// On the canvas: a picture that is smaller leaves black around it.
    private static func firstPicture(
      _ bytes: UnsafeRawBufferPointer, _ file: File
    ) throws -> [UInt8] {
      var options = WebPAnimDecoderOptions()
      var data = WebPData(
        bytes: bytes.bindMemory(to: UInt8.self).baseAddress, size: bytes.count)
      guard
        WebPAnimDecoderOptionsInit(&options) != 0,
        let decoder = WebPAnimDecoderNew(&data, &options)
      else { throw CodecError(reason: "libwebp: the animation is damaged") }
      defer { WebPAnimDecoderDelete(decoder) }
      var rgba: UnsafeMutablePointer<UInt8>?
      var time: Int32 = 0
      guard WebPAnimDecoderGetNext(decoder, &rgba, &time) != 0, let rgba else {
        throw CodecError(reason: "libwebp: the first picture is damaged or truncated")
      }
      let count = file.width * file.height
      return [UInt8](unsafeUninitializedCapacity: count * 3) { buffer, initialized in
        for index in 0..<count {
          for channel in 0..<3 { buffer[index * 3 + channel] = rgba[index * 4 + channel] }
        }
        initialized = count * 3
      }
    }

    private static func withFile<Result>(
      _ bytes: UnsafeRawBufferPointer, _ body: (File) throws -> Result
    ) throws -> Result {
      var data = WebPData(
        bytes: bytes.bindMemory(to: UInt8.self).baseAddress, size: bytes.count)
      guard let demuxer = WebPDemux(&data) else {
        throw CodecError(reason: "libwebp: the file is damaged or truncated")
      }
      defer { WebPDemuxDelete(demuxer) }
      let width = Int(WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_WIDTH))
      let height = Int(WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_HEIGHT))
      try check(width: width, height: height)
      let flags = WebPDemuxGetI(demuxer, WEBP_FF_FORMAT_FLAGS)
      let orientation = EXIFOrientation(
        exif: chunk("EXIF", demuxer), xmp: { chunk("XMP ", demuxer) })
      return try body(
        File(
          width: width, height: height, isAnimation: flags & ANIMATION_FLAG.rawValue != 0,
          orientation: orientation))
    }

    /// The bytes are the file's.
    private static func chunk(_ name: String, _ demuxer: OpaquePointer) -> UnsafeRawBufferPointer? {
      var iterator = WebPChunkIterator()
      defer { WebPDemuxReleaseChunkIterator(&iterator) }
      guard WebPDemuxGetChunk(demuxer, name, 1, &iterator) != 0 else { return nil }
      return UnsafeRawBufferPointer(start: iterator.chunk.bytes, count: iterator.chunk.size)
    }
  }
#endif
