import Runs

extension RunFolder {
  /// Says which epoch the weights are of, and what chose them, where they say so.
  func tellWeights() throws {
    guard let kept = try keptWeights() else { return }
    let epochs = try configuration().optimization.epochs
    StandardError.write("\(path): \(kept.words(of: epochs))")
  }
}
