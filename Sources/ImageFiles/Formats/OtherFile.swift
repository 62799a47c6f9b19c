import Files
import Foundation

/// Names what stands in the place of an image: other images, downloads that failed, other files.
enum OtherFile {
  /// Of formats that nothing here reads.
  static let imageExtensions = [
    "jp2", "j2k", "jpx", "jxl", "svg", "psd", "ico", "tga", "exr", "hdr", "ppm", "pgm", "pbm",
    "pnm", "dng", "cr2", "cr3", "nef", "arw", "orf", "rw2", "raf",
  ]

  /// Returns what a file is, with article: `an HTML page`.
  static func name(of bytes: UnsafeRawBufferPointer) -> String {
    known(bytes) ?? "something else"
  }

  /// ``name(of:)``; nil where nothing says what it is.
  static func known(_ bytes: UnsafeRawBufferPointer) -> String? {
    if let name = signatures.first(where: { signature, _ in bytes.starts(with: signature) })?.name {
      return name
    }
    if let brands = MediaBrands(bytes) {
      return brands.major == "crx " ? "a raw picture of a camera (CR3)" : "a video or sound (MP4)"
    }
    if bytes.starts(with: "RIFF".utf8) { return "a video or sound (RIFF)" }
    if bytes.dropFirst(257).starts(with: "ustar".utf8) { return "a TAR archive" }
    guard let text = text(bytes) else {
      return bytes.allSatisfy { $0 == 0 } ? "zeros alone" : nil
    }
    return name(ofText: text)
  }

  private static let signatures: [(signature: [UInt8], name: String)] = [
    ([0, 0, 0, 0x0C, 0x6A, 0x50, 0x20, 0x20], "a JPEG 2000 picture, which is not read"),
    ([0xFF, 0x4F, 0xFF, 0x51], "a JPEG 2000 picture, which is not read"),
    ([0, 0, 0, 0x0C, 0x4A, 0x58, 0x4C, 0x20], "a JPEG XL picture, which is not read"),
    ([0xFF, 0x0A], "a JPEG XL picture, which is not read"),
    (Array("8BPS".utf8), "a Photoshop file"),
    ([0x76, 0x2F, 0x31, 0x01], "an OpenEXR picture, which is not read"),
    (Array("#?RADIANCE".utf8), "a Radiance picture, which is not read"),
    ([0, 0, 1, 0], "an icon (ICO), which is not read"),
    (Array("%PDF-".utf8), "a PDF document"),
    (Array("%!PS".utf8), "a PostScript document"),
    ([0x50, 0x4B, 0x03, 0x04], "a ZIP archive"),
    ([0x50, 0x4B, 0x05, 0x06], "a ZIP archive"),
    ([0x1F, 0x8B], "a file packed by gzip"),
    ([0x42, 0x5A, 0x68], "a file packed by bzip2"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "a file packed by xz"),
    ([0x28, 0xB5, 0x2F, 0xFD], "a file packed by zstd"),
    ([0x52, 0x61, 0x72, 0x21], "a RAR archive"),
    ([0x37, 0x7A, 0xBC, 0xAF], "a 7z archive"),
    ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], "an array of NumPy"),
    ([0x1A, 0x45, 0xDF, 0xA3], "a video (Matroska)"),
    ([0, 5, 0x16, 7], "a macOS file of attributes (AppleDouble)"),
  ]

  private static func name(ofText text: String) -> String {
    let start = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }.lowercased()
    if start.isEmpty { return "blank text" }
    if let name = FailedDownload.name(ofText: text) { return name }
    if start.contains("<svg") { return "an SVG drawing, which is not read" }
    if start.hasPrefix("<?xml") || start.hasPrefix("<") { return "XML" }
    if start.hasPrefix("{") || start.hasPrefix("[") { return "JSON" }
    if let kind = start.dropFirst().first, start.hasPrefix("p"), "1234567f".contains(kind),
      start.dropFirst(2).first?.isWhitespace ?? false
    {
      return "a PNM picture, which is not read"
    }
    let line = start.prefix { !$0.isNewline }
    return "text: \"\(line.prefix(40))\(line.count > 40 ? "…" : "")\""
  }

  /// The beginning of a file that holds text alone.
  private static func text(_ bytes: UnsafeRawBufferPointer) -> String? {
    let start = bytes.prefix(1024)
    if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) {
      return String(data: Data(start.prefix(start.count & ~1)), encoding: .utf16)
    }
    guard !start.contains(where: { $0 < 0x20 && ![9, 10, 12, 13].contains($0) }) else { return nil }
    let text = String(decoding: start, as: UTF8.self)
    // A character may be cut at the end.
    return text.dropLast(1).contains("\u{FFFD}") ? nil : text
  }
}
