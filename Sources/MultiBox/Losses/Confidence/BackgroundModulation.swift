/// What the terms of the focal family do with a logit that should be 0: a weight times
/// p^γ · (−log(1 − p)).
///
/// Nearly all logits of a batch are of this kind, so `ModulatedEntropyKernel` computes them for all
/// rows at once, and the terms themselves only the rows of positives.
struct BackgroundModulation: Hashable, Sendable {
  let weight: Double
  let gamma: Double
}

/// A term whose background a kernel computes.
protocol ModulatedTerm: ConfidenceTerm {
  var background: BackgroundModulation { get }
}
