/// Eight pixels, channel by channel.
struct ColorLanes {
  typealias Lanes = SIMD8<Float>

  var red: Lanes
  var green: Lanes
  var blue: Lanes

  @inline(__always)
  mutating func update(_ change: (Lanes) -> Lanes) {
    red = change(red)
    green = change(green)
    blue = change(blue)
  }

  /// Turns the hue and scales the saturation in HSV.
  ///
  /// - Parameters:
  ///   - turn: in units of which 180 are the circle.
  ///   - factor: of the saturation.
  @inline(__always)
  mutating func changeHueAndSaturation(turn: Float, factor: Float) {
    let value = red.higher(green.higher(blue))
    let chroma = value - red.lower(green.lower(blue))
    // The hue in sixths of the circle.
    var sector = (red - green) / chroma + 4
    sector.replace(with: (blue - red) / chroma + 2, where: value .== green)
    sector.replace(with: (green - blue) / chroma, where: value .== red)
    sector += turn / 30
    sector.replace(with: sector + 6, where: sector .< 0)
    sector.replace(with: sector - 6, where: sector .>= 6)
    let newChroma = (chroma * factor).lower(value)
    // Grey has no hue and no saturation to change.
    let isColored = chroma .> 0
    red.replace(with: Self.channel(5, sector, value, newChroma), where: isColored)
    green.replace(with: Self.channel(3, sector, value, newChroma), where: isColored)
    blue.replace(with: Self.channel(1, sector, value, newChroma), where: isColored)
  }

  @inline(__always)
  private static func channel(
    _ offset: Float, _ sector: Lanes, _ value: Lanes, _ chroma: Lanes
  ) -> Lanes {
    var k = offset + sector
    k.replace(with: k - 6, where: k .>= 6)
    return value - chroma * k.lower(4 - k).lower(Lanes(repeating: 1)).higher(Lanes())
  }
}

extension SIMD8<Float> {
  /// The lower of each lane; the standard library's is a call for each lane.
  @inline(__always)
  fileprivate func lower(_ other: Self) -> Self { replacing(with: other, where: other .< self) }

  @inline(__always)
  fileprivate func higher(_ other: Self) -> Self { replacing(with: other, where: other .> self) }

  @inline(__always)
  var limitedToGreyLevels: Self { higher(Self()).lower(Self(repeating: 255)) }
}
