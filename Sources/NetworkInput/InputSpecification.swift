import ImageFiles

/// How an image becomes the network's input.
///
/// Whether the input is `[1, 3, H, W]` or `[1, H, W, 3]`, float32 or 8 bit, is read from the
/// model.
public struct InputSpecification: Hashable, Sendable, Codable {
  /// Order of the channels in the input.
  public enum ChannelOrder: String, Hashable, Sendable, Codable, CaseIterable {
    case rgb, bgr
  }

  /// What happens where the image has another shape than the input.
  public enum Resize: String, Hashable, Sendable, Codable, CaseIterable {
    /// Both sides are scaled on their own.
    case stretch
    /// Both are scaled alike; the image lies in the middle, `padding` beside it.
    case letterbox
    /// The same with the image at top and left.
    case letterboxTopLeft = "letterbox-top-left"
  }

  /// How pixels are weighted.
  public enum Filter: String, Hashable, Sendable, Codable, CaseIterable {
    /// The nearest four pixels, however far apart they are (OpenCV's linear).
    case bilinear
    /// As wide as the reduction (Pillow's bilinear; torchvision's with antialias).
    case antialiasedBilinear = "antialiased-bilinear"

    public var resampling: ResamplingFilter {
      self == .bilinear ? .bilinear : .antialiasedBilinear
    }
  }

  public var width: Int
  public var height: Int
  public var channelOrder = ChannelOrder.rgb
  public var resize = Resize.stretch
  public var filter = Filter.antialiasedBilinear
  /// Whether the resized image is one of 8 bit, as programs make it that resize with Pillow or
  /// OpenCV; with the antialiased filter also between its passes, as Pillow's is. An 8-bit input
  /// is rounded at the end, whatever stands here.
  public var isRoundedToBytes = false
  /// Red, green, blue of the padding, in grey levels; nil: the mean, which becomes 0.
  public var padding: [Float]?
  /// Of red, green and blue, whatever the channels' order; not used for an 8-bit input.
  public var normalization: ImageNormalization

  public init(width: Int, height: Int, normalization: ImageNormalization) {
    self.width = width
    self.height = height
    self.normalization = normalization
  }

  private enum CodingKeys: String, CodingKey {
    case width, height, channelOrder, resize, filter, isRoundedToBytes, padding, normalization
  }

  /// Keys but size and normalization may be left out.
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
