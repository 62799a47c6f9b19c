import Foundation
import ImageFiles
import MultiBox

/// Draws the default boxes of each feature map over an image, one panel a map.
///
/// A panel shows the centres of all cells, the shapes around the cell in the middle, and the
/// objects whose best default box lies on this map.
public struct DefaultBoxPicture: Sendable {
  public var specification: DefaultBoxSpecification
  public var title: String

  public init(_ specification: DefaultBoxSpecification, title: String) {
    self.specification = specification
    self.title = title
  }

  private static let panelWidth = 440
  private static let titleHeight = 52
  private static let gap = 14
  private static let columns = 3

  /// - Parameters:
  ///   - image: what is drawn on.
  ///   - objects: of this image, with the feature map that suits each.
  ///   - counts: for each map the objects of the whole dataset that it suits best.
  public func drawn(
    on image: RGBImage, objects: [AssignmentStatistics.Object], counts: [Int]
  ) throws -> RGBImage {
    let height = max(Self.panelWidth * image.height / image.width, 1)
    let panel = ImageResampler(width: Self.panelWidth, height: height).image(of: image)
    let count = specification.featureMaps.count
    let columns = min(Self.columns, count)
    let rows = (count + columns - 1) / columns
    let cell = (width: Self.panelWidth + Self.gap, height: height + Self.titleHeight + Self.gap)
    var sheet = RGBImage(
      width: columns * cell.width + Self.gap, height: rows * cell.height + Self.gap + 30,
      fill: 250)
    func origin(_ index: Int) -> (x: Int, y: Int) {
      (
        Self.gap + index % columns * cell.width,
        Self.gap + 30 + index / columns * cell.height + Self.titleHeight
      )
    }
    for index in 0..<count { sheet.paste(panel, x: origin(index).x, y: origin(index).y) }
    let canvas = try Canvas(sheet)
    let ink = Color(red: 0.1, green: 0.12, blue: 0.15)
    canvas.text(title, x: Double(Self.gap), y: 28, size: 18, color: ink)
    for index in 0..<count {
      draw(
        specification.featureMaps[index], on: canvas, at: origin(index), height: height,
        objects: objects.filter { $0.featureMap == index }, count: counts[index])
    }
    return canvas.image()
  }

  private func draw(
    _ map: DefaultBoxSpecification.FeatureMap, on canvas: Canvas, at origin: (x: Int, y: Int),
    height: Int, objects: [AssignmentStatistics.Object], count: Int
  ) {
    let (x0, y0) = (Double(origin.x), Double(origin.y))
    let (width, height) = (Double(Self.panelWidth), Double(height))
    let shapes = map.shapes.map {
      "\(Int($0.width.rounded())) × \(Int($0.height.rounded()))"
    }.joined(separator: ", ")
    let ink = Color(red: 0.1, green: 0.12, blue: 0.15)
    canvas.text(
      "map \(map.rows) × \(map.columns): suits \(count) objects best", x: x0, y: y0 - 28, size: 14,
      color: ink)
    // A line of many shapes is made to fit.
    let size = min(11, 11 * width / max(canvas.width(of: shapes + " px", size: 11), 1))
    canvas.text(
      shapes + " px", x: x0, y: y0 - 10, size: size,
      color: Color(red: 0.35, green: 0.4, blue: 0.45))
    let panel = PixelBox(xMin: x0, yMin: y0, xMax: x0 + width, yMax: y0 + height)
    canvas.clipping(to: panel) {
      for object in objects {
        let box = object.labeled.box.inPixels(of: panel)
        canvas.rectangle(
          box, color: Color(red: 1, green: 1, blue: 1), lineWidth: 3.4)
        canvas.rectangle(
          box, color: Color(red: 0.04, green: 0.43, blue: 0.31), lineWidth: 1.8, dashes: [6, 3])
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
          canvas.fill(
            PixelBox(
              xMin: point.x - radius, yMin: point.y - radius, xMax: point.x + radius,
              yMax: point.y + radius),
            color: Color(red: 0.1, green: 0.3, blue: 0.85, alpha: 0.75))
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
