import Files

/// A dataset that cannot be loaded.
public enum DatasetError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A folder or file that is not there, or is not what a dataset needs.
  case missing(path: String, expected: String)
  /// A place that no layout fits: what is there, and what came near, with the reason.
  case unrecognized(path: String, found: String, nearest: [String])
  /// A split that the dataset does not have.
  case unknownSplit(path: String, split: String, known: [String])
  /// Annotations without any object, and so without a class; what was left out may say why.
  case noClasses(path: String, DatasetReport)
  /// A problem that `isStrict` makes fatal, and the number of all.
  case strict(DatasetProblem, count: Int)
  /// A choice of classes that cannot be parsed, or of classes that are not there.
  case invalidClasses(text: String, reason: String)
  /// A description of made pictures that cannot be parsed.
  case invalidShapes(text: String, reason: String)

  /// One line for people.
  public var description: String { text.inOneLine }

  private static func more(_ count: Int) -> String {
    count > 0 ? " (and \(count.counted("more problem|problems")))" : ""
  }

  private var text: String {
    switch self {
    case .missing(let path, let expected): return "\(path): \(expected)"
    case .unrecognized(let path, let found, let nearest):
      return "\(path): expected labelled images, found \(found)"
        + (nearest.isEmpty ? "" : "; nearest: " + nearest.joined(separator: "; "))
        + "; known: "
        // By what each is known matters where nothing came near.
        + DatasetFormat.all.map {
          nearest.isEmpty ? "\($0.name) (\($0.type.hallmark))" : $0.name
        }.joined(separator: ", ")
    case .unknownSplit(let path, let split, let known):
      return "\(path): no split \(split); found "
        + (known.isEmpty ? "none" : known.joined(separator: ", "))
    case .noClasses(let path, let report):
      let losses = report.problems.filter(\.kind.isLoss)
      guard let first = losses.first else {
        return "\(path): no object in any annotation, so there is no class"
      }
      return first.line
        + Self.more(losses.count - 1)
        + "; nothing is left of \(path)"
    case .strict(let problem, let count):
      return problem.line + Self.more(count - 1)
    case .invalidClasses(let text, let reason), .invalidShapes(let text, let reason):
      return "\(text): \(reason)"
    }
  }
}
