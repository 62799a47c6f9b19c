import MultiBox

/// A reason to look at a label again.
public enum Suspicion: String, Hashable, Sendable, Codable, CaseIterable {
  /// Two boxes of one class lie on each other (IoU of 0.9 and more).
  case duplicateBox
  /// Two boxes of different classes lie on each other (IoU of 0.9 and more).
  case twoClasses
  /// A box whose shorter side is below 4 pixels, or below 1 % of the image's.
  case tiny
  /// A box as large as its image.
  case wholeImage
  /// A box far longer than wide, or wider than long (10 : 1).
  case narrow

  /// The reason for people.
  public var text: String {
    switch self {
    case .duplicateBox: "two boxes of one class on each other"
    case .twoClasses: "two classes on one place"
    case .tiny: "tiny box"
    case .wholeImage: "box as large as the image"
    case .narrow: "very narrow box"
    }
  }

  /// Returns the number of images that have an object with each reason, in the order of the
  /// reasons, and of those that have any.
  ///
  /// - Parameter images: with their objects.
  public static func counts(
    _ images: some Sequence<DatasetImage>
  ) -> (images: Int, ofEach: [(reason: Suspicion, images: Int)]) {
    var total = 0
    var counts: [Suspicion: Int] = [:]
    for image in images {
      let reasons = Set(of(image).joined())
      if !reasons.isEmpty { total += 1 }
      for reason in reasons { counts[reason, default: 0] += 1 }
    }
    return (total, allCases.compactMap { reason in counts[reason].map { (reason, $0) } })
  }

  /// The IoU from which two boxes are one place.
  private static let samePlace = 0.9

  /// Returns the reasons to look at each object of an image again; empty where there is none, and
  /// for regions in which nothing counts.
  ///
  /// - Parameter image: with its objects.
  public static func of(_ image: DatasetImage) -> [[Suspicion]] {
    let side = Double(min(image.width, image.height))
    return image.groundTruth.enumerated().map { index, labeled in
      if labeled.isCrowd { return [] }
      let box = labeled.box
      var found: [Suspicion] = []
      for (other, second) in image.groundTruth.enumerated()
      where other != index && !second.isCrowd {
        guard box.intersectionOverUnion(second.box) >= samePlace else { continue }
        found.append(second.classIndex == labeled.classIndex ? .duplicateBox : .twoClasses)
      }
      let shorter = min(box.width, box.height)
      if shorter < max(4, side / 100) { found.append(.tiny) }
      if box.area >= 0.98 * Double(image.width * image.height) { found.append(.wholeImage) }
      if max(box.width, box.height) >= 10 * shorter { found.append(.narrow) }
      return found.isEmpty ? [] : allCases.filter(found.contains)
    }
  }
}
