/// A measure of the fit of default boxes to the objects of a dataset, before anything is trained.
public struct AssignmentStatistics: Hashable, Sendable {
  /// An object and the default boxes that assignment gives it.
  public struct Object: Hashable, Sendable {
    /// Position of its image in the dataset.
    public let image: Int
    /// The object's box and class.
    public let labeled: LabeledBox
    /// The largest IoU with any default box.
    public let bestOverlap: Double
    /// The number of default boxes matched to it.
    public let positives: Int
    /// The feature map of the default box it overlaps most; nil where it touches none.
    public let featureMap: Int?
  }

  /// All objects that are learned from, image by image: no crowds, no ignored regions.
  public let objects: [Object]
  /// The number of images, also of those without objects.
  public let imageCount: Int
  /// The IoU that ``reachingCount(where:)`` asks for: the rule's, or .5 where it has none.
  public let iouThreshold: Double

  /// Assigns every image.
  ///
  /// - Parameters:
  ///   - groundTruth: for each image its boxes, normalized corners with area.
  ///   - defaultBoxes: `D` boxes, normalized.
  ///   - assigner: a rule that needs no predictions.
  ///   - threadCount: at least 1; the result does not depend on it.
  /// - Precondition: the rule does not use predictions.
  /// - Complexity: O(Σ G · D).
  public init(
    groundTruth: [[LabeledBox]], defaultBoxes: DefaultBoxes,
    assigner: any BoxAssigner = .bipartite(), threadCount: Int = 1
  ) {
    precondition(!assigner.usesPredictions, "\(assigner) looks at predictions")
    imageCount = groundTruth.count
    iouThreshold = assigner.iouThreshold ?? 0.5
    let ofImages = concurrentMap(count: groundTruth.count, threadCount: threadCount) { image in
      Self.objects(
        of: groundTruth[image].filter(\.isLearned), image: image, defaultBoxes: defaultBoxes,
        assigner: assigner)
    }
    objects = ofImages.flatMap { $0 }
  }

  private static func objects(
    of groundTruth: [LabeledBox], image: Int, defaultBoxes: DefaultBoxes,
    assigner: any BoxAssigner
  ) -> [Object] {
    let assignment = assigner.assignment(
      of: groundTruth, to: defaultBoxes, predictions: nil)
    let search = DefaultBoxSearch(defaultBoxes)
    var positives = [Int](repeating: 0, count: groundTruth.count)
    for match in assignment.matches { positives[match.object] += 1 }
    return groundTruth.indices.map { index in
      let best = search.bestCandidate(of: groundTruth[index].box)
      return Object(
        image: image, labeled: groundTruth[index], bestOverlap: best?.overlap ?? 0,
        positives: positives[index],
        featureMap: best.flatMap { best in
          defaultBoxes.featureMapRanges.firstIndex { $0.contains(best.index) }
        })
    }
  }

  /// Returns the number of objects whose best IoU reaches ``iouThreshold``.
  ///
  /// - Parameter isOfKind: chooses the objects that are counted; all by default.
  public func reachingCount(where isOfKind: (Object) -> Bool = { _ in true }) -> Int {
    objects.count { isOfKind($0) && $0.bestOverlap >= iouThreshold }
  }

  /// The number of objects with no more than one default box.
  public var ownedOnlyCount: Int { objects.count { $0.positives <= 1 } }

  /// The mean number of matched default boxes of an image.
  public var positivesPerImage: Double {
    Double(objects.reduce(0) { $0 + $1.positives }) / Double(max(imageCount, 1))
  }

  /// The mean of the objects' best IoU.
  public var meanBestOverlap: Double {
    objects.reduce(0) { $0 + $1.bestOverlap } / Double(max(objects.count, 1))
  }
}
