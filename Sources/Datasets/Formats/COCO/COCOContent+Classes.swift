import MultiBox

extension COCOContent {
  /// The names of categories by rising id, and for each category, in the order of the file, its
  /// class, 1…classCount; nil for one that is left out.
  ///
  /// Two categories of one name are two classes.
  ///
  /// - Parameter namedOnly: leaves out those whose name is empty.
  func classes(namedOnly: Bool = false) -> (names: ClassNames, ofCategories: [Int?]) {
    let order = categories.indices.filter { !namedOnly || !categories[$0].name.isBlank }
      .sorted { categories[$0].id < categories[$1].id }
    var classes = [Int?](repeating: nil, count: categories.count)
    for (index, category) in order.enumerated() { classes[category] = index + 1 }
    return (ClassNames(order.map { categories[$0].name }), classes)
  }

  /// The names of the categories that an annotation has; all where there is no annotation.
  var usedNames: Set<String> {
    let used = Set(annotations.lazy.compactMap { categoryIndex(of: $0) })
    return Set((used.isEmpty ? Set(categories.indices) : used).map { categories[$0].name })
  }
}
