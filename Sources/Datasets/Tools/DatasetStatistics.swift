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
    let objects = images.map(\.countedObjects)
    objectsPerImage = Spread(objects.map { Double($0.count) })
    let boxes = zip(images, objects).flatMap { image, ofImage in
      ofImage.map { ($0.box, image) }
    }
    objectSides = Spread(
      boxes.map { ($0.area / Double($1.width * $1.height)).squareRoot() })
    objectAspects = Spread(boxes.map { $0.0.width / $0.0.height })
    var count = 0
    for ofImage in objects {
      for (index, one) in ofImage.enumerated() {
        let meets = ofImage.enumerated().contains { other, labeled in
          other != index && one.box.intersectionOverUnion(labeled.box) > 0.5
        }
        if meets { count += 1 }
      }
    }
    overlapping = boxes.isEmpty ? 0 : Double(count) / Double(boxes.count)
    let used = Set(objects.joined().lazy.map(\.classIndex))
    unusedClasses = dataset.classNames.indices.filter { !used.contains($0) }
      .map { dataset.classNames[$0] }
  }
}
