/// The detections of one image, found from the best score down: what ``PlainDecoding`` finds, in a
/// small part of its time.
///
/// Suppression looks only at better boxes, so an image's best `maximumDetections` are known as soon
/// as so many are kept, and most candidates are never looked at. Vector arithmetic estimates all
/// scores; the estimates only say which candidates are worth the exact score, and that decides, so
/// that the results are equal to the last bit:
///
/// 1. Estimate the score of each default box and class that may reach the threshold.
/// 2. From a sample of the estimates, find a bound that about twice the detections wanted reach.
/// 3. Compute the exact scores of those that reach it, and go through them by falling score:
///    decode, clip, suppress within the class.
/// 4. Where this leaves too few detections, lower the bound and go back to 3.
struct BestFirstDecoding {
  let configuration: DetectionDecoder.Configuration
  /// `D × K`.
  let logits: UnsafeBufferPointer<Float>
  /// K.
  let logitCount: Int
  let boxes: PredictedBoxes<Float>

  /// Nil where ``PlainDecoding`` is needed: a box that is not finite has a score that reaches the
  /// threshold, and whether it counts depends on all scores of its class.
  func result() -> DetectionDecoder.Result? {
    guard boxes.count > 0 else {
      return DetectionDecoder.Result(detections: [], nonFiniteScores: 0, nonFiniteBoxes: 0)
    }
    // A candidate's place has 32 bits.
    guard UInt32(exactly: logits.count) != nil else { return nil }
    let isSoft = configuration.suppression.gaussianSigma != nil
    return withUnsafeTemporaryAllocation(
      of: Float.self, capacity: logits.count + ScoreEstimates.padding
    ) { buffer in
      buffer.baseAddress.flatMap {
        let estimates = ScoreEstimates(
          logits: logits, logitCount: logitCount, function: configuration.scoreFunction,
          threshold: Float(configuration.scoreThreshold), buffer: $0)
        return isSoft ? softResult(estimates) : result(estimates)
      }
    }
  }

  /// Soft suppression lowers scores, so a better box may always come from further down: all
  /// candidates are looked at, and the estimates save the others' scores alone.
  private func softResult(_ estimates: ScoreEstimates) -> DetectionDecoder.Result {
    var candidates = [[PlainDecoding<Float>.Candidate]](repeating: [], count: logitCount)
    for key in self.candidates(estimates, atLeast: estimates.least) {
      let candidate = Candidate(key: key)
      let (classIndex, index) = Int(candidate.place).quotientAndRemainder(
        dividingBy: boxes.count)
      candidates[classIndex].append(.init(index: index, score: Double(candidate.score)))
    }
    var result = DetectionDecoder.Result(
      detections: [], nonFiniteScores: estimates.nonFiniteScores, nonFiniteBoxes: 0)
    PlainDecoding(
      configuration: configuration, logits: logits, logitCount: logitCount, boxes: boxes
    ).decode(candidates, &result)
    return result
  }

  private func result(_ estimates: ScoreEstimates) -> DetectionDecoder.Result? {
    guard !estimates.hasScore(inOneOf: boxes.nonFiniteIndices()) else { return nil }
    let distribution = estimates.distribution()
    var wanted = max(2 * min(configuration.maximumDetections, logits.count), 64)
    while true {
      let bound = max(distribution.bound(ofBest: wanted), estimates.least)
      // All others score less.
      let safeScore = bound == estimates.least ? -.infinity : bound * (1 + ScoreEstimates.tolerance)
      if let found = found(estimates, atLeast: bound, safeScore: safeScore) {
        return DetectionDecoder.Result(
          detections: found.detections, nonFiniteScores: estimates.nonFiniteScores,
          nonFiniteBoxes: 0, boxesWithoutArea: found.withoutArea)
      }
      wanted *= 4
    }
  }

  /// Goes through the candidates whose estimate is not below `bound`.
  ///
  /// - Returns: the detections, and how many candidates before the last one had no area; nil where
  ///   candidates that score less than `safeScore` are needed.
  private func found(
    _ estimates: ScoreEstimates, atLeast bound: Float, safeScore: Float
  ) -> (detections: [Detection], withoutArea: Int)? {
    var candidates = BinaryHeap(candidates(estimates, atLeast: bound))
    var detections: [Detection] = []
    var withoutArea = 0
    // A chain through the detections of each class, from the last one back.
    var previous: [Int] = []
    var last = [Int](repeating: -1, count: logitCount)
    var seen = [Int](repeating: 0, count: logitCount)
    var openClasses = logitCount - 1
    while detections.count < configuration.maximumDetections, openClasses > 0 {
      guard let key = candidates.popSmallest() else {
        return safeScore == -.infinity ? (detections, withoutArea) : nil
      }
      let candidate = Candidate(key: key)
      if candidate.score < safeScore { return nil }
      let (classIndex, index) = Int(candidate.place).quotientAndRemainder(
        dividingBy: boxes.count)
      guard seen[classIndex] < configuration.candidatesPerClass else { continue }
      seen[classIndex] += 1
      if seen[classIndex] == configuration.candidatesPerClass { openClasses -= 1 }
      let box = boxes[index].clipped()
      guard box.hasArea else {
        withoutArea += 1
        continue
      }
      var kept = last[classIndex]
      while kept >= 0,
        !(detections[kept].box.intersectionOverUnion(box)
          > configuration.suppression.iouThreshold)
      { kept = previous[kept] }
      guard kept < 0 else { continue }
      previous.append(last[classIndex])
      last[classIndex] = detections.count
      detections.append(
        Detection(box: box, classIndex: classIndex, score: Double(candidate.score)))
    }
    return (detections, withoutArea)
  }

  /// Returns the keys of the candidates whose estimate is not below `bound` and whose score reaches
  /// the threshold.
  private func candidates(_ estimates: ScoreEstimates, atLeast bound: Float) -> [UInt64] {
    let threshold = Float(configuration.scoreThreshold)
    var keys: [UInt64] = []
    var row = -1
    var scores = RowScores<Float>.identity
    estimates.forEach(atLeast: bound) { index, classIndex in
      if index != row {
        row = index
        scores = estimates.scores(row: row)
      }
      let score = scores.score(logits[row * logitCount + classIndex])
      if score >= threshold {
        let place = UInt32(truncatingIfNeeded: classIndex * boxes.count + index)
        keys.append(Candidate(score: score, place: place).key)
      }
    }
    return keys
  }

  /// A score, and the class and the default box that it is of.
  private struct Candidate {
    let score: Float
    /// Class times D plus default box: the order of ties.
    let place: UInt32

    init(score: Float, place: UInt32) {
      self.score = score
      self.place = place
    }

    /// One number that is smaller for the candidate that goes first.
    var key: UInt64 {
      // Adding 0 makes −0 equal to 0. Bits of negative numbers grow as the numbers fall already.
      let bits = (score + 0).bitPattern
      let falling = bits >> 31 == 0 ? ~bits & 0x7FFF_FFFF : bits
      return UInt64(falling) << 32 | UInt64(place)
    }

    init(key: UInt64) {
      let falling = UInt32(truncatingIfNeeded: key >> 32)
      score = Float(bitPattern: falling >> 31 == 0 ? ~falling & 0x7FFF_FFFF : falling)
      place = UInt32(truncatingIfNeeded: key)
    }
  }
}
