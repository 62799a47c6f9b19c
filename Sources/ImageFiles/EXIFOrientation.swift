import CExif
import MultiBox

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

  /// Reads the tag of a JPEG file; upright where there is none or its value has no meaning.
  init(jpeg bytes: UnsafeRawBufferPointer) {
    self = Self.tag(bytes).flatMap(EXIFOrientation.init) ?? .upright
  }

  private static func tag(_ bytes: UnsafeRawBufferPointer) -> Int? {
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

  /// Whether width and height change places.
  package var swapsSides: Bool { rawValue >= 5 }

  /// Returns where a box of the picture as it is stored is in the upright one.
  ///
  /// - Parameters:
  ///   - box: in pixels of the stored picture.
  ///   - width, height: of the stored picture.
  package func applied(to box: PixelBox, width: Int, height: Int) -> PixelBox {
    let (width, height) = (Double(width), Double(height))
    // A stored point's place in the upright picture, by the inverse of the table below.
    func place(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
      switch self {
      case .upright: (x, y)
      case .mirrored: (width - x, y)
      case .turned180: (width - x, height - y)
      case .flipped: (x, height - y)
      case .transposed: (y, x)
      case .turned90: (height - y, x)
      case .transversed: (height - y, width - x)
      case .turned270: (y, width - x)
      }
    }
    let (a, b) = (place(box.xMin, box.yMin), place(box.xMax, box.yMax))
    return PixelBox(
      xMin: min(a.x, b.x), yMin: min(a.y, b.y), xMax: max(a.x, b.x), yMax: max(a.y, b.y))
  }

  /// Returns the picture upright.
  func applied(to image: RGBImage) -> RGBImage {
    guard self != .upright else { return image }
    let (width, height) = (image.width, image.height)
    let newWidth = swapsSides ? height : width
    let newHeight = swapsSides ? width : height
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
