#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The four numbers that a network regresses for a default box.
///
/// Shifts are in shares of its sides, sizes are logarithms of the ratios of the sides; each is
/// divided by its variance.
public struct BoxOffsets: Hashable, Sendable, Codable {
  /// The shift of the centre across: (cx − dcx) / dw / variance.
  public var cx: Double
  /// The shift of the centre down: (cy − dcy) / dh / variance.
  public var cy: Double
  /// The logarithm log(w / dw) / variance; no width.
  public var width: Double
  /// The logarithm log(h / dh) / variance; no height.
  public var height: Double

  /// Creates offsets.
  @inlinable
  public init(cx: Double, cy: Double, width: Double, height: Double) {
    self.cx = cx
    self.cy = cy
    self.width = width
    self.height = height
  }
}

/// Turns boxes into offsets relative to a default box d, and back.
///
/// ĝcx = (gcx − dcx) / dw / `centerVariance`, ĝcy = (gcy − dcy) / dh / `centerVariance`,
/// ĝw = log(gw / dw) / `sizeVariance`, ĝh = log(gh / dh) / `sizeVariance`.
///
/// With both variances 1 this is equation 2 of the paper; 0.1 and 0.2 are what the original code
/// and its descendants divide by. They scale the targets to about unit size.
/// ``decoded(_:relativeTo:)`` is the exact inverse as long as `maximumSizeOffset` is nil or not
/// reached.
///
/// - SeeAlso: SSD §2.2, equation 2 (arXiv:1512.02325).
public struct BoxCoder: Hashable, Sendable {
  /// The divisor of the centre's offsets, above 0; 0.1 in the original code.
  public var centerVariance: Double
  /// The divisor of the sizes' offsets, above 0; 0.2 in the original code.
  public var sizeVariance: Double
  /// The largest log(w / dw) and log(h / dh) that decoding accepts, after multiplication by the
  /// variance; nil for no limit.
  ///
  /// Larger ones are cut. torchvision uses log(1000 / 16), so that a wild offset gives no infinite
  /// box.
  public var maximumSizeOffset: Double?

  /// Creates a coder, with the original code's variances by default.
  ///
  /// - Parameters:
  ///   - centerVariance: above 0.
  ///   - sizeVariance: above 0.
  ///   - maximumSizeOffset: a limit in decoding, as natural logarithm of a ratio of sides, or nil.
  @inlinable
  public init(
    centerVariance: Double = 0.1, sizeVariance: Double = 0.2, maximumSizeOffset: Double? = nil
  ) {
    precondition(
      centerVariance > 0 && sizeVariance > 0,
      "variances must be above 0, are \(centerVariance) and \(sizeVariance)")
    self.centerVariance = centerVariance
    self.sizeVariance = sizeVariance
    self.maximumSizeOffset = maximumSizeOffset
  }

  /// torchvision's limit: log(1000 / 16).
  public static let torchvisionMaximumSizeOffset = log(1000.0 / 16)

  /// Returns the offsets of `box` relative to `defaultBox`.
  ///
  /// - Precondition: both boxes have area; otherwise the sizes' logarithms are not finite.
  @inlinable
  public func encoded(_ box: CenterBox, relativeTo defaultBox: CenterBox) -> BoxOffsets {
    BoxOffsets(
      cx: (box.cx - defaultBox.cx) / defaultBox.width / centerVariance,
      cy: (box.cy - defaultBox.cy) / defaultBox.height / centerVariance,
      width: Double.naturalLogarithm(box.width / defaultBox.width) / sizeVariance,
      height: Double.naturalLogarithm(box.height / defaultBox.height) / sizeVariance)
  }

  /// Returns the box that `offsets` describe relative to `defaultBox`.
  @inlinable
  public func decoded(_ offsets: BoxOffsets, relativeTo defaultBox: CenterBox) -> CenterBox {
    var logWidth = offsets.width * sizeVariance
    var logHeight = offsets.height * sizeVariance
    if let maximumSizeOffset {
      logWidth = min(logWidth, maximumSizeOffset)
      logHeight = min(logHeight, maximumSizeOffset)
    }
    return CenterBox(
      cx: defaultBox.cx + offsets.cx * centerVariance * defaultBox.width,
      cy: defaultBox.cy + offsets.cy * centerVariance * defaultBox.height,
      width: defaultBox.width * Double.exponential(logWidth),
      height: defaultBox.height * Double.exponential(logHeight))
  }
}

extension BoxCoder: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case centerVariance, sizeVariance, maximumSizeOffset
  }

  /// Decodes a coder, with defaults for missing values, and checks every value.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.checkedContainer(keyedBy: CodingKeys.self)
    self.init(
      centerVariance: try container.decodePositive(.centerVariance, default: 0.1),
      sizeVariance: try container.decodePositive(.sizeVariance, default: 0.2),
      maximumSizeOffset: try container.decode(
        .maximumSizeOffset, default: nil, expected: "a number or null"
      ) { ($0 as Double?)?.isFinite ?? true })
  }
}
