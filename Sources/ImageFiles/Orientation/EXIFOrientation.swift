import CExif

/// How a camera was held: which turn brings its picture upright. Values 1…8 of EXIF's tag 0x0112.
package enum EXIFOrientation: Int, Sendable {
  case upright = 1
  case mirrored
  case turned180
  case flipped
  case transposed
  case turned90
  case transversed
  case turned270

  /// Reads the tag as Pillow does: of EXIF, and where EXIF has none, of XMP.
  ///
  /// Upright where there is none or its value has no meaning.
  ///
  /// - Parameters:
  ///   - exif: a JPEG file, or EXIF alone with or without its leading `Exif`.
  ///   - xmp: text of XML, asked for where EXIF says nothing.
  init(exif: UnsafeRawBufferPointer?, xmp: () -> UnsafeRawBufferPointer?) {
    self =
      (exif.flatMap(Self.tag) ?? xmp().flatMap(Self.xmpTag)).flatMap(EXIFOrientation.init)
      ?? .upright
  }

  private static let exifMark = Array("Exif\0\0".utf8)

  private static func tag(_ bytes: UnsafeRawBufferPointer) -> Int? {
    if bytes.starts(with: JPEGCodec.signature) || bytes.starts(with: exifMark) {
      return loadedTag(bytes)
    }
    // libexif tells EXIF by this mark, which PNG and WebP leave out.
    return (exifMark + bytes).withUnsafeBytes(loadedTag)
  }

  private static func loadedTag(_ bytes: UnsafeRawBufferPointer) -> Int? {
    let pointer = bytes.bindMemory(to: UInt8.self).baseAddress
    guard let data = exif_data_new_from_data(pointer, UInt32(clamping: bytes.count)) else {
      return nil
    }
    defer { exif_data_unref(data) }
    // The first directory, which describes the main image.
    guard
      let entry = exif_content_get_entry(data.pointee.ifd.0, EXIF_TAG_ORIENTATION),
      entry.pointee.format == EXIF_FORMAT_SHORT, entry.pointee.size >= 2
    else { return nil }
    return Int(exif_get_short(entry.pointee.data, exif_data_get_byte_order(data)))
  }

  /// As attribute or as element: `tiff:Orientation="6"`, `<tiff:Orientation>6<`.
  private static func xmpTag(_ bytes: UnsafeRawBufferPointer) -> Int? {
    let text = String(decoding: bytes, as: UTF8.self)
    return text.firstMatch(of: /tiff:Orientation(?:="|>)([0-9])/).flatMap { Int($0.1) }
  }

  /// Whether width and height change places.
  package var swapsSides: Bool { rawValue >= 5 }

  /// The size of the upright picture.
  func size(width: Int, height: Int) -> (width: Int, height: Int) {
    swapsSides ? (height, width) : (width, height)
  }

  /// Returns the picture upright.
  func applied(to image: RGBImage) -> RGBImage {
    guard self != .upright else { return image }
    let (width, height) = (image.width, image.height)
    let (newWidth, newHeight) = size(width: width, height: height)
    var pixels = [UInt8](repeating: 0, count: image.pixels.count)
    for y in 0..<newHeight {
      for x in 0..<newWidth {
        let (sourceX, sourceY) =
          switch self {
          case .upright: (x, y)
          case .mirrored: (width - 1 - x, y)
          case .turned180: (width - 1 - x, height - 1 - y)
          case .flipped: (x, height - 1 - y)
          case .transposed: (y, x)
          case .turned90: (y, height - 1 - x)
          case .transversed: (width - 1 - y, height - 1 - x)
          case .turned270: (width - 1 - y, x)
          }
        let source = (sourceY * width + sourceX) * 3
        let target = (y * newWidth + x) * 3
        for channel in 0..<3 { pixels[target + channel] = image.pixels[source + channel] }
      }
    }
    return RGBImage(width: newWidth, height: newHeight, pixels: pixels)
  }
}
