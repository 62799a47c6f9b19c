/// An axis-aligned rectangle given by its corners: the geometry that shares and pixels have alike.
///
/// ``Box`` is in shares of an image and ``PixelBox`` in pixels. Two rectangles are compared only
/// where they have the same unit. Coordinates are continuous, so the width is `xMax - xMin`. A
/// rectangle is *without area* when its width or height is not above 0.
///
/// Geometry is computed in `Double` throughout: an IoU that falls on a threshold, or two that tie,
/// must not depend on the precision that a network happens to run in.
public protocol Rectangle: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The left edge.
  var xMin: Double { get }
  /// The upper edge.
  var yMin: Double { get }
  /// The right edge.
  var xMax: Double { get }
  /// The lower edge.
  var yMax: Double { get }
}

extension Rectangle {
  /// The difference of right and left edge; negative in a box turned inside out.
  @inlinable public var width: Double { xMax - xMin }

  /// The difference of lower and upper edge; negative in a box turned inside out.
  @inlinable public var height: Double { yMax - yMin }

  /// Width times height; 0 for a rectangle without area.
  @inlinable public var area: Double { hasArea ? width * height : 0 }

  /// True if width and height are above 0; false where a coordinate is NaN.
  @inlinable public var hasArea: Bool { xMax > xMin && yMax > yMin }

  /// True if no coordinate is NaN or infinite.
  @inlinable public var isFinite: Bool {
    xMin.isFinite && yMin.isFinite && xMax.isFinite && yMax.isFinite
  }

  /// Returns the area that the rectangle shares with `other`; 0 where they do not overlap or one is
  /// without area.
  @inlinable
  public func intersectionArea(_ other: Self) -> Double {
    // Without this a NaN could pass through min and max.
    guard hasArea, other.hasArea else { return 0 }
    let width = min(xMax, other.xMax) - max(xMin, other.xMin)
    let height = min(yMax, other.yMax) - max(yMin, other.yMin)
    return width > 0 && height > 0 ? width * height : 0
  }

  /// Returns intersection over union (the Jaccard overlap) with `other`, 0…1.
  ///
  /// IoU(A, B) = |A ∩ B| / (|A| + |B| − |A ∩ B|). 0 when the rectangles share no area, so also when
  /// either is without area or has a NaN. Assignment computes it in `DefaultBoxSearch`, to the same
  /// bits; `AssignerTests` holds both together.
  @inlinable
  public func intersectionOverUnion(_ other: Self) -> Double {
    let intersection = intersectionArea(other)
    guard intersection > 0 else { return 0 }
    return intersection / (area + other.area - intersection)
  }

  /// The corners as messages show them: `[xMin, yMin, xMax, yMax]`.
  public var description: String { "[\(xMin), \(yMin), \(xMax), \(yMax)]" }
}
