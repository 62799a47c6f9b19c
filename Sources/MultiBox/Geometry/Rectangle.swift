/// An axis-aligned rectangle given by its corners: the geometry that shares and pixels have alike.
///
/// ``Box`` is in shares of an image and ``PixelBox`` in pixels. Two rectangles are compared only
/// where they have the same unit. Coordinates are continuous, so the width is `xMax - xMin`. A
/// rectangle is *without area* when its width or height is not above 0.
///
/// Geometry is computed in `Double` throughout: an IoU that falls on a threshold, or two that tie,
/// must not depend on the precision that a network happens to run in.
public protocol Rectangle: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The left side.
  var xMin: Double { get }
  /// The upper side.
  var yMin: Double { get }
  /// The right side.
  var xMax: Double { get }
  /// The lower side.
  var yMax: Double { get }
}

extension Rectangle {
  /// `xMax - xMin`.
  @inlinable public var width: Double { xMax - xMin }

  /// `yMax - yMin`.
  @inlinable public var height: Double { yMax - yMin }

  /// Width times height; 0 for a rectangle without area.
  @inlinable public var area: Double { hasArea ? width * height : 0 }

  /// Whether width and height are above 0. False where a coordinate is NaN.
  @inlinable public var hasArea: Bool { xMax > xMin && yMax > yMin }

  /// Whether no coordinate is NaN or infinite.
  @inlinable public var isFinite: Bool {
    xMin.isFinite && yMin.isFinite && xMax.isFinite && yMax.isFinite
  }

  /// Returns the area that two rectangles share; 0 where they do not overlap or one is without
  /// area.
  @inlinable
  public func intersectionArea(_ other: Self) -> Double {
    // Without this a NaN could pass through min and max.
    guard hasArea, other.hasArea else { return 0 }
    let width = min(xMax, other.xMax) - max(xMin, other.xMin)
    let height = min(yMax, other.yMax) - max(yMin, other.yMin)
    return width > 0 && height > 0 ? width * height : 0
  }

  /// Returns intersection over union (the Jaccard overlap), 0…1.
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

  /// `[xMin, yMin, xMax, yMax]`, as messages show a box.
  public var description: String { "[\(xMin), \(yMin), \(xMax), \(yMax)]" }
}
