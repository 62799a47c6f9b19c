import CCairo
import ImageFiles
import MultiBox

/// A picture that is drawn on with Cairo.
final class Canvas {
  private let width: Int
  private let height: Int
  private let surface: OpaquePointer
  private let context: OpaquePointer

  /// Copies a picture.
  ///
  /// - Throws: ``DrawingError`` where Cairo takes no surface of that size.
  init(_ image: RGBImage) throws {
    width = image.width
    height = image.height
    guard
      let surface = cairo_image_surface_create(
        CAIRO_FORMAT_RGB24, Int32(clamping: width), Int32(clamping: height)),
      cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS,
      let data = cairo_image_surface_get_data(surface)
    else { throw DrawingError(width: image.width, height: image.height) }
    let stride = Int(cairo_image_surface_get_stride(surface))
    image.pixels.withUnsafeBufferPointer { pixels in
      for y in 0..<image.height {
        for x in 0..<image.width {
          let source = (y * image.width + x) * 3
          // Cairo's pixel is a native word 0xXXRRGGBB.
          let word =
            UInt32(pixels[source]) << 16 | UInt32(pixels[source + 1]) << 8
            | UInt32(pixels[source + 2])
          UnsafeMutableRawPointer(data).storeBytes(
            of: word, toByteOffset: y * stride + x * 4, as: UInt32.self)
        }
      }
    }
    cairo_surface_mark_dirty(surface)
    self.surface = surface
    context = cairo_create(surface)
    cairo_select_font_face(
      context, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD)
  }

  deinit {
    cairo_destroy(context)
    cairo_surface_destroy(surface)
  }

  func rectangle(_ box: PixelBox, color: Color, lineWidth: Double, dashes: [Double] = []) {
    cairo_set_source_rgba(context, color.red, color.green, color.blue, color.alpha)
    cairo_set_line_width(context, lineWidth)
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
    cairo_set_dash(context, dashes, Int32(dashes.count), 0)
    cairo_rectangle(context, box.xMin, box.yMin, box.width, box.height)
    cairo_stroke(context)
  }

  func fill(_ box: PixelBox, color: Color) {
    cairo_set_source_rgba(context, color.red, color.green, color.blue, color.alpha)
    cairo_rectangle(context, box.xMin, box.yMin, box.width, box.height)
    cairo_fill(context)
  }

  /// Lets `body` draw inside a rectangle alone.
  func clipping(to box: PixelBox, _ body: () -> Void) {
    cairo_save(context)
    cairo_rectangle(context, box.xMin, box.yMin, box.width, box.height)
    cairo_clip(context)
    body()
    cairo_restore(context)
  }

  /// Width of a line of text.
  func width(of text: String, size: Double) -> Double {
    var extents = cairo_text_extents_t()
    cairo_set_font_size(context, size)
    cairo_text_extents(context, text, &extents)
    return extents.x_advance
  }

  /// Draws text whose baseline starts at a point.
  func text(_ text: String, x: Double, y: Double, size: Double, color: Color) {
    cairo_set_source_rgba(context, color.red, color.green, color.blue, color.alpha)
    cairo_set_font_size(context, size)
    cairo_move_to(context, x, y)
    cairo_show_text(context, text)
  }

  /// Returns what was drawn.
  func image() -> RGBImage {
    cairo_surface_flush(surface)
    let stride = Int(cairo_image_surface_get_stride(surface))
    var pixels = [UInt8](repeating: 0, count: width * height * 3)
    if let data = cairo_image_surface_get_data(surface) {
      for y in 0..<height {
        for x in 0..<width {
          let word = UnsafeRawPointer(data).load(
            fromByteOffset: y * stride + x * 4, as: UInt32.self)
          let target = (y * width + x) * 3
          pixels[target] = UInt8(truncatingIfNeeded: word >> 16)
          pixels[target + 1] = UInt8(truncatingIfNeeded: word >> 8)
          pixels[target + 2] = UInt8(truncatingIfNeeded: word)
        }
      }
    }
    return RGBImage(width: width, height: height, pixels: pixels)
  }
}

/// A colour with opacity, each 0…1.
struct Color: Hashable, Sendable {
  var red: Double
  var green: Double
  var blue: Double
  var alpha = 1.0

  /// Colours that are easily told apart, also by most people who see few colours (Okabe and Ito's
  /// set first).
  private static let palette: [Color] = [
    Color(red: 0.90, green: 0.62, blue: 0.00), Color(red: 0.00, green: 0.62, blue: 0.45),
    Color(red: 0.34, green: 0.71, blue: 0.91), Color(red: 0.84, green: 0.37, blue: 0.00),
    Color(red: 0.80, green: 0.47, blue: 0.65), Color(red: 0.94, green: 0.89, blue: 0.26),
    Color(red: 0.00, green: 0.45, blue: 0.70), Color(red: 0.55, green: 0.80, blue: 0.20),
  ]

  /// Returns the colour of a class, 1…classCount.
  static func ofClass(_ index: Int) -> Color { palette[(index - 1) % palette.count] }

  /// Black or white, whichever is easier to read on this colour.
  var contrasting: Color {
    let luminance = 0.299 * red + 0.587 * green + 0.114 * blue
    return luminance > 0.5
      ? Color(red: 0, green: 0, blue: 0) : Color(red: 1, green: 1, blue: 1)
  }
}

/// A picture that Cairo cannot draw on.
public struct DrawingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Pixels of a row.
  public let width: Int
  /// Rows.
  public let height: Int
  /// One line for people.
  public var description: String { "Cairo cannot draw on a picture of \(width) × \(height) pixels" }
}
