/// What turns a network's class output into scores.
public enum ScoreFunction: String, Hashable, Sendable, Codable, CaseIterable {
  /// Over all classes and the background: SSD.
  case softmax
  /// For each class alone: networks trained with the focal loss.
  case sigmoid
  /// The network gives scores already.
  case identity
}

extension ConfidenceLoss {
  /// What turns the logits of a network that was trained with this loss into scores.
  public var scoreFunction: ScoreFunction {
    switch self {
    case .softmax: .softmax
    case .focal: .sigmoid
    }
  }
}
