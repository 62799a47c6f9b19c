import ArgumentParser
import Detectors
import ImageFiles
import Runs

/// Small objects in large images: detection in tiles.
public struct TileOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Look at overlapping tiles of so many pixels as well as at the whole image, for objects that"
        + " are small in a large one; the scale of the images that were trained on. 0: at the whole"
        + " image alone. Default: as the detector was trained, else 0.", valueName: "pixels"))
  public var tiles: Int?
  @Option(
    help: ArgumentHelp(
      "Share of a tile that its neighbour covers too; an object no larger is whole in one."
        + " Default: \(Self.usualOverlap).", valueName: "share"))
  public var tileOverlap: Double?

  private static let usualOverlap = 0.25

  public init() {}

  public func validate() throws {
    if tiles != 0 { try require(tiles, "--tiles", in: TrainingConfiguration.Limits.tileSides) }
    guard let tileOverlap else { return }
    if tiles ?? 0 == 0 { throw ValidationError("--tile-overlap needs --tiles") }
    try require(tileOverlap >= 0 && tileOverlap <= 0.75, "--tile-overlap", "0…0.75", tileOverlap)
  }

  /// Returns a detector, or one that looks at tiles with it, as it was trained unless the options
  /// say more.
  ///
  /// - Parameters:
  ///   - detector: looks at images and tiles.
  ///   - tell: takes the line that says of which side tiles are, where the options do not.
  public func detector(
    _ detector: any ObjectDetector, tell: (String) -> Void = StandardError.write
  ) -> any ObjectDetector {
    guard let side = tiles ?? detector.tileSide, side > 0 else { return detector }
    if tiles == nil {
      tell("tiles of \(side) pixels, as the detector was trained (--tiles)")
    }
    return TiledDetector(
      detector, tiling: Tiling(side: side, overlap: tileOverlap ?? Self.usualOverlap))
  }

  /// The tiles that a detector was trained on; nil where it looks at whole images.
  static func usual(for detector: any ObjectDetector) -> Tiling? {
    detector.tileSide.map { Tiling(side: $0, overlap: usualOverlap) }
  }

  /// Says that all images were too small for `--tiles` to change anything.
  ///
  /// - Parameter largestSide: of all images, in pixels.
  func tell(largestSide: Int) {
    guard let tiles, largestSide > 0, largestSide <= tiles else { return }
    StandardError.write("note: --tiles \(tiles): no image is larger, so each is looked at whole")
  }
}
