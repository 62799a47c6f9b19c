#if GIF
  import CGIF

  /// GIF through giflib: the first picture on its canvas, without transparency.
  enum GIFCodec: ImageCodec {
    static func size(_ bytes: UnsafeRawBufferPointer) throws -> (width: Int, height: Int) {
      try withFirstPicture(bytes) { picture, _ in (picture.width, picture.height) }
    }

    static func decode(_ bytes: UnsafeRawBufferPointer) throws -> RGBImage {
      try withFirstPicture(bytes) { picture, file in
        var indices = [UInt8](
          repeating: picture.background, count: picture.width * picture.height)
        var row = [UInt8](repeating: 0, count: picture.frame.width)
        for y in picture.rows {
          guard DGifGetLine(file, &row, Int32(row.count)) == GIF_OK else { throw error(file) }
          let start = (picture.frame.top + y) * picture.width + picture.frame.left
          indices.replaceSubrange(start..<start + row.count, with: row)
        }
        var pixels: [UInt8] = []
        pixels.reserveCapacity(indices.count * 3)
        for index in indices {
          guard Int(index) * 3 < picture.palette.count else {
            throw CodecError(
              reason: "GIF: expected a colour below \(picture.palette.count / 3), found \(index)")
          }
          pixels.append(contentsOf: picture.palette[Int(index) * 3..<Int(index) * 3 + 3])
        }
        return RGBImage(width: picture.width, height: picture.height, pixels: pixels)
      }
    }

    private struct Picture {
      /// Of the canvas, which grows where the picture is larger.
      let width: Int
      let height: Int
      let frame: (left: Int, top: Int, width: Int, height: Int)
      let isInterlaced: Bool
      /// RGB of each index; grey where the file has no palette.
      let palette: [UInt8]
      /// The index of what the picture leaves free.
      let background: UInt8

      /// The rows of the picture in the order of the file.
      var rows: [Int] {
        guard isInterlaced else { return Array(0..<frame.height) }
        return [(0, 8), (4, 8), (2, 4), (1, 2)].flatMap { start, step in
          Array(stride(from: start, to: frame.height, by: step))
        }
      }

      init(_ file: GifFileType, transparent: UInt8?) throws {
        let image = file.Image
        frame = (Int(image.Left), Int(image.Top), Int(image.Width), Int(image.Height))
        width = max(Int(file.SWidth), frame.left + frame.width)
        height = max(Int(file.SHeight), frame.top + frame.height)
        try GIFCodec.check(width: width, height: height)
        try GIFCodec.check(width: frame.width, height: frame.height)
        isInterlaced = image.Interlace
        background = transparent ?? 0
        if let map = (image.ColorMap ?? file.SColorMap)?.pointee {
          palette = (0..<Int(map.ColorCount)).flatMap { index in
            let color = map.Colors[index]
            return [color.Red, color.Green, color.Blue]
          }
        } else {
          palette = (0...255).flatMap { [UInt8](repeating: UInt8($0), count: 3) }
        }
      }
    }

    private static func withFirstPicture<Result>(
      _ bytes: UnsafeRawBufferPointer,
      _ body: (Picture, UnsafeMutablePointer<GifFileType>) throws -> Result
    ) throws -> Result {
      var rest = bytes
      return try withUnsafeMutablePointer(to: &rest) { source in
        var code: Int32 = 0
        let file = DGifOpen(
          source,
          { file, target, count in
            guard let target, let data = file?.pointee.UserData else { return 0 }
            let source = data.assumingMemoryBound(to: UnsafeRawBufferPointer.self)
            let found = source.pointee.prefix(max(0, Int(count)))
            UnsafeMutableRawBufferPointer(start: target, count: found.count).copyBytes(from: found)
            source.pointee = UnsafeRawBufferPointer(rebasing: source.pointee[found.endIndex...])
            return Int32(found.count)
          }, &code)
        guard let file else { throw error(code) }
        defer { DGifCloseFile(file, nil) }
        return try body(firstPicture(file), file)
      }
    }

    private static func firstPicture(_ file: UnsafeMutablePointer<GifFileType>) throws -> Picture {
      var transparent: UInt8?
      while true {
        var kind = UNDEFINED_RECORD_TYPE
        guard DGifGetRecordType(file, &kind) == GIF_OK else { throw error(file) }
        switch kind {
        case IMAGE_DESC_RECORD_TYPE:
          guard DGifGetImageDesc(file) == GIF_OK else { throw error(file) }
          return try Picture(file.pointee, transparent: transparent)
        case EXTENSION_RECORD_TYPE:
          transparent = try transparentIndex(file) ?? transparent
        default:
          throw CodecError(reason: "GIF: holds no picture")
        }
      }
    }

    /// Reads an extension; the transparent index, where it is a graphics control that names one.
    private static func transparentIndex(
      _ file: UnsafeMutablePointer<GifFileType>
    ) throws -> UInt8? {
      var code: Int32 = 0
      var block: UnsafeMutablePointer<GifByteType>?
      guard DGifGetExtension(file, &code, &block) == GIF_OK else { throw error(file) }
      var index: UInt8?
      while let bytes = block {
        // The first byte is the count of the others.
        if code == GRAPHICS_EXT_FUNC_CODE, bytes[0] >= 4, bytes[1] & 1 == 1 { index = bytes[4] }
        guard DGifGetExtensionNext(file, &block) == GIF_OK else { throw error(file) }
      }
      return index
    }

    private static func error(_ file: UnsafeMutablePointer<GifFileType>) -> CodecError {
      error(file.pointee.Error)
    }

    private static func error(_ code: Int32) -> CodecError {
      let text = GifErrorString(code).map { String(cString: $0) } ?? "truncated"
      return CodecError(reason: "giflib: \(text)")
    }
  }
#endif
