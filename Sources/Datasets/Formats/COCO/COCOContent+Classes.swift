import MultiBox

extension COCOContent {
  /// The names of all categories by rising id, and for each category, in the order of the file, its
  /// class, 1…classCount.
  ///
  /// Two categories of one name are two classes.
  func classes() -> (names: ClassNames, ofCategories: [Int]) {
    let order = categories.indices.sorted { categories[$0].id < categories[$1].id }
    var classes = [Int](repeating: 0, count: categories.count)
    for (index, category) in order.enumerated() { classes[category] = index + 1 }
    return (ClassNames(order.map { categories[$0].name }), classes)
  }
}
