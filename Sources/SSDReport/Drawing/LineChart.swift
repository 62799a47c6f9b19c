import Foundation

/// A chart of lines as SVG, styled by the page around it, so that it follows light and dark.
public struct LineChart: Sendable {
  /// A line, or single points where lines would say too much.
  public struct Series: Sendable {
    /// The line's name, for the legend.
    public var name: String
    /// The points, in the order of x; those that are not finite are left out.
    public var points: [(x: Double, y: Double)]
    /// Marks each point, for few of them.
    public var marksPoints: Bool

    /// Creates a line of points.
    public init(name: String, points: [(x: Double, y: Double)], marksPoints: Bool = false) {
      self.name = name
      self.points = points.filter { $0.x.isFinite && $0.y.isFinite }
      self.marksPoints = marksPoints
    }
  }

  /// The chart's title.
  public var title: String
  /// The title of the horizontal axis.
  public var xTitle: String
  /// The lines.
  public var series: [Series]
  /// The vertical range; nil fits the values, from 0 where they are not below.
  public var yRange: ClosedRange<Double>?
  /// The horizontal range; nil fits the values.
  public var xRange: ClosedRange<Double>?

  /// Creates a chart.
  public init(
    title: String, xTitle: String, series: [Series], xRange: ClosedRange<Double>? = nil,
    yRange: ClosedRange<Double>? = nil
  ) {
    self.title = title
    self.xTitle = xTitle
    self.series = series
    self.xRange = xRange
    self.yRange = yRange
  }

  /// Whether there is a line to see: two points of one series.
  var hasLine: Bool { series.contains { $0.points.count > 1 } }

  private static let size = (width: 460.0, height: 250.0)
  private static let legendRowHeight = 14.0
  private static let margin = (left: 48.0, right: 14.0, top: 46.0, bottom: 34.0)

  /// Returns an `svg` element with classes `chart`, `axis` and `s0`, `s1` … of the series.
  public func svg() -> String {
    let points = series.flatMap(\.points)
    let x = xRange ?? Self.fitted(points.map(\.x), fromZero: false)
    let y = yRange ?? Self.fitted(points.map(\.y), fromZero: true)
    let legend = legendPlaces()
    // Names that need more than one row push all else down.
    let extra = Double((legend.map(\.row).max() ?? 0)) * Self.legendRowHeight
    let (height, top) = (Self.size.height + extra, Self.margin.top + extra)
    let inner = (
      width: Self.size.width - Self.margin.left - Self.margin.right,
      height: Self.size.height - Self.margin.top - Self.margin.bottom
    )
    func px(_ value: Double) -> Double {
      Self.margin.left + (value - x.lowerBound) / (x.upperBound - x.lowerBound) * inner.width
    }
    func py(_ value: Double) -> Double {
      let clamped = min(max(value, y.lowerBound), y.upperBound)
      return top
        + (y.upperBound - clamped) / (y.upperBound - y.lowerBound) * inner.height
    }
    let bottom = height - Self.margin.bottom
    var parts = [
      "<svg class=\"chart\" viewBox=\"0 0 \(Int(Self.size.width)) \(Int(height))\""
        + " role=\"img\" aria-label=\"\(title.escapedForHTML)\">",
      text(title, x: 4, y: 15, attributes: "class=\"title\""),
      text(
        xTitle, x: Self.size.width - Self.margin.right, y: height - 4,
        attributes: "text-anchor=\"end\""),
    ]
    for tick in Self.ticks(x) {
      parts.append(line(px(tick), top, px(tick), bottom))
      parts.append(
        text(Self.label(tick), x: px(tick), y: bottom + 14, attributes: "text-anchor=\"middle\""))
    }
    for tick in Self.ticks(y) {
      parts.append(line(Self.margin.left, py(tick), Self.size.width - Self.margin.right, py(tick)))
      parts.append(
        text(
          Self.label(tick), x: Self.margin.left - 5, y: py(tick) + 4,
          attributes: "text-anchor=\"end\""))
    }
    for (index, series) in series.enumerated() {
      let path = series.points.map { Self.coordinates(px($0.x), py($0.y)) }.joined(separator: " ")
      parts.append("<polyline class=\"line s\(index % 8)\" points=\"\(path)\"/>")
      if series.marksPoints {
        for point in series.points {
          let (cx, cy) = (Self.round(px(point.x)), Self.round(py(point.y)))
          parts.append(
            "<circle class=\"dot s\(index % 8)\" cx=\"\(cx)\" cy=\"\(cy)\" r=\"3\"><title>"
              + "\(series.name.escapedForHTML) \(Self.label(point.x)): \(Self.label(point.y))"
              + "</title></circle>")
        }
      }
      if let place = legend.first(where: { $0.series == index }) {
        parts.append(
          text(
            series.name, x: place.x, y: 33 + Double(place.row) * Self.legendRowHeight,
            attributes: "class=\"legend s\(index % 8)\""))
      }
    }
    parts.append("</svg>")
    return parts.joined()
  }

  /// Where the names of the series stand, in as many rows as they need.
  private func legendPlaces() -> [(series: Int, row: Int, x: Double)] {
    guard series.count > 1 || series.contains(where: { !$0.name.isEmpty }) else { return [] }
    var (row, x) = (0, 4.0)
    return series.indices.map { index in
      let width = Double(series[index].name.count) * 6.6 + 16
      if x > 4, x + width > Self.size.width { (row, x) = (row + 1, 4) }
      defer { x += width }
      return (index, row, x)
    }
  }

  private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
    "<line class=\"axis\" x1=\"\(Self.round(x1))\" y1=\"\(Self.round(y1))\""
      + " x2=\"\(Self.round(x2))\" y2=\"\(Self.round(y2))\"/>"
  }

  private func text(_ text: String, x: Double, y: Double, attributes: String) -> String {
    "<text x=\"\(Self.round(x))\" y=\"\(Self.round(y))\" \(attributes)>"
      + "\(text.escapedForHTML)</text>"
  }

  private static func coordinates(_ x: Double, _ y: Double) -> String { "\(round(x)),\(round(y))" }

  private static func round(_ value: Double) -> String { String(format: "%.1f", value) }

  static func label(_ value: Double) -> String { NumberStyle.measure.text(value) }

  static func fitted(_ values: [Double], fromZero: Bool) -> ClosedRange<Double> {
    guard var low = values.min(), var high = values.max() else { return 0...1 }
    if fromZero { low = min(low, 0) }
    if high <= low { high = low + 1 }
    if fromZero { high += (high - low) * 0.05 }
    return low...high
  }

  /// Round numbers, about five of them.
  static func ticks(_ range: ClosedRange<Double>) -> [Double] {
    let span = range.upperBound - range.lowerBound
    let power = pow(10, floor(log10(span / 5)))
    let step = [1, 2, 5, 10].map { $0 * power }.first { span / $0 <= 6 } ?? power * 10
    var result: [Double] = []
    var number = (range.lowerBound / step).rounded(.up)
    while number * step <= range.upperBound + step * 1e-9 {
      result.append(number * step)
      number += 1
    }
    return result
  }
}

extension String {
  /// The text as HTML shows it.
  var escapedForHTML: String {
    replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
      .replacingOccurrences(of: ">", with: "&gt;").replacingOccurrences(of: "\"", with: "&quot;")
  }
}
