/// What the images of a split serve, which their usual names say.
public enum SplitRole: Sendable {
  /// They are trained on: `trainval`, else `train`.
  case training
  /// They choose the best weights: `val`, else `valid`.
  case validation
  /// They are measured, and never chosen by: `test`.
  case test

  fileprivate var usualNames: [String] {
    switch self {
    case .training: ["trainval", "train"]
    case .validation: ["val", "valid"]
    case .test: ["test"]
    }
  }
}

extension DatasetLoader {
  /// Returns the split of a role: that of a usual name, else the only one whose name begins with
  /// one, such as `train2017`; nil where there is none.
  ///
  /// - Parameters:
  ///   - role: what it serves.
  ///   - given: takes this one, whatever its name.
  /// - Throws: ``DatasetError`` where there is no split of a given name, `FileError` naming the
  ///   file.
  public func split(for role: SplitRole, named given: String? = nil) throws -> String? {
    let splits = try splits()
    if let given {
      guard splits.contains(given) else { throw unknown(given, among: splits) }
      return given
    }
    let similar = role.usualNames.lazy.map { name in splits.filter { $0.hasPrefix(name) } }
    return role.usualNames.first(where: splits.contains) ?? similar.first { $0.count == 1 }?[0]
  }

  /// Returns the split of a role, as ``split(for:named:)`` does, or says which ones there are.
  ///
  /// - Parameters:
  ///   - role: what it serves.
  ///   - given: takes this one, whatever its name.
  /// - Throws: ``DatasetError`` where there is none, `FileError` naming the file.
  public func requiredSplit(for role: SplitRole, named given: String? = nil) throws -> String {
    guard let split = try split(for: role, named: given) else {
      throw unknown(role.usualNames[role.usualNames.count - 1], among: try splits())
    }
    return split
  }

  private func unknown(_ split: String, among splits: [String]) -> DatasetError {
    .unknownSplit(path: paths.joined(separator: ", "), split: split, known: splits)
  }
}
