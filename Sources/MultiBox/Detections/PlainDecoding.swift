/// The detections of one image by the definition, class by class.
///
/// Decodes in any precision what ``BestFirstDecoding`` decodes in `Float`, with the estimates of
/// `ScoreEstimates`; `FastDecodingTests` holds both together, to the last bit.
struct PlainDecoding<Scalar: RealScalar> {
  let configuration: DetectionDecoder.Configuration
  /// `D × K`.
  let logits: UnsafeBufferPointer<Scalar>
  /// K.
  let logitCount: Int
  let boxes: PredictedBoxes<Scalar>

  /// A default box's score for a class.
  struct Candidate {
    let index: Int
    let score: Double
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  func result() -> DetectionDecoder.Result {
    var result = DetectionDecoder.Result(detections: [], nonFiniteScores: 0, nonFiniteBoxes: 0)
    guard boxes.count > 0 else { return result }
    let candidates = scores(&result)
    decode(candidates, &result)
    return result
  }

  /// Decodes and suppresses.
  ///
  /// - Parameter candidates: for each class the scores that reach the threshold, in any order.
  func decode(_ candidates: [[Candidate]], _ result: inout DetectionDecoder.Result) {
    var candidates = candidates
    var decoded = [Box?](repeating: nil, count: boxes.count)
    for classIndex in 1..<logitCount {
      Self.keepBest(configuration.candidatesPerClass, of: &candidates[classIndex])
      var ofClass: [Box] = []
      var scores: [Double] = []
      for candidate in candidates[classIndex] {
        let index = candidate.index
        let box = decoded[index] ?? boxes[index]
        decoded[index] = box
        guard box.isFinite else {
          result.nonFiniteBoxes += 1
          continue
        }
        ofClass.append(box.clipped())
        scores.append(candidate.score)
      }
      // Those without area suppress nothing and are dropped at the end, so they take no place.
      let limit =
        min(configuration.maximumDetections, ofClass.count) + ofClass.count { !$0.hasArea }
      let kept = configuration.suppression.kept(
        boxes: ofClass, scores: scores, limit: limit,
        scoreThreshold: configuration.scoreThreshold)
      for box in kept {
        result.detections.append(
          Detection(box: ofClass[box.index], classIndex: classIndex, score: box.score))
      }
    }
    result.keepBest(configuration.maximumDetections)
  }

  /// Returns for each class the default boxes whose score reaches the threshold, by rising index.
  private func scores(_ result: inout DetectionDecoder.Result) -> [[Candidate]] {
    var candidates = [[Candidate]](repeating: [], count: logitCount)
    let threshold = Scalar(configuration.scoreThreshold)
    let function = configuration.scoreFunction
    for index in 0..<boxes.count {
      let row = UnsafeBufferPointer(
        rebasing: logits[index * logitCount..<(index + 1) * logitCount])
      let scores = RowScores(function, row: row)
      for classIndex in 1..<logitCount {
        let score = scores.score(row[classIndex])
        if !score.isFinite {
          result.nonFiniteScores += 1
        } else if score >= threshold {
          candidates[classIndex].append(Candidate(index: index, score: Double(score)))
        }
      }
    }
    return candidates
  }

  /// Sorts by falling score, ties in their order, and cuts.
  private static func keepBest(_ limit: Int, of candidates: inout [Candidate]) {
    candidates.sort { $0.score > $1.score || ($0.score == $1.score && $0.index < $1.index) }
    if candidates.count > limit { candidates.removeLast(candidates.count - limit) }
  }
}
