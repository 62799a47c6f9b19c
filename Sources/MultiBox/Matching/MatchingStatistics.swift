/// How well default boxes fit the objects of a dataset, before anything is trained.
public struct MatchingStatistics: Hashable, Sendable {
  /// What matching gives one object.
  public struct Object: Hashable, Sendable {
    /// Position of its image in the dataset.
    public let image: Int
    public let labeled: LabeledBox
    /// The largest IoU with any default box.
    public let bestOverlap: Double
    /// Default boxes matched to it.
    public let positives: Int
    /// The feature map of the default box it overlaps most; nil where it touches none.
    public let featureMap: Int?
  }

  /// All objects but crowds, image by image.
  public let objects: [Object]
  public let imageCount: Int
  /// Of the matching, and of ``reachingCount(where:)``.
  public let iouThreshold: Double

  /// Matches every image.
  ///
  /// - Parameters:
  ///   - groundTruth: for each image its boxes, normalized corners with area.
  ///   - configuration: decides about the matching alone.
  /// - Complexity: O(Σ G · D).
  public init(
    groundTruth: [[LabeledBox]], defaultBoxes: DefaultBoxes,
    configuration: MultiBoxLoss.Configuration = MultiBoxLoss.Configuration()
  ) {
    imageCount = groundTruth.count
    iouThreshold = configuration.iouThreshold
    let ofImages = concurrentMap(
      count: groundTruth.count, threadCount: configuration.threadCount
    ) { image in
      Self.objects(
        of: groundTruth[image].filter { !$0.isCrowd }, image: image, defaultBoxes: defaultBoxes,
        configuration: configuration)
    }
    objects = ofImages.flatMap { $0 }
  }

  private static func objects(
    of groundTruth: [LabeledBox], image: Int, defaultBoxes: DefaultBoxes,
    configuration: MultiBoxLoss.Configuration
  ) -> [Object] {
    let boxes = groundTruth.map(\.box)
    let matches = configuration.matches(groundTruth: boxes, defaultBoxes: defaultBoxes)
    let candidates = OverlapCandidates(groundTruth: boxes, defaultBoxes: defaultBoxes)
    var positives = [Int](repeating: 0, count: boxes.count)
    for match in matches.groundTruthIndices where match >= 0 { positives[Int(match)] += 1 }
    return groundTruth.indices.map { index in
      var best: OverlapCandidates.Candidate?
      for candidate in candidates.byGroundTruth[index]
      where candidate.overlap > best?.overlap ?? 0 { best = candidate }
      return Object(
        image: image, labeled: groundTruth[index], bestOverlap: best?.overlap ?? 0,
        positives: positives[index],
        featureMap: best.flatMap { best in
          defaultBoxes.featureMapRanges.firstIndex { $0.contains(best.index) }
        })
    }
  }

  /// Objects of a kind whose best IoU reaches the threshold.
  public func reachingCount(where isOfKind: (Object) -> Bool = { _ in true }) -> Int {
    objects.count { isOfKind($0) && $0.bestOverlap >= iouThreshold }
  }

  /// Objects that never get more than the default box they own, or not even that.
  public var ownedOnlyCount: Int { objects.count { $0.positives <= 1 } }

  /// Matched default boxes for each image, on average.
  public var positivesPerImage: Double {
    Double(objects.reduce(0) { $0 + $1.positives }) / Double(max(imageCount, 1))
  }

  /// Mean of the objects' best IoU.
  public var meanBestOverlap: Double {
    objects.reduce(0) { $0 + $1.bestOverlap } / Double(max(objects.count, 1))
  }
}
