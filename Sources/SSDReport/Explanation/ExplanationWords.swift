import Files
import Foundation
import MultiBox

/// Says in sentences why the loss of an image is what it is.
public struct ExplanationWords: Sendable {
  private let explanation: LossExplanation
  private let classNames: ClassNames
  /// The image's size in pixels, which sizes are told in.
  private let width: Double
  private let height: Double
  private let specification: DefaultBoxSpecification

  /// Prepares the words of an explanation.
  ///
  /// - Parameters:
  ///   - explanation: of the loss of one image.
  ///   - classNames: names of the classes.
  ///   - width: of the image in pixels.
  ///   - height: of the image in pixels.
  ///   - specification: the default boxes.
  public init(
    _ explanation: LossExplanation, classNames: ClassNames, width: Int, height: Int,
    specification: DefaultBoxSpecification
  ) {
    self.explanation = explanation
    self.classNames = classNames
    self.width = Double(width)
    self.height = Double(height)
    self.specification = specification
  }

  // MARK: The image

  /// Sentences about the whole image: N, the negatives, the division, the weights of classes, the
  /// smoothing of labels.
  public var summary: [String] {
    [normalization, negatives] + [doubled, weights, smoothed].compactMap { $0 }
  }

  private var positives: Int { explanation.result.positives }

  private var normalization: String {
    guard positives > 0 else {
      return explanation.loss.normalization == .perImage
        ? "N = 0: an image without positives adds nothing to a loss that is normalized per image."
        : "N = 0: no default box is matched, so the sums are divided by max(N, 1) = 1."
    }
    let objects = explanation.objects.count { $0.positives > 0 }
    return "N = \(positives): \(positives.counted("default box|boxes")) matched to"
      + " \(objects.counted("object|objects")). N counts matched default boxes, not objects; both"
      + " sums are divided by it."
  }

  private var negatives: String {
    let used = explanation.result.negatives
    let ignored = explanation.assignment.ignored.count
    let free = explanation.items.count - positives - ignored
    guard let mining = explanation.loss.confidence.mining else {
      return "Nothing is mined: the \(explanation.loss.confidence.name) loss learns from all"
        + " \(explanation.items.count - ignored) default boxes"
        + (ignored > 0 ? " but the \(ignored) ignored ones" : "")
        // What a program's own term does with them is not known here.
        + (explanation.loss.confidence is any LossPart ? " and plays down the easy ones." : ".")
    }
    if used == 0 {
      if explanation.objects.isEmpty || positives == 0 {
        return "No negative was mined because no object is there."
      }
      return "No negative was mined: \(Self.number.text(mining.negativesPerPositive)) ·"
        + " \(positives) rounds down to 0."
    }
    let wanted = Int(
      min(mining.negativesPerPositive * Double(positives), Double(explanation.items.count)))
    let range = hardness
    if used < max(wanted, mining.minimumNegatives) {
      return "\(used) negatives were mined, all that there were of \(free) unmatched default boxes;"
        + " \(max(wanted, mining.minimumNegatives)) were wanted.\(range)"
    }
    if wanted < mining.minimumNegatives {
      return "\(used) negatives were mined, the minimum, the hardest of \(free) unmatched default"
        + " boxes.\(range)"
    }
    return "\(used) negatives were mined, ⌊\(Self.number.text(mining.negativesPerPositive)) ·"
      + " \(positives)⌋, the hardest of \(free) unmatched default boxes.\(range)"
  }

  /// The confidence loss of the mined negatives.
  private var hardness: String {
    let hardest = explanation.hardestNegatives.map { Self.number.text($0.confidence) }
    guard let first = hardest.first, let last = hardest.last else { return "" }
    let name = isSoftmax ? "−log ĉ⁰" : "confidence loss"
    return first == last
      ? " Their \(name) is \(first)." : " Their \(name) goes from \(first) down to \(last)."
  }

  private var isSoftmax: Bool { explanation.loss.confidence.isLogarithmOfScore }

  private var smoothed: String? {
    let softmax = explanation.loss.confidence as? SoftmaxLoss
    let sigmoid = explanation.loss.confidence as? SigmoidLoss
    let smoothing = softmax?.labelSmoothing ?? sigmoid?.labelSmoothing ?? 0
    guard smoothing > 0 else { return nil }
    return "Labels are smoothed by \(Self.number.text(smoothing)): a score of 1 for the right class"
      + " costs too, so L_conf never comes to 0."
  }

  private var doubled: String? {
    let count = explanation.items.count { $0.weight == 2 }
    guard count > 0 else { return nil }
    return count.counted("positive|positives counts|count twice")
      + " in L_conf, because mining wanted more negatives than there are and went on with positives,"
      + " as the named system does."
  }

  /// The weights of the classes that have a part in the loss.
  private var weights: String? {
    guard let weights = explanation.loss.classWeights else { return nil }
    let matched = explanation.items.compactMap { item in
      item.groundTruthIndex.map { explanation.objects[$0].labeled.classIndex }
    }
    let counts = Dictionary(grouping: matched) { $0 }.mapValues(\.count)
    guard !counts.isEmpty else { return nil }
    let parts = counts.sorted { $0.key < $1.key }.map { classIndex, count in
      "\(classNames[classIndex]) \(Self.number.text(weights[classIndex]))"
        + " (\(count.counted("default box|boxes")))"
    }
    return "L_conf of a matched default box is multiplied by the weight of its class:"
      + " \(parts.joined(separator: ", ")). Background and L_loc have no weight."
  }

  // MARK: One object

  /// Says of an object how many default boxes it got, and why.
  ///
  /// - Parameter object: one of the explanation's.
  public func sentences(about object: LossExplanation.Object) -> String {
    let box = object.labeled.box
    let name = classNames[object.labeled.classIndex]
    let size = Self.size(box.width * width, box.height * height)
    let subject = "Object \(object.index + 1) (\(name), \(size))"
    if !object.labeled.isLearned {
      let kind = object.labeled.isCrowd ? "a crowd region" : "an ignored region"
      return "\(subject) is \(kind): nothing is matched to it or learned from it."
    }
    guard object.positives > 0 else { return "\(subject) got no default box: \(whyNone(object))" }
    guard let threshold = explanation.loss.assigner.iouThreshold else {
      return "\(subject) got \(object.positives.counted("default box|boxes")) by"
        + " \(explanation.loss.assigner.name), \(maps(object)): \(overlapRange(of: object))."
    }
    let byOverlap = object.positives - (object.ownedDefaultBox == nil ? 0 : 1)
    guard byOverlap > 0, let owned = object.ownedDefaultBox else {
      if object.ownedDefaultBox == nil {
        return "\(subject) got \(object.positives.counted("default box|boxes")) by"
          + " overlap, \(maps(object)). "
          + (explanation.loss.assigner is ThresholdAssigner
            ? "Its rule gives it none of its own." : "Its best one went to another object.")
      }
      let overlap = overlap(explanation.items[object.ownedDefaultBox ?? 0].overlap)
      return "\(subject) got 1 default box by ownership (IoU \(overlap)), \(maps(object)):"
        + " \(whyFew(object))"
    }
    let overlaps = explanation.items.filter {
      $0.groundTruthIndex == object.index && $0.role == .positiveByOverlap
    }.map(\.overlap)
    return "\(subject) got \(object.positives) default boxes, \(maps(object)): 1 by ownership (IoU"
      + " \(overlap(explanation.items[owned].overlap))) and \(byOverlap) by overlap (IoU"
      + " \(overlap(from: overlaps.min() ?? threshold, to: overlaps.max() ?? 1)))."
  }

  private func whyNone(_ object: LossExplanation.Object) -> String {
    guard let best = object.bestDefaultBox else { return "no default box touches it." }
    if !(explanation.loss.assigner is BipartiteAssigner),
      !(explanation.loss.assigner is ForcedAssigner)
    {
      return "none was matched by \(explanation.loss.assigner.name); the best one reaches IoU"
        + " \(overlap(object.bestOverlap))."
    }
    let item = explanation.items[best]
    if let other = item.groundTruthIndex, other != object.index {
      let rule =
        explanation.loss.assigner is ForcedAssigner
        ? "a later object takes it, whoever had it before"
        : "pairs of larger IoU go first, and it had no other left"
      return "the one it overlaps most (IoU \(overlap(object.bestOverlap))) went to object"
        + " \(other + 1); \(rule)."
    }
    return "every one that touches it was taken by other objects."
  }

  /// The IoUs of an object's default boxes, and what they are to learn where that is a quality.
  private func overlapRange(of object: LossExplanation.Object) -> String {
    let items = explanation.items.filter { $0.groundTruthIndex == object.index }
    let overlaps = items.map(\.overlap)
    let qualities = items.compactMap(\.quality)
    return "IoU \(overlap(from: overlaps.min() ?? 0, to: overlaps.max() ?? 0))"
      + (qualities.isEmpty
        ? "" : ", quality \(Self.number.range(qualities.min() ?? 0, qualities.max() ?? 0))")
  }

  private func whyFew(_ object: LossExplanation.Object) -> String {
    let threshold = explanation.loss.assigner.iouThreshold ?? 1
    let limit = Self.number.text(threshold)
    if object.bestOverlap >= threshold {
      return othersReach(object)
        ? "others that reach IoU \(limit) fit another object better."
        : "no other reaches IoU \(limit)."
    }
    guard let centered = object.centeredDefaultBox else { return "none has any size in common." }
    let item = explanation.items[centered]
    let shape = Self.size(item.defaultBox.width * width, item.defaultBox.height * height)
    let map = mapName(item.featureMap)
    if object.centeredOverlap < threshold {
      let finest = mapName(0)
      return "nothing of its size on map \(finest) or any other. The nearest shape, \(shape) on map"
        + " \(map), would reach IoU \(overlap(object.centeredOverlap)) even if it were centred"
        + " on it; \(limit) is needed."
    }
    let featureMap = specification.featureMaps[item.featureMap]
    let step = Self.size(
      width / Double(featureMap.columns), height / Double(featureMap.rows))
    return "a shape of its size, \(shape), is on map \(map) and would reach IoU"
      + " \(overlap(object.centeredOverlap)) if it were centred on it, but centres there are"
      + " \(step) apart, and the best of all that there are reaches"
      + " \(overlap(object.bestOverlap)); \(limit) is needed."
  }

  private func othersReach(_ object: LossExplanation.Object) -> Bool {
    let box = object.labeled.box
    return explanation.items.contains {
      $0.index != object.ownedDefaultBox
        && Box($0.defaultBox).intersectionOverUnion(box)
          >= (explanation.loss.assigner.iouThreshold ?? 1)
    }
  }

  private func maps(_ object: LossExplanation.Object) -> String {
    let parts = object.positivesByFeatureMap.enumerated().filter { $0.element > 0 }
    if parts.count == 1, let part = parts.first { return "on map \(mapName(part.offset))" }
    let names = parts.map { "\(mapName($0.offset)) (\($0.element))" }
    return "on maps " + names.joined(separator: ", ")
  }

  private func mapName(_ index: Int) -> String {
    guard specification.featureMaps.indices.contains(index) else { return "\(index)" }
    let map = specification.featureMaps[index]
    return "\(map.rows) × \(map.columns)"
  }

  // MARK: Words

  private static func size(_ width: Double, _ height: Double) -> String {
    "\(Int(width.rounded())) × \(Int(height.rounded())) px"
  }

  private static let number = NumberStyle.measure

  /// An IoU, which never reads like the threshold unless it is.
  private func overlap(_ value: Double) -> String {
    Self.number.text(value, apartFrom: explanation.loss.assigner.iouThreshold)
  }

  private func overlap(from low: Double, to high: Double) -> String {
    Self.number.range(low, high, apartFrom: explanation.loss.assigner.iouThreshold)
  }
}

extension ConfidenceTerm {
  /// A default box adds −log of its score, and nothing else.
  var isLogarithmOfScore: Bool { (self as? SoftmaxLoss)?.labelSmoothing == 0 }
}
