import ImageFiles

/// The size of a network's input, and the way from an image to it.
///
/// The model itself says whether the input is `[1, 3, H, W]` or `[1, H, W, 3]`, float32 or 8 bit.
public struct InputSpecification: Hashable, Sendable, Codable {
  /// Order of the channels in the input.
  public enum ChannelOrder: String, Hashable, Sendable, Codable, CaseIterable {
    /// Red, green, blue.
    case rgb
    /// Blue, green, red, as OpenCV reads pictures.
    case bgr
  }

  /// Treatment of an image that has another shape than the input.
  public enum Resize: String, Hashable, Sendable, Codable, CaseIterable {
    /// Both sides are scaled on their own.
    case stretch
    /// Both are scaled alike; the image lies in the middle, `padding` beside it.
    case letterbox
    /// The same with the image at top and left.
    case letterboxTopLeft = "letterbox-top-left"
  }

  /// Weights of the pixels of an image that is made smaller or larger.
  public enum Filter: String, Hashable, Sendable, Codable, CaseIterable {
    /// The nearest four pixels, however far apart they are (OpenCV's linear).
    case bilinear
    /// As wide as the reduction (Pillow's bilinear; torchvision's with antialias).
    case antialiasedBilinear = "antialiased-bilinear"

    /// The filter as the resampler knows it.
    public var resampling: ResamplingFilter {
      self == .bilinear ? .bilinear : .antialiasedBilinear
    }
  }

  /// W, pixels of a row of the input.
  public var width: Int
  /// H, rows of the input.
  public var height: Int
  /// Order of the channels; red, green, blue by default.
  public var channelOrder = ChannelOrder.rgb
  /// Treatment of an image of another shape; stretched by default.
  public var resize = Resize.stretch
  /// Weights of the pixels; Pillow's by default.
  public var filter = Filter.antialiasedBilinear
  /// Rounds the resized image to 8 bit, as programs have it that resize with Pillow or OpenCV; with
  /// the antialiased filter also between its passes, as Pillow does. An 8-bit input is rounded at
  /// the end, whatever stands here.
  public var isRoundedToBytes = false
  /// Red, green, blue of the padding, in grey levels; nil: the mean, which becomes 0.
  public var padding: [Float]?
  /// The normalization of red, green and blue, whatever the channels' order; not used for an 8-bit
  /// input.
  public var normalization: ImageNormalization

  /// Creates a specification with the default order, resizing and filter.
  ///
  /// - Parameters:
  ///   - width: W, in pixels.
  ///   - height: H, in pixels.
  ///   - normalization: of red, green and blue.
  public init(width: Int, height: Int, normalization: ImageNormalization) {
    self.width = width
    self.height = height
    self.normalization = normalization
  }

  /// The same input in grey levels 0…255, before its normalization; the padding has its colour.
  package var inGreyLevels: InputSpecification {
    var result = self
    result.padding = padding ?? normalization.mean
    result.normalization = ImageNormalization(mean: [0, 0, 0], standardDeviation: [1, 1, 1])
    return result
  }

  /// ``normalization`` in the order of the input's channels.
  package var channelNormalization: ImageNormalization {
    guard channelOrder == .bgr else { return normalization }
    return ImageNormalization(
      mean: normalization.mean.reversed(),
      standardDeviation: normalization.standardDeviation.reversed())
  }

  private enum CodingKeys: String, CodingKey {
    case width, height, channelOrder, resize, filter, isRoundedToBytes, padding, normalization
  }

  /// Decodes a specification; keys but size and normalization may be left out.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    width = try values.decode(Int.self, forKey: .width)
    height = try values.decode(Int.self, forKey: .height)
    channelOrder = try values.decodeIfPresent(ChannelOrder.self, forKey: .channelOrder) ?? .rgb
    resize = try values.decodeIfPresent(Resize.self, forKey: .resize) ?? .stretch
    filter = try values.decodeIfPresent(Filter.self, forKey: .filter) ?? .antialiasedBilinear
    isRoundedToBytes = try values.decodeIfPresent(Bool.self, forKey: .isRoundedToBytes) ?? false
    padding = try values.decodeIfPresent([Float].self, forKey: .padding)
    normalization = try values.decode(ImageNormalization.self, forKey: .normalization)
  }
}
