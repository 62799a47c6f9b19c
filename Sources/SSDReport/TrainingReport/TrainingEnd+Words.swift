import Runs

extension TrainingEnd {
  /// How it ended, and the weights that are kept, to go on in a sentence:
  /// `ended; the weights of epoch 55 are kept, AP 0.512 on val`.
  public var words: String {
    let early = patience.map {
      let measurements = $0 == 1 ? "measurement" : "\($0) measurements"
      return " early, because in the last \(measurements) AP has not risen"
    }
    let epoch = keptEpoch.map { " of epoch \($0)" }
    var words = "ended\(early ?? ""); the weights\(epoch ?? "") are kept"
    if let averagePrecision, let split {
      words += ", AP \(NumberStyle.measure.text(averagePrecision)) on \(split)"
    }
    return words
  }
}
