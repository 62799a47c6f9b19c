import ArgumentParser
import Detectors
import ImageFiles

/// Small objects in large images: detection in tiles.
public struct TileOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Look at overlapping tiles of so many pixels as well as at the whole image, for objects that"
        + " are small in a large one; the scale of the images that were trained on. Default: the"
        + " whole image alone.", valueName: "pixels"))
  public var tiles: Int?
  @Option(
    help: ArgumentHelp(
      "Share of a tile that its neighbour covers too; an object no larger is whole in one."
        + " Default: \(Self.usualOverlap).", valueName: "share"))
  public var tileOverlap: Double?

  private static let usualOverlap = 0.25

  public init() {}

  public func validate() throws {
    try require(tiles, "--tiles", in: 32...1_000_000)
    guard let tileOverlap else { return }
    if tiles == nil { throw ValidationError("--tile-overlap needs --tiles") }
    try require(tileOverlap >= 0 && tileOverlap <= 0.75, "--tile-overlap", "0…0.75", tileOverlap)
  }

  /// Returns the detector, or one that looks at tiles with it.
  func detector(_ detector: any ObjectDetector) -> any ObjectDetector {
    guard let tiles else { return detector }
    return TiledDetector(
      detector, tiling: Tiling(side: tiles, overlap: tileOverlap ?? Self.usualOverlap))
  }

  /// Says that all images were too small for `--tiles` to change anything.
  ///
  /// - Parameter largestSide: of all images, in pixels.
  func tell(largestSide: Int) {
    guard let tiles, largestSide > 0, largestSide <= tiles else { return }
    StandardError.write("note: --tiles \(tiles): no image is larger, so each is looked at whole")
  }
}
