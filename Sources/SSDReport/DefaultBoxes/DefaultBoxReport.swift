import Datasets
import Files
import Foundation
import MultiBox

/// The figures of the default boxes given, beside those suggested, and a verdict: what `multibox
/// default-boxes` prints.
public struct DefaultBoxReport: Encodable, Sendable {
  /// Objects of a kind, and how many of them reach the IoU threshold.
  public struct Kind: Encodable, Sendable {
    /// The kind, such as a class or a range of sizes.
    public let name: String
    /// The number of objects.
    public let objects: Int
    /// Objects that some default box overlaps by the IoU threshold.
    public let reaching: Int
    /// Objects that never get more than the default box they own.
    public let ownedOnly: Int

    /// Of all objects those that reach the threshold; 1 without objects.
    var share: Double { objects == 0 ? 1 : Double(reaching) / Double(objects) }
  }

  /// The figures of one set of default boxes for the objects of a dataset.
  public struct Fit: Encodable, Sendable {
    /// D, the number of default boxes.
    public let defaultBoxes: Int
    /// The number of images.
    public let images: Int
    /// The IoU that counts as reached.
    public let iouThreshold: Double
    /// The mean over the objects of the largest IoU with a default box.
    public let meanBestOverlap: Double
    /// Default boxes an image that learn an object.
    public let positivesPerImage: Double
    /// All objects.
    public let all: Kind
    /// By size: COCO's ranges of area, to whose borders an object may belong twice.
    public let sizes: [Kind]
    /// The objects by class.
    public let classes: [Kind]
    /// For each feature map the objects whose best default box it has.
    public let objectsByFeatureMap: [Int]
    /// The default boxes.
    public let specification: DefaultBoxSpecification

    /// Counts how default boxes fit the objects of a dataset.
    ///
    /// - Parameters:
    ///   - specification: the default boxes.
    ///   - statistics: of the same default boxes and the dataset's objects.
    ///   - dataset: gives sizes and classes.
    public init(
      _ specification: DefaultBoxSpecification, _ statistics: AssignmentStatistics,
      _ dataset: DetectionDataset
    ) {
      // As the statistics have the objects: image by image, without crowds and ignored regions.
      let areas = dataset.images.flatMap { image in
        zip(image.normalizedGroundTruth, image.evaluationObjects)
          .filter { $0.0.isLearned }.map(\.1.area)
      }
      func kind(
        _ name: String, _ isOfKind: (AssignmentStatistics.Object, _ area: Double) -> Bool
      ) -> Kind {
        let objects = zip(statistics.objects, areas).filter(isOfKind).map(\.0)
        return Kind(
          name: name, objects: objects.count,
          reaching: objects.count { $0.bestOverlap >= statistics.iouThreshold },
          ownedOnly: objects.count { $0.positives <= 1 })
      }
      defaultBoxes = specification.boxCount
      images = statistics.imageCount
      iouThreshold = statistics.iouThreshold
      meanBestOverlap = statistics.meanBestOverlap
      positivesPerImage = statistics.positivesPerImage
      all = kind("all") { _, _ in true }
      sizes = COCOAreaRange.sizes.map { range in
        kind(range.name) { range.contains($1) }
      }
      classes = dataset.classNames.indices.map { classIndex in
        kind(dataset.classNames[classIndex]) { object, _ in
          object.labeled.classIndex == classIndex
        }
      }
      objectsByFeatureMap = statistics.bestCounts(featureMaps: specification.featureMaps.count)
      self.specification = specification
    }
  }

  /// The name that the user gave the default boxes.
  public let name: String
  /// The split that they are measured on.
  public let split: String
  /// The figures of the default boxes given.
  public let given: Fit
  /// The figures of those suggested.
  public let suggestion: Fit
  /// Sentences: how well the default boxes fit, whom they serve least, what to do.
  public let verdict: [String]

  /// Puts both beside each other, and words the verdict.
  public init(name: String, split: String, given: Fit, suggestion: Fit) {
    self.name = name
    self.split = split
    self.given = given
    self.suggestion = suggestion
    verdict = DefaultBoxVerdict(name: name, given: given, suggestion: suggestion).sentences
  }

  /// Returns one JSON object.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  /// The verdict and a table for people.
  public func text() -> String {
    var lines = verdict.map(\.shown) + [""]
    let title =
      "\(split.shown): \(given.images.counted("image|images")),"
      + " \(given.all.objects.counted("object|objects"))"
    let width = max(
      34, title.count, (given.classes.map(\.name.shown.count).max() ?? 0) + 20)
    func line(_ name: String, _ first: String, _ second: String) {
      let columns = [first, second].map {
        String(repeating: " ", count: max(16 - $0.count, 1)) + $0
      }
      lines.append(
        name.padding(toLength: width, withPad: " ", startingAt: 0) + columns.joined())
    }
    func share(_ count: Int, of all: Int) -> String {
      all == 0 ? "–" : "\(count) (\(Self.percent(count, of: all)))"
    }
    line(title, name.shown, "suggestion")
    line("default boxes", "\(given.defaultBoxes)", "\(suggestion.defaultBoxes)")
    let (own, other) = (given.meanBestOverlap, suggestion.meanBestOverlap)
    line(
      "mean best IoU", NumberStyle.measure.text(own, apartFrom: other),
      NumberStyle.measure.text(other, apartFrom: own))
    line(
      "positives an image", String(format: "%.1f", given.positivesPerImage),
      String(format: "%.1f", suggestion.positivesPerImage))
    line(
      "never more than the owned box", share(given.all.ownedOnly, of: given.all.objects),
      share(suggestion.all.ownedOnly, of: suggestion.all.objects))
    lines.append("")
    lines.append("objects that reach IoU \(NumberStyle.measure.text(given.iouThreshold))")
    for (own, better) in zip(
      [given.all] + given.sizes + given.classes,
      [suggestion.all] + suggestion.sizes + suggestion.classes)
    {
      line(
        "  \(own.name.shown) (\(own.objects))", share(own.reaching, of: own.objects),
        share(better.reaching, of: better.objects))
    }
    lines.append("")
    lines.append("suggested shapes, px of the network's input")
    for map in suggestion.specification.featureMaps {
      let shapes = map.shapes.map {
        String(format: "%.0f × %.0f", $0.width, $0.height)
      }
      lines.append("  map \(map.rows) × \(map.columns): \(shapes.joined(separator: ", "))")
    }
    return lines.joined(separator: "\n")
  }

  /// A share in percent with one decimal, never 100.0 or 0.0 where some are missing or there.
  static func percent(_ count: Int, of all: Int) -> String {
    let percent = 100 * Double(count) / Double(all)
    let text = String(format: "%.1f", percent)
    if text == "100.0", count < all { return "> 99.9 %" }
    if text == "0.0", count > 0 { return "< 0.1 %" }
    return "\(text) %"
  }
}

extension AssignmentStatistics {
  /// Counts for each feature map the objects whose best default box it has.
  ///
  /// - Parameter count: the number of feature maps.
  public func bestCounts(featureMaps count: Int) -> [Int] {
    (0..<count).map { map in objects.count { $0.featureMap == map } }
  }
}
