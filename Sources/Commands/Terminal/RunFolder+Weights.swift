import Runs

extension RunFolder {
  /// Says which epoch the weights are of, and what chose them, where they say so.
  ///
  /// - Throws: `FileError` where they cannot be this run's.
  func tellWeights() throws {
    let configuration = try configuration()
    guard let kept = try keptWeights(of: configuration) else { return }
    StandardError.write("\(path): \(kept.words(of: configuration.optimization.epochs))")
  }
}
