import Datasets
import MultiBox
import NetworkInput

/// Puts parts of four images into one input, around a centre that is drawn.
///
/// Each part has a scale, colours and a mirror of its own; they take the place of expansion and
/// crop. An image that is larger than its part shows any part of itself; one that is smaller lies
/// at the centre, with the mean beside it. The three other images are drawn from those of the
/// epoch, or, where these come from shards in the windows of a ``ShardedOrder``, from those of the
/// image's window. Boxes are clipped to their part; one of which too little is left is dropped.
///
/// - SeeAlso: YOLOv4 §3.3 (arXiv:2004.10934).
public struct Mosaic: Hashable, Sendable {
  /// The probability that an image comes with three others, 0…1.
  public var probability: Double
  /// The range of the centre in both directions, in shares of the input, 0…1.
  public var center: ClosedRange<Double>
  /// The range of an image's sides in the input, over those that it has alone.
  public var scale: ClosedRange<Double>
  /// The share of a box that must lie in its part, 0…1. A crop that keeps boxes by their centre
  /// leaves a quarter at least.
  public var minimumVisibleShare: Double

  /// Creates the mosaic; without arguments it never happens.
  public init(
    probability: Double = 0, center: ClosedRange<Double> = 0.25...0.75,
    scale: ClosedRange<Double> = 0.5...1.5, minimumVisibleShare: Double = 0.25
  ) {
    self.probability = probability
    self.center = center
    self.scale = scale
    self.minimumVisibleShare = minimumVisibleShare
  }

  /// Returns the four parts of an input: upper left, upper right, lower left, lower right. A part
  /// of a very small input may be empty.
  func regions(
    width: Int, height: Int, using generator: inout SeededGenerator
  ) -> [InputRegion] {
    let x = Int((Double.random(in: center, using: &generator) * Double(width)).rounded())
    let y = Int((Double.random(in: center, using: &generator) * Double(height)).rounded())
    return [
      InputRegion(width: x, height: y), InputRegion(x: x, width: width - x, height: y),
      InputRegion(y: y, width: x, height: height - y),
      InputRegion(x: x, y: y, width: width - x, height: height - y),
    ]
  }

  /// Draws what a part shows of its image.
  ///
  /// - Parameters:
  ///   - width: of the image in pixels.
  ///   - height: of the image in pixels.
  ///   - share: the part's sides over those of the input.
  ///   - isLeft: the centre is at the part's right.
  ///   - isUpper: the centre is below the part.
  func draw(
    width: Int, height: Int, share: (x: Double, y: Double), isLeft: Bool, isUpper: Bool,
    _ policy: AugmentationPolicy, using generator: inout SeededGenerator
  ) -> AugmentationDraw {
    var draw = AugmentationDraw(
      photometric: policy.photometric.draw(using: &generator),
      window: PixelBox(width: width, height: height), sidesBy: policy, using: &generator)
    let scale = Double.random(in: scale, using: &generator)
    func range(_ side: Int, _ share: Double, isAtEnd: Bool) -> ClosedRange<Double> {
      let visible = share / scale * Double(side)
      let rest = Double(side) - visible
      let place = Double.random(in: 0...1, using: &generator)
      let start = rest > 0 ? place * rest : isAtEnd ? rest : 0
      return start...start + visible
    }
    // The window is turned round after it is cut.
    let x = range(width, share.x, isAtEnd: isLeft != draw.isMirrored)
    let y = range(height, share.y, isAtEnd: isUpper != draw.isFlipped)
    draw.window = PixelBox(
      xMin: x.lowerBound, yMin: y.lowerBound, xMax: x.upperBound, yMax: y.upperBound)
    return draw
  }
}

extension Mosaic: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case probability, center, scale, minimumVisibleShare
  }

  /// Decodes values, with the initializer's for missing ones.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.checkedContainer(keyedBy: CodingKeys.self)
    self.init()
    probability = try values.decode(.probability, default: probability)
    center = try values.decodeRange(.center, default: center)
    scale = try values.decodeRange(.scale, default: scale)
    minimumVisibleShare = try values.decode(.minimumVisibleShare, default: minimumVisibleShare)
  }
}
