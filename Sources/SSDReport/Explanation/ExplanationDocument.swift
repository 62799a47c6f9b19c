import Datasets
import Files
import Foundation
import MultiBox

/// The JSON of `multibox explain`: every number of a `LossExplanation`, with the image's.
///
/// Boxes are arrays: of default boxes, ground truth and predictions in the items cx, cy, w, h,
/// normalized; of `groundTruth` and `detections` xMin, yMin, xMax, yMax in pixels. Offsets and
/// residuals are cx, cy, w, h.
public struct ExplanationDocument: Encodable, Sendable {
  /// The image that is explained.
  public struct Picture: Encodable, Sendable {
    /// The image's name.
    public var name: String
    /// Its width in pixels.
    public var width: Int
    /// Its height in pixels.
    public var height: Int

    /// Names an image.
    public init(name: String, width: Int, height: Int) {
      self.name = name
      self.width = width
      self.height = height
    }
  }

  /// The network that predicted.
  public struct Network: Encodable, Sendable {
    /// The network's name.
    public var name: String
    /// The network has weights that were trained, not initial ones.
    public var isTrained: Bool
    /// The network's default boxes.
    public var defaultBoxes: DefaultBoxSpecification

    /// Names a network.
    public init(name: String, isTrained: Bool, defaultBoxes: DefaultBoxSpecification) {
      self.name = name
      self.isTrained = isTrained
      self.defaultBoxes = defaultBoxes
    }
  }

  struct Loss: Encodable, Sendable {
    let loss, localization, confidence, localizationSum, confidenceSum, scale: Double
    let positives, negatives: Int
    let configuration: MultiBoxLoss
    /// Whether L_loc compares the offsets one by one, and not decoded boxes.
    let comparesOffsets: Bool
    /// IoU from which the rule matches; nil for a rule without.
    let iouThreshold: Double?

    /// How both sums are brought to one positive, as a formula has it behind them.
    var division: String {
      let count = max(positives, 1)
      return scale == 1 / Double(count) ? "/ \(count)" : "· \(NumberStyle.measure.text(scale))"
    }
  }

  struct FeatureMap: Encodable, Sendable {
    let rows, columns, firstItem, items: Int
  }

  struct GroundTruth: Encodable, Sendable {
    let index: Int
    let `class`: String
    let classIndex: Int
    let box: [Double]
    let isDifficult, isCrowd: Bool
    let positives: Int
    let positivesByFeatureMap: [Int]
    let bestOverlap, centeredOverlap: Double
    let bestDefaultBox, ownedDefaultBox, centeredDefaultBox: Int?
    /// What its default boxes add to the loss.
    let contribution: Double
    let words: String
  }

  struct Item: Encodable, Sendable {
    let index, featureMap: Int
    let role: String
    let rank, groundTruth: Int?
    let quality: Double?
    let overlap, probability, confidence: Double
    let weight: Int
    /// Factor of the class; not there without class weights, nor of what is no positive.
    let classWeight: Double?
    let contribution: Double
    let defaultBox: [Double]
    let regression: Regression?
  }

  struct Regression: Encodable, Sendable {
    let groundTruth, predicted, target, prediction, residuals, terms: [Double]
    /// (bw − gw) / dw and (bh − gh) / dh, each divided by the variance: what the residuals of the
    /// sizes would be without the logarithm.
    let sizeResidualsWithoutLog: [Double]
  }

  let image: Picture
  let network: Network
  let classes: ClassNames
  let loss: Loss
  let words: [String]
  let featureMaps: [FeatureMap]
  let groundTruth: [GroundTruth]
  let detections: [DetectionLine.Item]
  let items: [Item]

  /// Collects the numbers of an explanation.
  ///
  /// - Parameters:
  ///   - explanation: of the loss of one image.
  ///   - detections: in pixels of the image.
  ///   - image: its name and size.
  ///   - network: the network that predicted.
  ///   - classNames: names of the classes.
  public init(
    _ explanation: LossExplanation, detections: [PixelDetection], image: Picture, network: Network,
    classNames: ClassNames
  ) {
    let words = ExplanationWords(
      explanation, classNames: classNames, width: image.width, height: image.height,
      specification: network.defaultBoxes)
    self.image = image
    self.network = network
    classes = classNames
    self.words = words.summary
    let result = explanation.result
    loss = Loss(
      loss: result.loss, localization: result.localization, confidence: result.confidence,
      localizationSum: result.localizationSum, confidenceSum: result.confidenceSum,
      scale: explanation.scale, positives: result.positives, negatives: result.negatives,
      configuration: explanation.loss, comparesOffsets: Self.comparesOffsets(explanation.loss),
      iouThreshold: explanation.loss.assigner.iouThreshold)
    featureMaps = zip(network.defaultBoxes.featureMaps, explanation.featureMapRanges).map {
      FeatureMap(
        rows: $0.rows, columns: $0.columns, firstItem: $1.lowerBound, items: $1.count)
    }
    self.detections = detections.map { DetectionLine.Item($0, classNames: classNames) }
    let items = explanation.items.map { item in
      Item(item, contribution: explanation.contribution(of: item), explanation.loss)
    }
    self.items = items
    groundTruth = explanation.objects.map { object in
      let box = object.labeled.box.inPixels(width: image.width, height: image.height)
      let index = object.labeled.classIndex
      return GroundTruth(
        index: object.index,
        class: classNames[index],
        classIndex: index, box: [box.xMin, box.yMin, box.xMax, box.yMax],
        isDifficult: object.labeled.isDifficult, isCrowd: object.labeled.isCrowd,
        positives: object.positives, positivesByFeatureMap: object.positivesByFeatureMap,
        bestOverlap: object.bestOverlap, centeredOverlap: object.centeredOverlap,
        bestDefaultBox: object.bestDefaultBox, ownedDefaultBox: object.ownedDefaultBox,
        centeredDefaultBox: object.centeredDefaultBox,
        contribution: items.reduce(0) {
          $1.groundTruth == object.index ? $0 + $1.contribution : $0
        },
        words: words.sentences(about: object))
    }
  }

  private static func comparesOffsets(_ loss: MultiBoxLoss) -> Bool {
    if case .offsets = loss.localization { true } else { false }
  }

  /// Returns one JSON object; a number that is not finite, of a network that has gone wrong, is a
  /// string.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  /// Returns a summary for the terminal.
  ///
  /// - Parameter negativeCount: the number of hardest negatives that are listed.
  public func text(negativeCount: Int = 5) -> String {
    let number = NumberStyle.measure
    func line(_ name: String, _ value: Double) -> String {
      let text = number.text(value)
      return name.padding(toLength: 8, withPad: " ", startingAt: 0)
        + String(repeating: " ", count: max(9 - text.count, 0)) + text
    }
    let configuration = loss.configuration
    var lines = [
      "\(image.name), \(image.width) × \(image.height) px; \(network.name),"
        + " \(network.isTrained ? "trained" : "untrained"); \(items.count) default boxes", "",
      line("L", loss.loss)
        + "   = (L_conf + \(number.text(configuration.alpha)) · L_loc) \(loss.division)",
      line("L_conf", loss.confidenceSum) + "   \(configuration.confidence.name)"
        + (configuration.classWeights == nil ? "" : ", weighted by class"),
      line("L_loc", loss.localizationSum) + "   \(configuration.localization.name)", "",
    ]
    lines += words
    if !groundTruth.isEmpty { lines.append("") }
    lines += groundTruth.map {
      "\($0.words) It adds \(number.text($0.contribution)) to the loss."
    }
    let hardest = items.filter { $0.rank != nil }.sorted { ($0.rank ?? 0) < ($1.rank ?? 0) }
    if configuration.confidence.isLogarithmOfScore, !hardest.isEmpty {
      lines += ["", "The hardest negatives:"]
      for item in hardest.prefix(negativeCount) {
        let box = Box(
          CenterBox(
            cx: item.defaultBox[0], cy: item.defaultBox[1], width: item.defaultBox[2],
            height: item.defaultBox[3])
        ).inPixels(width: image.width, height: image.height)
        let corners = [box.xMin, box.yMin, box.xMax, box.yMax].map { NumberStyle.pixels.text($0) }
        lines.append(
          "  default box \(item.index) [\(corners.joined(separator: ", "))]:"
            + " −log ĉ⁰ = \(number.text(item.confidence)), ĉ⁰ = \(number.text(item.probability)),"
            + " best IoU \(number.text(item.overlap, apartFrom: loss.iouThreshold)),"
            + " adds \(number.text(item.contribution))")
      }
    }
    return lines.map(\.shown).joined(separator: "\n")
  }
}

extension ExplanationDocument.Item {
  fileprivate init(
    _ item: LossExplanation.Item, contribution: Double,
    _ loss: MultiBoxLoss
  ) {
    index = item.index
    featureMap = item.featureMap
    role = item.role.rawValue
    rank = item.rank
    groundTruth = item.groundTruthIndex
    quality = item.quality
    overlap = item.overlap
    probability = item.probability
    confidence = item.confidence
    weight = item.weight
    classWeight = item.classWeight
    self.contribution = contribution
    defaultBox = item.defaultBox.values
    regression = item.regression.map { regression in
      let variance = loss.boxCoder.sizeVariance
      let (b, g, d) = (regression.predicted, regression.groundTruth, item.defaultBox)
      return ExplanationDocument.Regression(
        groundTruth: g.values, predicted: b.values, target: regression.target.values,
        prediction: regression.prediction.values, residuals: regression.residuals.values,
        terms: regression.terms,
        sizeResidualsWithoutLog: [
          (b.width - g.width) / d.width / variance, (b.height - g.height) / d.height / variance,
        ])
    }
  }
}

extension CenterBox {
  fileprivate var values: [Double] { [cx, cy, width, height] }
}

extension BoxOffsets {
  fileprivate var values: [Double] { [cx, cy, width, height] }
}
