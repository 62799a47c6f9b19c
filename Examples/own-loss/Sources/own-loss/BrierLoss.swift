import MultiBox

/// A confidence term: the squared distance between the softmax ĉ and what is right, as a weather
/// forecast is scored.
///
/// Σ_k (ĉ_k − y_k)², with derivative 2 ĉ_k (r_k − Σ_j ĉ_j r_j) where r = ĉ − y. One generic method
/// each serves `Float` and `Double`.
struct BrierLoss: ConfidenceTerm {
  var scoreFunction: ScoreFunction { .softmax }
  // Hard negatives, as SSD mines them; without this line all of the background is learned from.
  var mining: HardNegativeMining? { HardNegativeMining() }

  func value<Scalar: RealScalar>(_ logits: Span<Scalar>, _ target: ConfidenceTarget) -> Scalar {
    residuals(logits, target).reduce(0) { $0 + $1.residual * $1.residual }
  }

  func addGradient<Scalar: RealScalar>(
    _ logits: Span<Scalar>, _ target: ConfidenceTarget, scale: Scalar,
    to gradient: inout MutableSpan<Scalar>
  ) {
    let rows = residuals(logits, target)
    let mean = rows.reduce(0) { $0 + $1.probability * $1.residual }
    for (index, row) in rows.enumerated() {
      gradient[index] += scale * 2 * row.probability * (row.residual - mean)
    }
  }

  private func residuals<Scalar: RealScalar>(
    _ logits: Span<Scalar>, _ target: ConfidenceTarget
  ) -> [(probability: Scalar, residual: Scalar)] {
    var largest = logits[0]
    for index in logits.indices { largest = max(largest, logits[index]) }
    var exponentials: [Scalar] = []
    for index in logits.indices {
      exponentials.append(Scalar.exponential(logits[index] - largest))
    }
    let sum = exponentials.reduce(0, +)
    return exponentials.enumerated().map { index, exponential in
      let probability = exponential / sum
      return (probability, probability - (index == target.label ? 1 : 0))
    }
  }
}
