import Files

extension [DatasetImage] {
  /// Images of one name get the folders of their path that tell them apart: `camera-2/001`.
  mutating func makeNamesUnique() {
    // Hardly ever: lists of a million are made only then.
    guard Set(lazy.map(\.name)).count < count else { return }
    let groups = Dictionary(grouping: indices) { self[$0].name }
    var used = Set(groups.filter { $0.value.count == 1 }.keys)
    // All images of a file of records may have one name.
    var numbers: [String: Int] = [:]
    for group in groups.sorted(by: { $0.key < $1.key }).map(\.value) where group.count > 1 {
      let paths = group.map { index -> [Substring] in
        guard case .file(let path) = self[index].source else { return [self[index].name[...]] }
        return path.withoutExtension.split(separator: "/")
      }
      // As few folders as tell as many apart as all would: none of the machine, but where the
      // dataset's are alike. Pictures of one stem in one folder get numbers.
      let apart = Set(paths).count
      let length = (1...Swift.max(paths.map(\.count).max() ?? 1, 1)).first { length in
        Set(paths.map { $0.suffix(length) }).count == apart
      }
      for (index, path) in zip(group, paths) {
        let name = path.suffix(length ?? 1).joined(separator: "/")
        var unique = name
        var number = numbers[name] ?? 2
        while !used.insert(unique).inserted {
          unique = "\(name)-\(number)"
          number += 1
        }
        numbers[name] = number
        self[index].name = unique
      }
    }
  }
}
