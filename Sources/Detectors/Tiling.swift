import MultiBox

/// How an image is cut into overlapping tiles.
public struct Tiling: Hashable, Sendable {
  /// The sides of tiles that files and options may name, in pixels.
  public static let sides = 32...1_000_000

  /// Side of a tile in pixels of the image, above 0.
  public var side: Int
  /// The least share of a tile that its neighbour covers too, 0..<1: an object no larger than that
  /// is whole in one of them.
  public var overlap: Double

  /// Creates a tiling.
  ///
  /// - Precondition: `side` is above 0, and `overlap` in 0..<1.
  public init(side: Int, overlap: Double = 0.25) {
    precondition(side > 0 && overlap >= 0 && overlap < 1, "\(side) px, overlap \(overlap)")
    self.side = side
    self.overlap = overlap
  }

  /// Returns the tiles of an image, row by row; one where the image is no larger than a tile.
  ///
  /// All have the tile's side, or the image's where that is smaller. They stand at equal distances,
  /// the last ones at the image's right and lower edge.
  ///
  /// - Parameters:
  ///   - width: of the image, in pixels, above 0.
  ///   - height: of the image, in pixels, above 0.
  public func tiles(width: Int, height: Int) -> [PixelBox] {
    let (columns, rows) = (starts(width), starts(height))
    return rows.flatMap { y in
      columns.map { x in
        PixelBox(
          xMin: Double(x), yMin: Double(y), xMax: Double(x + min(side, width)),
          yMax: Double(y + min(side, height)))
      }
    }
  }

  private func starts(_ length: Int) -> [Int] {
    guard length > side else { return [0] }
    let step = max(Double(side) * (1 - overlap), 1)
    let count = Int((Double(length - side) / step).rounded(.up))
    return (0...count).map {
      Int((Double($0) * Double(length - side) / Double(count)).rounded(.down))
    }
  }
}
