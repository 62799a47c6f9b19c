/// Scores from a threshold on as vector arithmetic finds them: right but for ``tolerance``.
struct ScoreEstimates {
  /// What an estimate of ``leastReliable`` or more may be wrong by, relative to it: a hundred times
  /// the rounding errors, of which the exact score's x − max, up to 14 + log K in size, has most.
  static let tolerance: Float = 1e-4
  static let leastReliable: Float = 1e-6

  /// What `buffer` has to hold beyond `D × K`.
  static let padding = searchedAtOnce
  private static let lanes = SIMD8<Float>.scalarCount
  private static let searchedAtOnce = 4 * lanes

  /// No score of interest has an estimate below it.
  let least: Float
  private(set) var nonFiniteScores = 0

  private let logits: UnsafeBufferPointer<Float>
  private let logitCount: Int
  private let function: ScoreFunction
  /// The default boxes that may have a score of interest, rising; the others have no estimates.
  private var rows: [Int] = []
  /// K for each of `rows`, then the padding. NaN, which no comparison finds, for the background,
  /// for scores that are not finite, and in the padding.
  private let estimates: UnsafeMutablePointer<Float>
  private var estimateCount: Int { rows.count * logitCount }

  /// - Parameters:
  ///   - logits: `D × K`, at least one row.
  ///   - logitCount: K.
  ///   - threshold: only scores that reach it are of interest.
  ///   - buffer: for `D × K` numbers and the padding; lives as long as the estimates.
  init(
    logits: UnsafeBufferPointer<Float>, logitCount: Int, function: ScoreFunction,
    threshold: Float, buffer: UnsafeMutablePointer<Float>
  ) {
    self.logits = logits
    self.logitCount = logitCount
    self.function = function
    estimates = buffer
    least =
      threshold > 2 * Self.leastReliable ? threshold * (1 - Self.tolerance) : -.infinity
    switch function {
    case .softmax: estimateSoftmax()
    case .sigmoid: estimateEach { 1 / (1 + (-$0).exponential()) }
    case .identity: estimateEach { $0 }
    }
    for rank in rows.indices { estimates[rank * logitCount] = .nan }
    for place in estimateCount..<estimateCount + Self.padding { estimates[place] = .nan }
  }

  /// Estimates e^x / Σ e^x in the rows where it may reach `least`.
  private mutating func estimateSoftmax() {
    guard let logits = logits.baseAddress else { return }
    let rowCount = self.logits.count / logitCount
    rows.reserveCapacity(rowCount)
    // A score is at most e^(x − x₀), x₀ the background's logit, which is by far the largest in
    // nearly all rows. NaN lets no row be left out.
    let margin = least > 0 ? Float.naturalLogarithm(least) : .nan
    let classes = VectorRow(count: logitCount - 1)
    let whole = VectorRow(count: logitCount)
    func visit(_ row: Int, _ logits: UnsafePointer<Float>) {
      if abs(logits[0]) < 80, classes.allAtMost(logits[0] + margin, logits + 1) { return }
      let target = estimates + estimateCount
      rows.append(row)
      let sum = whole.writeExponentials(of: logits, to: target)
      if sum > 1e-30, sum < 1e37 {
        whole.scale(target, by: 1 / sum)
      } else {
        // A logit is NaN, +∞ or beyond what an exponential reaches.
        computeRow(rank: rows.count - 1)
      }
    }
    // Vectors reach up to seven numbers beyond a row: behind the last rows there must be something.
    let firstOfRest = max(0, rowCount - (6 + logitCount) / logitCount)
    for row in 0..<firstOfRest { visit(row, logits + row * logitCount) }
    let rest = (rowCount - firstOfRest) * logitCount
    withUnsafeTemporaryAllocation(of: Float.self, capacity: rest + Self.lanes) { padded in
      padded.initialize(repeating: 0)
      guard let padded = padded.baseAddress else { return }
      padded.update(from: logits + firstOfRest * logitCount, count: rest)
      for row in firstOfRest..<rowCount {
        visit(row, padded + (row - firstOfRest) * logitCount)
      }
    }
  }

  /// Writes exact scores instead of estimates, and counts.
  private mutating func computeRow(rank: Int) {
    let row = rows[rank]
    let scores = scores(row: row)
    for classIndex in 1..<logitCount {
      let score = scores.score(logits[row * logitCount + classIndex])
      estimates[rank * logitCount + classIndex] = score
      if !score.isFinite { drop(rank * logitCount + classIndex) }
    }
  }

  /// Estimates scores that each depend on one logit only.
  @inline(__always)
  private mutating func estimateEach(_ estimate: (SIMD8<Float>) -> SIMD8<Float>) {
    guard let logits = logits.baseAddress else { return }
    let count = self.logits.count
    rows = Array(0..<count / logitCount)
    let whole = count - count % Self.lanes
    for first in stride(from: 0, to: whole, by: Self.lanes) {
      estimate(SIMD8(at: logits + first)).store(to: estimates + first)
    }
    if whole < count {
      var rest = SIMD8<Float>(repeating: 0)
      for lane in 0..<count - whole { rest[lane] = logits[whole + lane] }
      estimate(rest).store(to: estimates + whole)
    }
    for first in stride(from: 0, to: count, by: Self.lanes) {
      let values = SIMD8(at: estimates + first)
      // Not 0 for NaN and ±∞.
      guard (values - values .!= 0).bits.isAnySet else { continue }
      for place in first..<min(first + Self.lanes, count)
      where !estimates[place].isFinite && place % logitCount != 0 {
        drop(place)
      }
    }
  }

  private mutating func drop(_ place: Int) {
    estimates[place] = .nan
    nonFiniteScores += 1
  }

  /// Returns what gives the exact scores of a row.
  func scores(row: Int) -> RowScores<Float> {
    RowScores(
      function,
      row: UnsafeBufferPointer(rebasing: logits[row * logitCount..<(row + 1) * logitCount]))
  }

  /// Whether one of these default boxes has a score of interest.
  func hasScore(inOneOf indices: [Int]) -> Bool {
    if indices.isEmpty { return false }
    let indices = Set(indices)
    return rows.indices.contains { rank in
      indices.contains(rows[rank])
        && (1..<logitCount).contains { estimates[rank * logitCount + $0] >= least }
    }
  }

  /// Calls `body` with each row and class whose estimate is not below `bound`, by rising row.
  @inline(__always)
  func forEach(atLeast bound: Float, _ body: (_ row: Int, _ classIndex: Int) -> Void) {
    let lanes = Self.lanes
    func isFound(_ place: Int) -> SIMD8<UInt32> { (SIMD8(at: estimates + place) .>= bound).bits }
    for first in stride(from: 0, to: estimateCount, by: Self.searchedAtOnce) {
      let isFound =
        isFound(first) | isFound(first + lanes)
        | isFound(first + 2 * lanes) | isFound(first + 3 * lanes)
      guard isFound.isAnySet else { continue }
      for place in first..<first + Self.searchedAtOnce where estimates[place] >= bound {
        let (rank, classIndex) = place.quotientAndRemainder(dividingBy: logitCount)
        body(rows[rank], classIndex)
      }
    }
  }

  /// How many estimates there are of each size.
  func distribution() -> ScoreDistribution {
    // As many as make the bound good to a tenth; the step is prime to the numbers of default boxes
    // in a cell.
    let sampleSize = 8192
    var step = max(1, estimateCount / sampleSize)
    while step > 1, step % 2 == 0 || step % 3 == 0 { step -= 1 }
    var distribution = ScoreDistribution(weight: step)
    let least = max(least, Self.leastReliable)
    for rank in stride(from: 0, to: rows.count, by: step) {
      for place in rank * logitCount + 1..<(rank + 1) * logitCount
      where estimates[place] >= least {
        distribution.insert(estimates[place])
      }
    }
    return distribution
  }
}
