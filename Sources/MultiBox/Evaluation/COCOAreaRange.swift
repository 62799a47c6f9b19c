/// A range of area that COCO's measures tell objects apart by, in pixels².
///
/// COCO's own are the only place of its borders. Both ends belong to a range, as in pycocotools: an
/// object of exactly 32² counts as small and as medium, one of 96² as medium and as large.
public struct COCOAreaRange: Hashable, Sendable {
  /// The range's name, which stands behind AP and AR: `small` in `APsmall`.
  public var name: String
  /// The smallest and the largest area, both of which belong to the range, in pixels².
  public var bounds: ClosedRange<Double>

  /// The largest area that a range without an end has, pycocotools' 10¹⁰.
  public static let largestArea = 1e10

  /// Creates a range.
  ///
  /// - Parameters:
  ///   - name: stands behind AP and AR.
  ///   - bounds: the smallest and the largest area, in pixels².
  public init(name: String, bounds: ClosedRange<Double>) {
    self.name = name
    self.bounds = bounds
  }

  /// All areas, 0…10¹⁰.
  public static let all = COCOAreaRange(name: "all", bounds: 0...largestArea)
  /// Up to 32².
  public static let small = COCOAreaRange(name: "small", bounds: 0...(32 * 32))
  /// From 32² to 96².
  public static let medium = COCOAreaRange(name: "medium", bounds: (32 * 32)...(96 * 96))
  /// From 96² on.
  public static let large = COCOAreaRange(name: "large", bounds: (96 * 96)...largestArea)

  /// COCO's ranges by size, without ``all``.
  public static let sizes: [COCOAreaRange] = [.small, .medium, .large]

  /// Returns true if an object of this area belongs to the range.
  ///
  /// - Parameter area: as the measures take it (``EvaluationObject/area``).
  public func contains(_ area: Double) -> Bool { bounds.contains(area) }
}
