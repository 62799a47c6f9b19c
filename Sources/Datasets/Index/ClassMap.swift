import MultiBox

/// From the classes of files to those of a dataset.
struct ClassMap {
  private let own: [String]
  private let numbers: [Int?]
  private let names: [String: Int]
  private let all: [Int]

  /// Classes of one name are told apart by their order.
  init(_ own: [String], to names: ClassNames) {
    self.own = own
    var places: [String: [Int]] = [:]
    for index in names.indices { places[names[index], default: []].append(index) }
    var taken: [String: Int] = [:]
    numbers = own.map { name in
      guard let ofName = places[name] else { return nil }
      defer { taken[name, default: 0] += 1 }
      return ofName[min(taken[name] ?? 0, ofName.count - 1)]
    }
    self.names = places.compactMapValues(\.first)
    all = Array(names.indices)
  }

  subscript(label: AnnotatedObject.Label) -> [Int] {
    switch label {
    case .name(let name): names[name].map { [$0] } ?? []
    case .number(let number):
      own.indices.contains(number - 1) ? numbers[number - 1].map { [$0] } ?? [] : []
    case .every: all
    }
  }

  func name(_ label: AnnotatedObject.Label) -> String {
    switch label {
    case .name(let name): name
    case .number(let number):
      own.indices.contains(number - 1) ? own[number - 1] : "class number \(number)"
    case .every: "every class"
    }
  }
}
