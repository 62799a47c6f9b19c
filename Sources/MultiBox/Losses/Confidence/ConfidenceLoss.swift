/// How the confidence loss learns classes, and what a logit then means.
public enum ConfidenceLoss: String, Hashable, Sendable, Codable, CaseIterable {
  /// Softmax over classes and background, on positives and mined negatives; the paper's.
  case softmax
  /// Independent sigmoids with the focal loss, on all default boxes.
  case focal
}
