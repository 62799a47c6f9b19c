import ArgumentParser
import Detectors
import ImageFiles
import Logging
import Runs

/// Small objects in large images: detection in tiles.
public struct TileOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Look at overlapping tiles of so many pixels as well as at the whole image, for objects that"
        + " are small in a large one; the scale of the images that were trained on. 0: at the whole"
        + " image alone. Default: with --run as it was trained, else 0.", valueName: "pixels"))
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

  /// Returns the detector, or one that looks at tiles with it.
  ///
  /// - Parameters:
  ///   - detector: of the source.
  ///   - source: a run says how it was trained, unless the options say more.
  func detector(
    _ detector: any ObjectDetector, of source: DetectorRequest.Source
  ) -> any ObjectDetector {
    guard let side = tiles ?? source.tileSide(), side > 0 else { return detector }
    return TiledDetector(
      detector, tiling: Tiling(side: side, overlap: tileOverlap ?? Self.usualOverlap))
  }

  /// Says that all images were too small for `--tiles` to change anything.
  ///
  /// - Parameter largestSide: of all images, in pixels.
  func tell(largestSide: Int) {
    guard let tiles, largestSide > 0, largestSide <= tiles else { return }
    StandardError.write("note: --tiles \(tiles): no image is larger, so each is looked at whole")
  }
}

extension DetectorRequest.Source {
  /// Returns the side of the tiles that a run was trained in, and tells of it; nil without.
  fileprivate func tileSide() -> Int? {
    guard case .run(let folder) = self else { return nil }
    do {
      guard try folder.hasConfiguration,
        let side = try folder.configuration().augmentation.tiles.side
      else { return nil }
      StandardError.write("tiles of \(side) pixels, as the run was trained (--tiles)")
      return side
    } catch {
      // What detects may be whole all the same.
      Logger(label: "multibox.engine").warning("\(error); so images are looked at whole")
      return nil
    }
  }
}
