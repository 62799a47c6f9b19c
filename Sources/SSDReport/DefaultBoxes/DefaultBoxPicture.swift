import Foundation
import ImageFiles
import MultiBox

/// Draws the default boxes of each feature map over an image, one panel a map.
///
/// A panel shows the centres of all cells, the shapes around the cell in the middle, and the
/// objects whose best default box lies on this map.
public struct DefaultBoxPicture: Sendable {
  /// The default boxes that are drawn.
  public var specification: DefaultBoxSpecification
  /// The line above the picture.
  public var title: String

  /// Creates a picture of a `specification` under a `title`.
  public init(_ specification: DefaultBoxSpecification, title: String) {
    self.specification = specification
    self.title = title
  }

  private static let panelWidth = 440
  private static let titleHeight = 52
  /// Title and key of the whole picture.
  private static let headHeight = 64
  private static let gap = 14
  private static let columns = 3
  private static let ink = Color(red: 0.1, green: 0.12, blue: 0.15)
  private static let soft = Color(red: 0.35, green: 0.4, blue: 0.45)
  private static let white = Color(red: 1, green: 1, blue: 1)
  private static let centerColor = Color(red: 0.1, green: 0.3, blue: 0.85, alpha: 0.75)

  /// Draws one panel for each feature map.
  ///
  /// - Parameters:
  ///   - image: what is drawn on.
  ///   - objects: of this image, with the feature map that suits each.
  ///   - counts: for each map the objects of the whole dataset that it suits best.
  /// - Throws: ``DrawingError`` for a picture that is too large.
  public func drawn(
    on image: RGBImage, objects: [AssignmentStatistics.Object], counts: [Int]
  ) throws -> RGBImage {
    // A narrower picture is drawn wider: its panels would be as tall as a house.
    let height = min(max(Self.panelWidth * image.height / image.width, 1), 3 * Self.panelWidth)
    let panel = ImageResampler(width: Self.panelWidth, height: height).image(of: image)
    let count = specification.featureMaps.count
    let columns = min(Self.columns, count)
    let rows = (count + columns - 1) / columns
    let cell = (width: Self.panelWidth + Self.gap, height: height + Self.titleHeight + Self.gap)
    var sheet = RGBImage(
      width: columns * cell.width + Self.gap,
      height: rows * cell.height + Self.gap + Self.headHeight, fill: 250)
    func origin(_ index: Int) -> (x: Int, y: Int) {
      (
        Self.gap + index % columns * cell.width,
        Self.gap + Self.headHeight + index / columns * cell.height + Self.titleHeight
      )
    }
    for index in 0..<count { sheet.paste(panel, x: origin(index).x, y: origin(index).y) }
    let canvas = try Canvas(sheet)
    canvas.text(title, x: Double(Self.gap), y: 28, size: 18, color: Self.ink)
    drawKey(on: canvas, width: Double(sheet.width - 2 * Self.gap))
    let total = counts.reduce(0, +)
    for index in 0..<count {
      draw(
        specification.featureMaps[index], on: canvas, at: origin(index), height: height,
        objects: objects.filter { $0.featureMap == index },
        title: "map \(specification.featureMaps[index].rows) ×"
          + " \(specification.featureMaps[index].columns): the best for \(counts[index]) of"
          + " \(total) objects")
    }
    return canvas.image()
  }

  /// One line that says what is drawn how.
  private func drawKey(on canvas: Canvas, width: Double) {
    let entries: [(sign: (PixelBox) -> Void, text: String)] = [
      ({ Self.drawCenter($0.xMid, $0.yMid, radius: 2.5, on: canvas) }, "centre of a cell"),
      (
        { canvas.rectangle($0, color: .ofClass(1), lineWidth: 2) },
        "default boxes of the cell in the middle, a colour each"
      ),
      ({ Self.drawObject($0, on: canvas) }, "object whose best default box is on this map"),
    ]
    let (signWidth, space) = (18.0, 22.0)
    let full = entries.reduce(0) {
      $0 + signWidth + 6 + canvas.width(of: $1.text, size: 12) + space
    }
    // A picture of one panel is narrow.
    let size = min(12, 12 * width / max(full, 1))
    var x = Double(Self.gap)
    for entry in entries {
      entry.sign(PixelBox(xMin: x, yMin: 44, xMax: x + signWidth, yMax: 56))
      canvas.text(entry.text, x: x + signWidth + 6, y: 54, size: size, color: Self.soft)
      x += signWidth + 6 + canvas.width(of: entry.text, size: size) + space * size / 12
    }
  }

  /// The shapes of a map, each behind its colour; a line of many is made to fit.
  private func drawShapes(
    _ map: DefaultBoxSpecification.FeatureMap, on canvas: Canvas, x: Double, y: Double,
    width: Double
  ) {
    let texts = map.shapes.map { "\(Int($0.width.rounded())) × \(Int($0.height.rounded()))" }
    func length(_ size: Double) -> Double {
      texts.reduce(0) { $0 + canvas.width(of: $1, size: size) + 2 * size }
        + canvas.width(of: "px", size: size)
    }
    let size = min(11, 11 * width / max(length(11), 1))
    var x = x
    for (index, text) in texts.enumerated() {
      canvas.fill(
        PixelBox(xMin: x, yMin: y - size * 0.8, xMax: x + size * 0.8, yMax: y),
        color: .ofClass(index + 1))
      canvas.text(text, x: x + size * 1.1, y: y, size: size, color: Self.soft)
      x += canvas.width(of: text, size: size) + 2 * size
    }
    canvas.text("px", x: x, y: y, size: size, color: Self.soft)
  }

  private static func drawCenter(_ x: Double, _ y: Double, radius: Double, on canvas: Canvas) {
    canvas.fill(
      PixelBox(xMin: x - radius, yMin: y - radius, xMax: x + radius, yMax: y + radius),
      color: centerColor)
  }

  private static func drawObject(_ box: PixelBox, on canvas: Canvas) {
    canvas.rectangle(box, color: white, lineWidth: 3.4)
    canvas.rectangle(box, color: ink, lineWidth: 1.8, dashes: [6, 3])
  }

  private func draw(
    _ map: DefaultBoxSpecification.FeatureMap, on canvas: Canvas, at origin: (x: Int, y: Int),
    height: Int, objects: [AssignmentStatistics.Object], title: String
  ) {
    let (x0, y0) = (Double(origin.x), Double(origin.y))
    let (width, height) = (Double(Self.panelWidth), Double(height))
    canvas.text(title, x: x0, y: y0 - 28, size: 14, color: Self.ink)
    drawShapes(map, on: canvas, x: x0, y: y0 - 10, width: width)
    let panel = PixelBox(xMin: x0, yMin: y0, xMax: x0 + width, yMax: y0 + height)
    canvas.clipping(to: panel) {
      for object in objects {
        Self.drawObject(object.labeled.box.inPixels(of: panel), on: canvas)
      }
      let across = map.stepInPixels.map { Double(specification.imageWidthInPixels) / $0 }
      let down = map.stepInPixels.map { Double(specification.imageHeightInPixels) / $0 }
      func center(_ column: Int, _ row: Int) -> (x: Double, y: Double) {
        (
          x0 + (Double(column) + 0.5) / (across ?? Double(map.columns)) * width,
          y0 + (Double(row) + 0.5) / (down ?? Double(map.rows)) * height
        )
      }
      for row in 0..<map.rows {
        for column in 0..<map.columns {
          let point = center(column, row)
          let radius = map.columns > 25 ? 0.9 : 1.8
          Self.drawCenter(point.x, point.y, radius: radius, on: canvas)
        }
      }
      let middle = center(map.columns / 2, map.rows / 2)
      for (index, shape) in map.shapes.enumerated() {
        let half = (
          x: shape.width / Double(specification.imageWidthInPixels) * width / 2,
          y: shape.height / Double(specification.imageHeightInPixels) * height / 2
        )
        canvas.rectangle(
          PixelBox(
            xMin: middle.x - half.x, yMin: middle.y - half.y, xMax: middle.x + half.x,
            yMax: middle.y + half.y),
          color: Color.ofClass(index + 1), lineWidth: 2)
      }
    }
  }
}

extension PixelBox {
  fileprivate var xMid: Double { (xMin + xMax) / 2 }
  fileprivate var yMid: Double { (yMin + yMax) / 2 }
}

extension RGBImage {
  /// A grey picture.
  init(width: Int, height: Int, fill: UInt8) {
    self.init(
      width: width, height: height, pixels: [UInt8](repeating: fill, count: width * height * 3))
  }

  /// Copies a picture that fits into this one.
  mutating func paste(_ image: RGBImage, x: Int, y: Int) {
    for row in 0..<image.height {
      let target = ((y + row) * width + x) * 3
      let source = row * image.width * 3
      pixels.replaceSubrange(
        target..<target + image.width * 3, with: image.pixels[source..<source + image.width * 3])
    }
  }
}
