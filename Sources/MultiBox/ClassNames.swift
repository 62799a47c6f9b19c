/// The names of the classes 1…classCount; the background, class 0, has none.
///
/// A collection whose indices are class indices, so they begin with 1. In JSON it is an array of
/// strings.
///
/// ```swift
/// let names: ClassNames = ["cat", "dog"]
/// print(names[2], names.firstIndex(of: "cat"))  // dog Optional(1)
/// ```
public struct ClassNames: Hashable, Sendable {
  private let names: [String]

  /// Creates names.
  ///
  /// - Parameter names: those of the classes 1, 2, ….
  public init(_ names: some Sequence<String>) {
    self.names = Array(names)
  }
}

extension ClassNames {
  /// The names without that of the background, which some files have first, before those of as many
  /// classes as there are: as `background`, `__background__` or `???`.
  ///
  /// - Parameter classCount: without the background.
  package func withoutBackground(classCount: Int) -> ClassNames {
    guard count == classCount + 1, let name = first?.lowercased(),
      name == "???" || name.contains("background")
    else { return self }
    return ClassNames(dropFirst())
  }
}

extension ClassNames: RandomAccessCollection {
  /// The index of the first class, 1.
  public var startIndex: Int { 1 }

  /// One more than the number of classes.
  public var endIndex: Int { names.count + 1 }

  /// The name of a class, 1…classCount; its number as text where the class has no name.
  public subscript(classIndex: Int) -> String {
    indices.contains(classIndex) ? names[classIndex - 1] : "\(classIndex)"
  }
}

extension ClassNames: ExpressibleByArrayLiteral {
  /// Creates names from a literal.
  public init(arrayLiteral names: String...) { self.init(names) }
}

extension ClassNames: Codable {
  /// Reads an array of strings.
  public init(from decoder: any Decoder) throws {
    names = try decoder.singleValueContainer().decode([String].self)
  }

  /// Writes an array of strings.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(names)
  }
}

extension ClassNames: CustomStringConvertible {
  /// The names as messages show them.
  public var description: String { names.description }
}
