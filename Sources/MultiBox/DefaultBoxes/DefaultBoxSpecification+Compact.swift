extension DefaultBoxSpecification {
  /// Returns the default boxes of this project's small network.
  ///
  /// They range from 1/16 of the side to nearly all of it, on maps of stride 8, 16, 32, 64 and 128.
  ///
  /// - Parameter side: of the network's input, in pixels.
  /// - Precondition: `side` is a multiple of 32 and at least 64.
  public static func compact(side: Int) -> DefaultBoxSpecification {
    precondition(side >= 64 && side % 32 == 0, "a side of \(side) pixels")
    let sizes = [0.0625, 0.15, 0.3, 0.5, 0.75, 0.95].map { $0 * Double(side) }
    let ratios: [[Double]] = [[2], [2, 3], [2, 3], [2, 3], [2]]
    var cells = side / 8
    let maps = ratios.indices.map { index in
      defer { cells = (cells + 1) / 2 }
      return FeatureMap(
        cells: cells, size: sizes[index], nextSize: sizes[index + 1], aspectRatios: ratios[index])
    }
    return DefaultBoxSpecification(
      imageWidthInPixels: side, imageHeightInPixels: side, featureMaps: maps)
  }
}
