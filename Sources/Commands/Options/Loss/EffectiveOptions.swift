import ArgumentParser

/// Which options the parameters of a part were taken from; the others would have no effect.
struct EffectiveOptions {
  let part: String
  /// The option that chooses the part.
  let option: String
  private var taken: Set<String> = []

  init(part: String, option: String) {
    self.part = part
    self.option = option
  }

  mutating func take<Value>(_ value: Value?, _ name: String) -> Value? {
    taken.insert(name)
    return value
  }

  /// - Throws: a usage error naming the first option that was given and not taken.
  func checkAllTaken(_ options: [(name: String, isGiven: Bool)]) throws {
    for (name, isGiven) in options where isGiven && !taken.contains(name) {
      throw ValidationError("\(name) has no effect with \(option) \(part)")
    }
  }
}
