/// Which rule gives each ground-truth box a default box of its own.
public enum MatchingStrategy: String, Hashable, Sendable, Codable, CaseIterable {
  /// ``BipartiteMatcher``: the original code's.
  case bipartite
  /// ``ForcedMatcher``: torchvision's, ssd.pytorch's, NVIDIA's.
  case forced
}
