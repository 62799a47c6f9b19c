/// The contribution of every default box of one image to the loss, and its reason.
///
/// The items sum to the reported loss: Σ ``contribution(of:)`` is the loss of ``result``.
public struct LossExplanation: Hashable, Sendable {
  /// The part that a default box plays in the loss.
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
    /// d, the default box, normalized.
    public let defaultBox: CenterBox
    /// The part that it plays in the loss.
    public let role: Role
    /// The rank among the negatives, from 1 for the hardest; nil for other roles.
    public let rank: Int?
    /// The matched ground-truth box, in the order of the argument; nil without.
    public let groundTruthIndex: Int?
    /// The quality that a confidence term is to learn from a positive, 0…1; nil for terms that
    /// learn none and for other roles.
    public let quality: Double?
    /// The IoU with the matched ground-truth box; without one, the largest with any.
    public let overlap: Double
    /// The probability of the right class, ĉ^p, or of the background, ĉ^0, where nothing is
    /// matched.
    ///
    /// For sigmoids that of the background is 1 − the largest score.
    public let probability: Double
    /// The value of the confidence term, with a softmax −log ĉ^p or −log ĉ^0; also where it is not
    /// counted.
    public let confidence: Double
    /// The factor of ``confidence`` in the loss: 0, 1, or 2 where mined positives count twice.
    public let weight: Int
    /// w_p, a further factor of ``confidence``: of ``MultiBoxLoss/classWeights``, for a positive;
    /// nil without, and for other roles.
    public let classWeight: Double?
    /// Target and prediction of a positive; nil for others.
    public let regression: Regression?
  }

  /// Target and prediction of a positive.
  public struct Regression: Hashable, Sendable {
    /// g, the object's box, normalized.
    public let groundTruth: CenterBox
    /// b, the decoded prediction, normalized.
    public let predicted: CenterBox
    /// ĝ = encode(g, d), the right offsets.
    public let target: BoxOffsets
    /// l = encode(b, d), the offsets that the network gave.
    public let prediction: BoxOffsets
    /// l − ĝ, the residuals.
    public let residuals: BoxOffsets
    /// The terms that it adds to L_loc: four (cx, cy, w, h), or one where decoded boxes are
    /// compared.
    public let terms: [Double]
  }

  /// One ground-truth box.
  public struct Object: Hashable, Sendable {
    /// Position in the argument.
    public let index: Int
    /// The box, normalized, and its class.
    public let labeled: LabeledBox
    /// The number of default boxes matched to it on each feature map.
    public let positivesByFeatureMap: [Int]
    /// The largest IoU with any default box.
    public let bestOverlap: Double
    /// The default box of that IoU; nil where none touches.
    public let bestDefaultBox: Int?
    /// The default box that it owns; nil without.
    public let ownedDefaultBox: Int?
    /// The largest IoU that a default box of any shape would have, were it centred on the object.
    public let centeredOverlap: Double
    /// The default box that has this shape.
    public let centeredDefaultBox: Int?

    /// The number of default boxes matched to it.
    public var positives: Int { positivesByFeatureMap.reduce(0, +) }
  }

  /// The loss that is explained.
  public let loss: MultiBoxLoss
  /// The targets of the default boxes.
  public let assignment: BoxAssignment
  /// Value, parts and counts, as `evaluate` returns them.
  public let result: MultiBoxLoss.Result
  /// The factor of both sums: 1 / max(N, 1), N the positives of the image.
  ///
  /// With ``LossNormalization/perImage`` it is 0 without positives.
  public let scale: Double
  /// The `D` default boxes.
  public let items: [Item]
  /// The `G` ground-truth boxes, crowds included.
  public let objects: [Object]
  /// The range of the default boxes of each feature map.
  public let featureMapRanges: [Range<Int>]

  /// Returns the part of the loss that `item` adds: (weight · confidence + α Σ terms) · ``scale``,
  /// with class weights (weight · classWeight · confidence + α Σ terms) · ``scale``.
  public func contribution(of item: Item) -> Double {
    let localization = item.regression?.terms.reduce(0, +) ?? 0
    let weight = Double(item.weight) * (item.classWeight ?? 1)
    return scale * (weight * item.confidence + loss.alpha * localization)
  }

  /// The mined negatives, the hardest first.
  public var hardestNegatives: [Item] {
    items.filter { $0.rank != nil }.sorted { ($0.rank ?? 0) < ($1.rank ?? 0) }
  }
}
