import MultiBox

extension DatasetImage {
  /// A region in which nothing counts, as a crowd or what was too small to label.
  public struct Region: Hashable, Sendable {
    /// The corners, in pixels.
    public var box: PixelBox
    /// The classes that it concerns, as ``groundTruth`` has one box for each.
    public var classIndices: [Int]
  }

  /// The objects that are counted: ``groundTruth`` without the boxes of ``regions``.
  public var countedObjects: [LabeledPixelBox] { groundTruth.filter { !$0.isCrowd } }

  /// The regions in which nothing counts, in the order of the file; one of all classes is one.
  public var regions: [Region] {
    guard groundTruth.contains(where: \.isCrowd) else { return [] }
    var regions: [Region] = []
    var places: [PixelBox: Int] = [:]
    for labeled in groundTruth where labeled.isCrowd {
      if let place = places[labeled.box] {
        regions[place].classIndices.append(labeled.classIndex)
      } else {
        places[labeled.box] = regions.count
        regions.append(Region(box: labeled.box, classIndices: [labeled.classIndex]))
      }
    }
    return regions
  }
}
