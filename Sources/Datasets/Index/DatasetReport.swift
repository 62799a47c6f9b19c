/// Something about a dataset that a user should know.
public struct DatasetProblem: Hashable, Sendable, Codable {
  /// What kind of problem it is.
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    case boxWithoutArea
    case missingFile
    case unknownName
    case unreadableImage
    case unreadableAnnotation

    /// As a reader of the report sees it.
    public var text: String {
      switch self {
      case .boxWithoutArea: "boxes without area, dropped"
      case .missingFile: "missing files"
      case .unknownName: "objects of unknown classes, dropped"
      case .unreadableImage: "unreadable images"
      case .unreadableAnnotation: "unreadable annotations"
      }
    }
  }

  public var kind: Kind
  public var file: String
  public var reason: String

  public init(kind: Kind, file: String, reason: String) {
    self.kind = kind
    self.file = file
    self.reason = reason
  }
}

/// What loading a split found out besides its images.
public struct DatasetReport: Hashable, Sendable {
  public var problems: [DatasetProblem] = []
  /// Coordinates of a 0-based file that became −1 by the 1-based rule, and then 0.
  public var zeroBasedCoordinates = 0
  /// Boxes that left their image and were clipped to it.
  public var clippedBoxes = 0
  /// Annotations whose width and height are not the image's; the image's are used.
  public var sizeMismatches = 0

  public init() {}

  public func count(of kind: DatasetProblem.Kind) -> Int {
    problems.count { $0.kind == kind }
  }

  mutating func add(_ kind: DatasetProblem.Kind, _ file: String, _ reason: String) {
    problems.append(DatasetProblem(kind: kind, file: file, reason: reason))
  }

  mutating func add(_ problems: [DatasetProblem]) { self.problems += problems }
}

/// Why a dataset cannot be loaded.
public enum DatasetError: Error, Hashable, Sendable, CustomStringConvertible {
  case missing(path: String, expected: String)
  case unknownSplit(path: String, split: String, known: [String])
  case noClasses(path: String)
  /// A problem that `--strict` makes fatal.
  case strict(DatasetProblem, count: Int)
  case invalidShapes(text: String, reason: String)

  public var description: String {
    switch self {
    case .missing(let path, let expected): "\(path): \(expected)"
    case .unknownSplit(let path, let split, let known):
      "\(path): no split \(split); found "
        + (known.isEmpty ? "none" : known.joined(separator: ", "))
    case .noClasses(let path): "\(path): no object in any annotation, so there is no class"
    case .strict(let problem, let count):
      "\(problem.file): \(problem.reason)" + (count > 1 ? " (and \(count - 1) more problems)" : "")
    case .invalidShapes(let text, let reason): "\(text): \(reason)"
    }
  }
}
