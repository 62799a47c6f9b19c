/// The ranges of area that COCO tells objects apart by, in pixels².
///
/// The only place of these borders. Both ends belong to a range, as in pycocotools: an object of
/// exactly 32² counts as small and as medium, one of 96² as medium and as large.
public enum COCOAreaRange: Int, Hashable, Sendable, CaseIterable {
  /// All areas, 0…10¹⁰.
  case all
  /// Up to 32².
  case small
  /// From 32² to 96².
  case medium
  /// From 96² on.
  case large

  /// The smallest and the largest area, both of which belong to the range, in pixels².
  public var bounds: ClosedRange<Double> {
    switch self {
    case .all: 0...1e10
    case .small: 0...(32 * 32)
    case .medium: (32 * 32)...(96 * 96)
    case .large: (96 * 96)...1e10
    }
  }

  /// The ranges by size, without ``all``.
  public static let sizes: [COCOAreaRange] = [.small, .medium, .large]

  /// Returns true if an object of this area belongs to the range.
  ///
  /// - Parameter area: as the measures take it (``EvaluationObject/area``).
  public func contains(_ area: Double) -> Bool { bounds.contains(area) }
}
