/// A format that this package knows to read: how it is told, and what decodes it in this build.
///
/// A new one is one codec, and one line in ``all``.
struct ImageFormat: Sendable {
  let name: String
  /// In lower case.
  let extensions: [String]
  let recognizes: @Sendable (UnsafeRawBufferPointer) -> Bool
  /// The error where this build lacks the library.
  let codec: Result<any ImageCodec.Type, CodecError>

  var isRead: Bool { (try? codec.get()) != nil }

  /// The usual ones first: in this order are files looked for by their name.
  static let all: [ImageFormat] = [
    ImageFormat(
      name: "JPEG", extensions: ["jpg", "jpeg", "jpe", "jfif", "jfi", "jif", "mpo"],
      recognizes: { $0.starts(with: JPEGCodec.signature) }, codec: .success(JPEGCodec.self)),
    ImageFormat(
      name: "PNG", extensions: ["png"],
      recognizes: { $0.starts(with: PNGCodec.signature) }, codec: .success(PNGCodec.self)),
    ImageFormat(
      name: "BMP", extensions: ["bmp", "dib"],
      recognizes: { $0.starts(with: BMPCodec.signature) }, codec: .success(BMPCodec.self)),
    ImageFormat(
      name: "WebP", extensions: ["webp"],
      recognizes: { $0.starts(with: "RIFF".utf8) && $0.dropFirst(8).starts(with: "WEBP".utf8) },
      codec: webP),
    ImageFormat(
      name: "TIFF", extensions: ["tif", "tiff"],
      recognizes: { bytes in
        // Either byte order, and with offsets of 64 bits.
        ["II*\0", "MM\0*", "II+\0", "MM\0+"].contains { bytes.starts(with: $0.utf8) }
      }, codec: tiff),
    ImageFormat(
      name: "GIF", extensions: ["gif"],
      recognizes: { $0.starts(with: "GIF87a".utf8) || $0.starts(with: "GIF89a".utf8) },
      codec: gif),
    ImageFormat(
      name: "HEIC", extensions: ["heic", "heif", "hif"],
      recognizes: { MediaBrands($0)?.isHEIC ?? false }, codec: heif("HEIC")),
    ImageFormat(
      name: "AVIF", extensions: ["avif"],
      recognizes: { MediaBrands($0)?.isAVIF ?? false }, codec: heif("AVIF")),
  ]

  #if WebP
    private static let webP = Result<any ImageCodec.Type, CodecError>.success(WebPCodec.self)
  #else
    private static let webP = missing("WebP", "libwebp", package: "libwebp-dev", trait: "WebP")
  #endif

  #if TIFF
    private static let tiff = Result<any ImageCodec.Type, CodecError>.success(TIFFCodec.self)
  #else
    private static let tiff = missing("TIFF", "libtiff", package: "libtiff-dev", trait: "TIFF")
  #endif

  #if GIF
    private static let gif = Result<any ImageCodec.Type, CodecError>.success(GIFCodec.self)
  #else
    private static let gif = missing("GIF", "giflib", package: "libgif-dev", trait: "GIF")
  #endif

  private static func heif(_ name: String) -> Result<any ImageCodec.Type, CodecError> {
    #if HEIF
      .success(HEIFCodec.self)
    #else
      missing(name, "libheif", package: "libheif-dev", trait: "HEIF")
    #endif
  }

  private static func missing(
    _ name: String, _ library: String, package: String, trait: String
  ) -> Result<any ImageCodec.Type, CodecError> {
    .failure(
      CodecError(
        reason: "\(name): this build has no \(library); install \(package) and build again "
          + "(trait \(trait)), or convert the image to JPEG or PNG"))
  }
}
