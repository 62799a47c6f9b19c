/// The detections of one image where boxes suppress each other whatever their classes.
///
/// 1. A box's score is that of its best class, ties to the lower one; those from `scoreThreshold`
///    on compete, of them the best `candidatesPerClass`.
/// 2. One suppression over all of them, as they were decoded, keeps `maximumDetections` boxes.
/// 3. A kept box is cut to the image and reported with its best `classesPerBox` classes that reach
///    the threshold.
///
/// This is the default way of TensorFlow Lite's operator `TFLite_Detection_PostProcess`.
struct AcrossClassDecoding<Scalar: RealScalar> {
  let configuration: DetectionDecoder.Configuration
  /// At least 1.
  let classesPerBox: Int
  /// `D × K`.
  let logits: UnsafeBufferPointer<Scalar>
  /// K.
  let logitCount: Int
  let boxes: PredictedBoxes<Scalar>

  func result() -> DetectionDecoder.Result {
    var result = DetectionDecoder.Result(detections: [], nonFiniteScores: 0, nonFiniteBoxes: 0)
    var candidates: [(index: Int, score: Double)] = []
    for index in 0..<boxes.count {
      let scores = finiteScores(index)
      result.nonFiniteScores += logitCount - 1 - scores.count
      let best = scores.map(\.score).max()
      if let best, best >= Scalar(configuration.scoreThreshold) {
        candidates.append((index, Double(best)))
      }
    }
    candidates.sort { $0.score > $1.score || ($0.score == $1.score && $0.index < $1.index) }
    var competing: [(index: Int, score: Double, box: Box)] = []
    for candidate in candidates.prefix(configuration.candidatesPerClass) {
      let box = boxes[candidate.index]
      if box.isFinite {
        competing.append((candidate.index, candidate.score, box))
      } else {
        result.nonFiniteBoxes += 1
      }
    }
    let kept = configuration.suppression.kept(
      boxes: competing.map(\.box), scores: competing.map(\.score),
      limit: configuration.maximumDetections, scoreThreshold: configuration.scoreThreshold)
    for keptBox in kept {
      let (index, given, box) = competing[keptBox.index]
      // What soft suppression has taken from the best class it takes from the others too.
      let share = given > 0 ? Scalar(keptBox.score / given) : 1
      let best = finiteScores(index).sorted {
        $0.score > $1.score || ($0.score == $1.score && $0.classIndex < $1.classIndex)
      }
      for (classIndex, score) in best.prefix(classesPerBox)
      where score * share >= Scalar(configuration.scoreThreshold) {
        result.detections.append(
          Detection(box: box.clipped(), classIndex: classIndex, score: Double(score * share)))
      }
    }
    result.keepBest(.max)
    return result
  }

  /// Returns the scores of a box that are numbers, by class.
  private func finiteScores(_ index: Int) -> [(classIndex: Int, score: Scalar)] {
    let row = UnsafeBufferPointer(
      rebasing: logits[index * logitCount..<(index + 1) * logitCount])
    let scores = RowScores(configuration.scoreFunction, row: row)
    return (1..<logitCount).compactMap { classIndex in
      let score = scores.score(row[classIndex])
      return score.isFinite ? (classIndex, score) : nil
    }
  }
}
