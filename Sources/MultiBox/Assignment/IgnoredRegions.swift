/// Which default boxes lie in regions that are neither object nor background: crowds, and objects
/// marked as ignored.
enum IgnoredRegions {
  /// Returns the default boxes whose intersection with a region, over their own area, is at least
  /// `overlap`.
  static func defaultBoxes(
    in regions: [LabeledBox], of defaultBoxes: DefaultBoxes, overlap: Double
  ) -> [Int] {
    guard !regions.isEmpty else { return [] }
    return defaultBoxes.corners.indices.filter { index in
      let box = defaultBoxes.corners[index]
      guard box.hasArea else { return false }
      return regions.contains { $0.box.intersectionArea(box) >= overlap * box.area }
    }
  }
}
