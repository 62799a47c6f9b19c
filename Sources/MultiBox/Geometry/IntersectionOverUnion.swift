extension Box {
  /// Returns the area that the box shares with `other`; 0 where they do not overlap or one is
  /// without area.
  @inlinable
  public func intersectionArea(_ other: Box) -> Double {
    // Without this a NaN could pass through min and max.
    guard hasArea, other.hasArea else { return 0 }
    let width = min(xMax, other.xMax) - max(xMin, other.xMin)
    let height = min(yMax, other.yMax) - max(yMin, other.yMin)
    return width > 0 && height > 0 ? width * height : 0
  }

  /// Returns intersection over union (the Jaccard overlap) with `other`, 0…1.
  ///
  /// IoU(A, B) = |A ∩ B| / (|A| + |B| − |A ∩ B|). 0 when the boxes share no area, so also when
  /// either is without area or has a NaN. Assignment computes it in `DefaultBoxSearch`, to the same
  /// bits; `AssignerTests` holds both together.
  @inlinable
  public func intersectionOverUnion(_ other: Box) -> Double {
    let intersection = intersectionArea(other)
    guard intersection > 0 else { return 0 }
    return intersection / (area + other.area - intersection)
  }
}
