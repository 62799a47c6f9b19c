/// What every default box of one image contributed to the loss, and why.
///
/// The items sum to the reported loss: Σ ``contribution(of:)`` is the loss of ``result``.
public struct LossExplanation: Hashable, Sendable {
  /// What became of a default box.
  public enum Role: String, Hashable, Sendable, Codable, CaseIterable {
    /// Its ground-truth box owns it: no pair of theirs had a larger IoU when it was given away.
    case positiveByOwnership = "positive by ownership"
    /// It reaches the rule's IoU threshold with its ground-truth box.
    case positiveByOverlap = "positive by overlap"
    /// A rule without an IoU threshold gave it its ground-truth box.
    case positiveByRule = "positive by rule"
    /// Background that is learned from: one of the hardest, or all where nothing is mined.
    case negative
    /// Background that is not learned from.
    case unused
    /// Neither object nor background: it lies in a crowd, or half overlaps an object.
    case ignored
  }

  /// One default box.
  public struct Item: Hashable, Sendable {
    /// Position among the `D` default boxes.
    public let index: Int
    /// Position of its feature map.
    public let featureMap: Int
    /// d, normalized.
    public let defaultBox: CenterBox
    public let role: Role
    /// Rank among the negatives, from 1 for the hardest; nil for other roles.
    public let rank: Int?
    /// The matched ground-truth box, in the order of the argument; nil without.
    public let groundTruthIndex: Int?
    /// What a confidence term that learns quality is to learn from a positive, 0…1; nil for other
    /// terms and roles.
    public let quality: Double?
    /// IoU with the matched ground-truth box; without one, the largest with any.
    public let overlap: Double
    /// Probability of the right class, that of the background where nothing is matched: ĉ^p or ĉ^0;
    /// for sigmoids of the background, 1 − the largest score.
    public let probability: Double
    /// The value of the confidence term: with softmax −log ĉ^p or −log ĉ^0. Also where it is not
    /// counted.
    public let confidence: Double
    /// How often ``confidence`` counts: 0, 1, or 2 where mined positives count twice.
    public let weight: Int
    /// What a positive should predict and does; nil for others.
    public let regression: Regression?
  }

  /// Target and prediction of a positive.
  public struct Regression: Hashable, Sendable {
    /// g, normalized.
    public let groundTruth: CenterBox
    /// b, normalized: the decoded prediction.
    public let predicted: CenterBox
    /// ĝ = encode(g, d).
    public let target: BoxOffsets
    /// l = encode(b, d): what the network gave.
    public let prediction: BoxOffsets
    /// l − ĝ.
    public let residuals: BoxOffsets
    /// What it adds to L_loc: four terms (cx, cy, w, h), or one where decoded boxes are compared.
    public let terms: [Double]
  }

  /// One ground-truth box.
  public struct Object: Hashable, Sendable {
    /// Position in the argument.
    public let index: Int
    public let labeled: LabeledBox
    /// Default boxes matched to it, on each feature map.
    public let positivesByFeatureMap: [Int]
    /// The largest IoU with any default box.
    public let bestOverlap: Double
    /// The default box of that IoU; nil where none touches.
    public let bestDefaultBox: Int?
    /// The default box that it owns; nil without.
    public let ownedDefaultBox: Int?
    /// The largest IoU that a default box of any shape would have, were it centred on the object.
    public let centeredOverlap: Double
    /// The default box whose shape that is.
    public let centeredDefaultBox: Int?

    public var positives: Int { positivesByFeatureMap.reduce(0, +) }
  }

  public let loss: MultiBoxLoss
  public let assignment: BoxAssignment
  public let result: MultiBoxLoss.Result
  /// What both sums are multiplied by: 1 / max(N, 1), N the positives of the image; with
  /// ``LossNormalization/perImage`` 0 without positives.
  public let scale: Double
  /// `D` items.
  public let items: [Item]
  /// `G` objects, crowds included.
  public let objects: [Object]
  public let featureMapRanges: [Range<Int>]

  /// Returns what a default box adds to the loss: (weight · confidence + α Σ terms) · ``scale``.
  public func contribution(of item: Item) -> Double {
    let localization = item.regression?.terms.reduce(0, +) ?? 0
    return scale * (Double(item.weight) * item.confidence + loss.alpha * localization)
  }

  /// The mined negatives, the hardest first.
  public var hardestNegatives: [Item] {
    items.filter { $0.rank != nil }.sorted { ($0.rank ?? 0) < ($1.rank ?? 0) }
  }
}
