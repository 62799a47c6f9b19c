/// The loss that SSD learns from, with its analytic gradient.
///
/// L(x, c, l, g) = (L_conf(x, c) + α L_loc(x, l, g)) / max(N, 1), where N is the number of matched
/// default boxes of the batch, so without positives and negatives loss and gradients are 0.
///
/// - L_loc = Σ over positives and m ∈ {cx, cy, w, h} of smoothL1(l_m − ĝ_m), ĝ the matched ground
///   truth's offsets relative to the default box.
/// - L_conf = −Σ_Pos log ĉ^p − Σ_Neg log ĉ^0, ĉ the softmax over the `K` logits, Neg the mined
///   negatives; with ``classWeights`` −Σ_Pos w_p log ĉ^p − Σ_Neg log ĉ^0.
///
/// That is the paper, and the default. Each part is a value that can be another, or a program's
/// own: ``assigner`` says what each default box learns (x), ``confidence`` what L_conf sums,
/// ``localization`` what L_loc sums. ``LossPreset`` has the parts of named systems.
///
/// ```swift
/// let loss = MultiBoxLoss(
///   assigner: .atss(), confidence: .qualityFocal(), localization: .boxes(.giou), alpha: 5)
/// ```
///
/// Logits and offsets that are not finite do not stop the computation: they make the value NaN or
/// infinite, which a training must look at.
///
/// - SeeAlso: SSD, equations 1–3 (arXiv:1512.02325); ``BoxAssigner``, ``ConfidenceTerm``,
///   ``LocalizationTerm``, ``BoxCoder``, ``HardNegativeMining``.
public struct MultiBoxLoss: Sendable {
  /// The rule that says which default boxes learn which objects.
  public var assigner: any BoxAssigner
  /// The term that L_conf sums, and its choice of default boxes.
  public var confidence: any ConfidenceTerm
  /// The term that L_loc sums over the positives.
  public var localization: LocalizationTerm
  /// α, the weight of L_loc.
  public var alpha: Double
  /// The number that the sums are divided by.
  public var normalization: LossNormalization
  /// The variances of the offsets.
  public var boxCoder: BoxCoder
  /// The share of its own area in a crowd or an ignored region from which a default box is no
  /// background; nil for none.
  ///
  /// Such default boxes learn nothing unless they are matched. With nil they are background as any
  /// other.
  public var ignoredRegionOverlap: Double?
  /// Factors of the classes in L_conf; nil, the paper's, weights all alike.
  public var classWeights: ClassWeights?

  /// Creates a loss; SSD's by default.
  public init(
    assigner: any BoxAssigner = .bipartite(), confidence: any ConfidenceTerm = .softmax(),
    localization: LocalizationTerm = .offsets(.smoothL1()), alpha: Double = 1,
    normalization: LossNormalization = .batch, boxCoder: BoxCoder = BoxCoder(),
    ignoredRegionOverlap: Double? = nil, classWeights: ClassWeights? = nil
  ) {
    self.assigner = assigner
    self.confidence = confidence
    self.localization = localization
    self.alpha = alpha
    self.normalization = normalization
    self.boxCoder = boxCoder
    self.ignoredRegionOverlap = ignoredRegionOverlap
    self.classWeights = classWeights
  }
}

extension MultiBoxLoss: Hashable {
  public static func == (a: MultiBoxLoss, b: MultiBoxLoss) -> Bool {
    AnyHashable(a.assigner) == AnyHashable(b.assigner)
      && AnyHashable(a.confidence) == AnyHashable(b.confidence)
      && a.localization == b.localization && a.alpha == b.alpha
      && a.normalization == b.normalization && a.boxCoder == b.boxCoder
      && a.ignoredRegionOverlap == b.ignoredRegionOverlap && a.classWeights == b.classWeights
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(AnyHashable(assigner))
    hasher.combine(AnyHashable(confidence))
    hasher.combine(localization)
    hasher.combine(alpha)
    hasher.combine(normalization)
    hasher.combine(boxCoder)
    hasher.combine(ignoredRegionOverlap)
    hasher.combine(classWeights)
  }
}
