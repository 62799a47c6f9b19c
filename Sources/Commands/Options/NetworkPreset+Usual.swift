import Runs

extension NetworkPreset {
  /// `softmax; sigmoid for …`: what the networks begin with, that of most of them first.
  ///
  /// - Parameters:
  ///   - unit: stands behind each value.
  ///   - value: what a network begins with.
  static func usual<Value: Hashable & Comparable>(
    unit: String = "", _ value: (NetworkPreset) -> Value
  ) -> String {
    Dictionary(grouping: all, by: value)
      .sorted { ($0.value.count, $0.key) > ($1.value.count, $1.key) }
      .enumerated().map { position, group in
        let names = group.value.map(\.name).joined(separator: ", ")
        return "\(group.key)\(unit)" + (position == 0 ? "" : " for \(names)")
      }.joined(separator: "; ")
  }
}
