import Datasets
import MultiBox

/// Random changes of brightness, contrast, saturation and hue, each with the same probability.
///
/// In this order: brightness, contrast (half of the times), saturation, hue, contrast (the other
/// half). Values are those of 8-bit images; each step is limited to 0…255, as it is there.
public struct PhotometricDistortion: Hashable, Sendable {
  /// The probability of each of the four changes, 0…1.
  public var probability: Double
  /// The largest addition to all channels, in grey levels.
  public var brightness: Double
  /// The range of the factor of contrast.
  public var contrast: ClosedRange<Double>
  /// The range of the factor of saturation.
  public var saturation: ClosedRange<Double>
  /// The largest turn of the hue in 8-bit hue units, of which 180 are the circle.
  public var hue: Double

  /// Creates the distortion; without arguments it is the original SSD's.
  public init(
    probability: Double = 0.5, brightness: Double = 32, contrast: ClosedRange<Double> = 0.5...1.5,
    saturation: ClosedRange<Double> = 0.5...1.5, hue: Double = 18
  ) {
    self.probability = probability
    self.brightness = brightness
    self.contrast = contrast
    self.saturation = saturation
    self.hue = hue
  }

  func draw(using generator: inout SeededGenerator) -> PhotometricDraw {
    var result = PhotometricDraw()
    // Every number is drawn whether it is used or not, so that one parameter does not shift the
    // others' numbers.
    func happens() -> Bool { Double.random(in: 0..<1, using: &generator) < probability }
    func number(_ range: ClosedRange<Double>) -> Double {
      Double.random(in: range, using: &generator)
    }
    let (changesBrightness, addition) = (happens(), number(-brightness...brightness))
    let (changesContrast, contrastFactor) = (happens(), number(contrast))
    let isContrastFirst = Bool.random(using: &generator)
    let (changesSaturation, saturationFactor) = (happens(), number(saturation))
    let (changesHue, turn) = (happens(), number(-hue...hue))
    if changesBrightness { result.brightness = addition }
    if changesContrast { result.contrast = contrastFactor }
    result.isContrastFirst = isContrastFirst
    if changesSaturation { result.saturation = saturationFactor }
    if changesHue { result.hue = turn }
    return result
  }
}

extension PhotometricDistortion: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case probability, brightness, contrast, saturation, hue
  }

  /// Decodes values, with the original SSD's for missing ones.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.checkedContainer(keyedBy: CodingKeys.self)
    self.init()
    probability = try values.decode(.probability, default: probability)
    brightness = try values.decode(.brightness, default: brightness)
    contrast = try values.decodeRange(.contrast, default: contrast)
    saturation = try values.decodeRange(.saturation, default: saturation)
    hue = try values.decode(.hue, default: hue)
  }
}

/// The photometric changes of one image.
public struct PhotometricDraw: Hashable, Sendable, Codable {
  /// The addition to all channels, in grey levels.
  public var brightness: Double = 0
  /// The factor of contrast.
  public var contrast: Double = 1
  /// Contrast changes before saturation and hue, or after them.
  public var isContrastFirst = true
  /// The factor of saturation.
  public var saturation: Double = 1
  /// The turn of the hue in units of which 180 are the circle.
  public var hue: Double = 0

  /// Creates a record without changes.
  public init() {}

  /// True if nothing changes.
  public var isIdentity: Bool {
    brightness == 0 && contrast == 1 && saturation == 1 && hue == 0
  }

  /// Changes eight colours; channels in 0…255.
  ///
  /// Every branch is computed and the right value chosen, so that eight pixels go together.
  @inline(__always)
  func apply(to colors: inout ColorLanes) {
    if brightness != 0 { colors.update { ($0 + Float(brightness)).limitedToGreyLevels } }
    if contrast != 1, isContrastFirst {
      colors.update { ($0 * Float(contrast)).limitedToGreyLevels }
    }
    if saturation != 1 || hue != 0 {
      colors.changeHueAndSaturation(turn: Float(hue), factor: Float(saturation))
    }
    if contrast != 1, !isContrastFirst {
      colors.update { ($0 * Float(contrast)).limitedToGreyLevels }
    }
  }
}
