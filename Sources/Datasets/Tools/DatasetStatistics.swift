import MultiBox

/// Figures of a dataset that say what a detector will meet; regions in which nothing counts are in
/// none of them.
public struct DatasetStatistics: Hashable, Sendable, Codable {
  /// The least, the middle and the greatest of some numbers.
  public struct Spread: Hashable, Sendable, Codable {
    /// The least.
    public let lowest: Double
    /// As many are below as above.
    public let median: Double
    /// The greatest.
    public let highest: Double

    init?(_ values: [Double]) {
      let sorted = values.sorted()
      guard let first = sorted.first, let last = sorted.last else { return nil }
      lowest = first
      highest = last
      let middle = sorted.count / 2
      median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
  }

  /// W in pixels; nil without images.
  public let widths: Spread?
  /// H in pixels; nil without images.
  public let heights: Spread?
  /// Width / height of images.
  public let imageAspects: Spread?
  /// Objects of an image, difficult ones too.
  public let objectsPerImage: Spread?
  /// The square root of a box's share of its image; nil without objects.
  public let objectSides: Spread?
  /// Width / height of boxes.
  public let objectAspects: Spread?
  /// The share of objects that overlap another with an IoU above one half.
  public let overlapping: Double
  /// Names of classes without an object.
  public let unusedClasses: [String]

  /// Computes the figures.
  ///
  /// - Parameter dataset: the images of a split.
  public init(_ dataset: DetectionDataset) {
    let images = dataset.images
    widths = Spread(images.map { Double($0.width) })
    heights = Spread(images.map { Double($0.height) })
    imageAspects = Spread(images.map { Double($0.width) / Double($0.height) })
    objectsPerImage = Spread(
      images.map { image in Double(image.groundTruth.count { !$0.isCrowd }) })
    // One image after the other: of a million no list of all objects is made.
    var sides: [Double] = []
    var aspects: [Double] = []
    var used: Set<Int> = []
    var count = 0
    for image in images {
      let objects = image.countedObjects
      for (index, labeled) in objects.enumerated() {
        sides.append(
          (labeled.box.area / Double(image.width * image.height)).squareRoot())
        aspects.append(labeled.box.width / labeled.box.height)
        used.insert(labeled.classIndex)
        let meets = objects.enumerated().contains { other, second in
          other != index && labeled.box.intersectionOverUnion(second.box) > 0.5
        }
        if meets { count += 1 }
      }
    }
    overlapping = sides.isEmpty ? 0 : Double(count) / Double(sides.count)
    objectSides = Spread(sides)
    objectAspects = Spread(aspects)
    unusedClasses = dataset.classNames.indices.filter { !used.contains($0) }
      .map { dataset.classNames[$0] }
  }
}
