import MultiBox

/// Lists of classes as one: a name of two lists is one class, a name that a list has twice is two.
struct JoinedClasses: Hashable, Sendable {
  /// The names in the order of the lists.
  private(set) var names: [String] = []
  private var places: [[Int]] = []

  /// - Parameter lists: of names; the first keeps its numbers.
  init(_ lists: [[String]]) {
    for list in lists {
      var left: [String: [Int]] = [:]
      for (index, name) in names.enumerated().reversed() { left[name, default: []].append(index) }
      places.append(
        list.map { name in
          if let known = left[name]?.popLast() { return known }
          names.append(name)
          return names.count - 1
        })
    }
  }

  /// The label of an object of a list: numbers become those of ``names``.
  func label(_ label: AnnotatedObject.Label, ofList list: Int) -> AnnotatedObject.Label {
    guard case .number(let number) = label, places[list].indices.contains(number - 1) else {
      return label
    }
    return .number(places[list][number - 1] + 1)
  }
}

extension DatasetReport {
  /// Tells that two lists of classes say something else of a number. One that says less than the
  /// list that counts says nothing else.
  ///
  /// - Parameters:
  ///   - list: names by their numbers, which count.
  ///   - file: where they stand.
  ///   - other: names that do not count.
  ///   - otherFile: where these stand.
  mutating func add(
    _ list: [Int: String], of file: String, against other: [Int: String], of otherFile: String
  ) {
    guard file.absolutePath != otherFile.absolutePath,
      other.contains(where: { list[$0.key] != $0.value })
    else { return }
    func listed(_ list: [Int: String]) -> String {
      ClassNames(list.sorted { $0.key < $1.key }.map(\.value)).listed
    }
    var reason =
      "classes are \(listed(list)), but \(listed(other)) in \(otherFile): the first count"
    let contradicted = other.keys.sorted().lazy.compactMap { number in
      list[number].flatMap { $0 == other[number] ? nil : (number, $0, other[number] ?? "") }
    }.first
    if let (number, name, otherName) = contradicted {
      reason += "; number \(number) is \(name) and \(otherName)"
    }
    add(.disagreement, file, reason)
  }
}
