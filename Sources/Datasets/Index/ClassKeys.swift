import MultiBox

/// Different keys for all classes, where a name is a key: in JSON objects, in tags.
///
/// A dataset may give two classes one name, as categories of a COCO file with ids of their own. The
/// first keeps it; a later one gets its number behind it, `cat (class 3)`, so that none is lost.
public struct ClassKeys: Hashable, Sendable {
  /// A key for each class, all different.
  public let keys: ClassNames
  /// One line for a user who wonders about the keys; nil where they are the names.
  public let note: String?

  /// Makes the keys of `classNames`; class c is at index c − 1.
  public init(_ classNames: ClassNames) {
    // A made key must not be the name of another class either.
    var used = Set(classNames)
    var seen: Set<String> = []
    var changed: [String] = []
    keys = ClassNames(
      classNames.indices.map { classIndex in
        let name = classNames[classIndex]
        if seen.insert(name).inserted { return name }
        var key = "\(name) (class \(classIndex))"
        while !used.insert(key).inserted { key += "′" }
        changed.append(key)
        return key
      })
    note =
      changed.isEmpty
      ? nil
      : "classes of one name are told apart by their number: \(changed.joined(separator: ", "))"
  }

  /// Returns a dictionary of what each class has.
  ///
  /// - Parameter values: one for each class, in their order.
  public func dictionary<Value>(_ values: some Sequence<Value>) -> [String: Value] {
    Dictionary(zip(keys, values), uniquingKeysWith: { first, _ in first })
  }
}
