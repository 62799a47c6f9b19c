import Runs

extension RunFolder {
  /// Says which epoch the weights are of, where they say so, and how far a training got that has
  /// not ended.
  func tellWeights() throws {
    guard let kept = try keptWeights() else { return }
    let epochs = try configuration().optimization.epochs
    let end = try isFinished ? "" : "; the training got to epoch \(try trainedEpochs)"
    StandardError.write("\(path): \(kept.words(of: epochs))\(end)")
  }
}
