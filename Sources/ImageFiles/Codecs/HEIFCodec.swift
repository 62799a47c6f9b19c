#if HEIF
  import CHEIF

  /// HEIC and AVIF through libheif, which turns and crops as the file says. More than 8 bits become
  /// 8; alpha is dropped.
  enum HEIFCodec: ImageCodec {
    static func size(_ bytes: UnsafeRawBufferPointer) throws -> (width: Int, height: Int) {
      try withPrimaryImage(bytes) { _, width, height in (width, height) }
    }

    static func decode(_ bytes: UnsafeRawBufferPointer) throws -> RGBImage {
      try withPrimaryImage(bytes) { handle, width, height in
        guard let options = heif_decoding_options_alloc() else {
          throw CodecError(reason: "libheif: does not start")
        }
        defer { heif_decoding_options_free(options) }
        options.pointee.convert_hdr_to_8bit = 1
        options.pointee.strict_decoding = 1
        var decoded: OpaquePointer?
        try check(
          heif_decode_image(
            handle, &decoded, heif_colorspace_RGB, heif_chroma_interleaved_RGB, options))
        defer { heif_image_release(decoded) }
        var stride: Int32 = 0
        guard
          let plane = heif_image_get_plane_readonly(decoded, heif_channel_interleaved, &stride),
          heif_image_get_primary_width(decoded) == width,
          heif_image_get_primary_height(decoded) == height
        else {
          throw CodecError(reason: "libheif: the picture is not of the size that its header says")
        }
        var pixels: [UInt8] = []
        pixels.reserveCapacity(width * height * 3)
        for y in 0..<height {
          pixels.append(
            contentsOf: UnsafeBufferPointer(start: plane + y * Int(stride), count: width * 3))
        }
        return RGBImage(width: width, height: height, pixels: pixels)
      }
    }

    private static func withPrimaryImage<Result>(
      _ bytes: UnsafeRawBufferPointer, _ body: (OpaquePointer?, Int, Int) throws -> Result
    ) throws -> Result {
      guard let context = heif_context_alloc() else {
        throw CodecError(reason: "libheif: does not start")
      }
      defer { heif_context_free(context) }
      try check(
        heif_context_read_from_memory_without_copy(context, bytes.baseAddress, bytes.count, nil))
      var handle: OpaquePointer?
      try check(heif_context_get_primary_image_handle(context, &handle))
      defer { heif_image_handle_release(handle) }
      let width = Int(heif_image_handle_get_width(handle))
      let height = Int(heif_image_handle_get_height(handle))
      try check(width: width, height: height)
      return try body(handle, width, height)
    }

    private static func check(_ error: heif_error) throws {
      guard error.code != heif_error_Ok else { return }
      let text = error.message.map { String(cString: $0) } ?? "error \(error.code.rawValue)"
      throw CodecError(reason: "libheif: \(text)")
    }
  }
#endif
