import Foundation
import MultiBox

/// A region of VIA of any version, in pixels.
enum VIAShape: Sendable {
  case rectangle(x: Double, y: Double, width: Double, height: Double)
  case polygon([(x: Double, y: Double)])
  case circle(x: Double, y: Double, radius: Double)
  /// With half axes, the first turned by `theta` radians.
  case ellipse(x: Double, y: Double, first: Double, second: Double, theta: Double)
  /// A point or a line.
  case none

  /// The upright box; nil, which is counted, for what is none.
  func box(report: inout DatasetReport) -> AnnotatedObject.Shape? {
    switch self {
    case .rectangle(let x, let y, let width, let height):
      return .pixels(PixelBox(xMin: x, yMin: y, xMax: x + width, yMax: y + height))
    case .polygon(let points):
      report.add(.polygon)
      return .around(points)
    case .circle(let x, let y, let radius):
      report.add(.polygon)
      return .around([(x - radius, y - radius), (x + radius, y + radius)])
    case .ellipse(let x, let y, let first, let second, let theta):
      // The extent of (first·cos t, second·sin t) turned by theta is a sum of squares.
      let width = hypot(first * cos(theta), second * sin(theta))
      let height = hypot(first * sin(theta), second * cos(theta))
      report.add(.polygon)
      return .around([(x - width, y - height), (x + width, y + height)])
    case .none:
      report.add(.otherShape)
      return nil
    }
  }
}

extension VIAShape: Decodable {
  private enum CodingKeys: String, CodingKey {
    case name, x, y, width, height, cx, cy, r, rx, ry, theta
    case xs = "all_points_x"
    case ys = "all_points_y"
  }

  /// Decodes the `shape_attributes` of version 1 and 2.
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func number(_ key: CodingKeys) throws -> Double {
      try container.decode(Double.self, forKey: key)
    }
    let name = try container.decode(String.self, forKey: .name)
    switch name {
    case "rect":
      self = .rectangle(
        x: try number(.x), y: try number(.y), width: try number(.width),
        height: try number(.height))
    case "polygon":
      let xs = try container.decode([Double].self, forKey: .xs)
      let ys = try container.decode([Double].self, forKey: .ys)
      guard xs.count == ys.count, !xs.isEmpty else {
        throw DecodingError.dataCorruptedError(
          forKey: .ys, in: container,
          debugDescription: "expected \(max(1, xs.count)) numbers as in all_points_x,"
            + " found \(ys.count)")
      }
      self = .polygon(zip(xs, ys).map { ($0, $1) })
    case "circle":
      self = .circle(x: try number(.cx), y: try number(.cy), radius: try number(.r))
    case "ellipse":
      self = .ellipse(
        x: try number(.cx), y: try number(.cy), first: try number(.rx), second: try number(.ry),
        theta: try container.decodeIfPresent(Double.self, forKey: .theta) ?? 0)
    case "point", "polyline", "line": self = .none
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .name, in: container,
        debugDescription: "expected rect, polygon, circle, ellipse, point or polyline,"
          + " found \(name)")
    }
  }

  /// The circle through three points; nil where they are on a line.
  private static func circle(through points: [(x: Double, y: Double)]) -> VIAShape? {
    // Seen from the first, so that large coordinates cost no digits.
    let (a, b, c) = (points[0], points[1], points[2])
    let (bx, by, cx, cy) = (b.x - a.x, b.y - a.y, c.x - a.x, c.y - a.y)
    let area = 2 * (bx * cy - by * cx)
    let (b2, c2) = (bx * bx + by * by, cx * cx + cy * cy)
    let (x, y) = ((cy * b2 - by * c2) / area, (bx * c2 - cx * b2) / area)
    guard area != 0, x.isFinite, y.isFinite else { return nil }
    return .circle(x: a.x + x, y: a.y + y, radius: hypot(x, y))
  }

  /// Creates a shape of version 3: its number in the program, then its numbers; nil for none that
  /// is known.
  init?(version3 numbers: [Double]) {
    guard let kind = numbers.first else { return nil }
    let rest = Array(numbers.dropFirst())
    let points = stride(from: 0, to: rest.count - 1, by: 2).map { (x: rest[$0], y: rest[$0 + 1]) }
    switch (Int(exactly: kind), rest.count) {
    case (1, _), (5, _), (6, _): self = .none
    case (2, 4): self = .rectangle(x: rest[0], y: rest[1], width: rest[2], height: rest[3])
    case (3, 3): self = .circle(x: rest[0], y: rest[1], radius: rest[2])
    case (4, 4), (4, 5):
      self = .ellipse(
        x: rest[0], y: rest[1], first: rest[2], second: rest[3],
        theta: rest.count > 4 ? rest[4] : 0)
    case (7, 2...) where rest.count % 2 == 0: self = .polygon(points)
    // Three points of the rim.
    case (9, 6):
      guard let circle = Self.circle(through: points) else { return nil }
      self = circle
    // Four points that a box touches.
    case (8, 8):
      let (xs, ys) = (points.map(\.x), points.map(\.y))
      let (x, y) = (xs.min() ?? 0, ys.min() ?? 0)
      self = .rectangle(
        x: x, y: y, width: (xs.max() ?? 0) - x, height: (ys.max() ?? 0) - y)
    default: return nil
    }
  }
}
