/// Something about a dataset that a user should know.
public struct DatasetProblem: Hashable, Sendable, Codable {
  /// The kinds of problems.
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    /// A box without area, or outside of its image: dropped.
    case boxWithoutArea
    /// An image or annotation that is named and not there.
    case missingFile
    /// An object of a class that is not among the classes: dropped.
    case unknownName
    /// An image that cannot be decoded: left out.
    case unreadableImage
    /// An annotation, or a line of one, that cannot be understood.
    case unreadableAnnotation

    /// The kind as a reader of the report sees it.
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

  /// The kind of problem.
  public var kind: Kind
  /// The path of the file that it is in.
  public var file: String
  /// The place in the file, what was expected and what was found.
  public var reason: String

  /// Creates a problem of one file.
  public init(kind: Kind, file: String, reason: String) {
    self.kind = kind
    self.file = file
    self.reason = reason
  }
}

/// Findings of loading a split, besides its images.
public struct DatasetReport: Hashable, Sendable {
  /// Everything that was left out, in the order it was found.
  public var problems: [DatasetProblem] = []
  /// Coordinates of a 0-based file that became −1 by the 1-based rule, and then 0.
  public var zeroBasedCoordinates = 0
  /// Boxes that left their image and were clipped to it.
  public var clippedBoxes = 0
  /// Annotations whose width and height are not the image's; the image's are used.
  public var sizeMismatches = 0

  /// Creates an empty report.
  public init() {}

  /// Returns the number of problems of one kind.
  ///
  /// - Parameter kind: the kind that is counted.
  public func count(of kind: DatasetProblem.Kind) -> Int {
    problems.count { $0.kind == kind }
  }

  mutating func add(_ kind: DatasetProblem.Kind, _ file: String, _ reason: String) {
    problems.append(DatasetProblem(kind: kind, file: file, reason: reason))
  }

  mutating func add(_ problems: [DatasetProblem]) { self.problems += problems }
}

/// A dataset that cannot be loaded.
public enum DatasetError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A folder or file that is not there, or is not what a dataset needs.
  case missing(path: String, expected: String)
  /// A split that the dataset does not have.
  case unknownSplit(path: String, split: String, known: [String])
  /// Annotations without any object, and so without a class.
  case noClasses(path: String)
  /// A problem that `isStrict` makes fatal, and the number of all.
  case strict(DatasetProblem, count: Int)
  /// A description of made pictures that cannot be parsed.
  case invalidShapes(text: String, reason: String)

  /// One line for people.
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
