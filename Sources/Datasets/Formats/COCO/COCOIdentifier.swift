/// The id of an image or a category: an integer, as COCO has it, or a string, as some tools write.
///
/// A string of an integer's digits names the same as the integer: files that write an image's id as
/// one and an annotation's reference to it as the other are read.
struct COCOIdentifier: Hashable, Sendable, Comparable, CustomStringConvertible {
  fileprivate enum Value: Hashable, Sendable {
    case number(Int)
    case text(String)
  }
  fileprivate let value: Value
  /// True if it was written as a string, which decides its place among others.
  private let isText: Bool

  init(_ number: Int) {
    value = .number(number)
    isText = false
  }

  init(_ text: String) {
    if let number = Int(text), String(number) == text {
      value = .number(number)
    } else {
      value = .text(text)
    }
    isText = true
  }

  var description: String {
    switch value {
    case .number(let number): "\(number)"
    case .text(let text): text
    }
  }

  static func == (left: Self, right: Self) -> Bool { left.value == right.value }

  func hash(into hasher: inout Hasher) { hasher.combine(value) }

  /// Numbers by their values, then strings by their characters: the order of the reference.
  static func < (left: Self, right: Self) -> Bool {
    if !left.isText, !right.isText, case .number(let one) = left.value,
      case .number(let other) = right.value
    {
      return one < other
    }
    guard left.isText == right.isText else { return right.isText }
    return left.description.unicodeScalars.lexicographicallyPrecedes(
      right.description.unicodeScalars)
  }
}

/// Gives each id of a file a small number, in the order of their first appearance.
struct COCOIdentifiers: Sendable {
  private(set) var list: [COCOIdentifier] = []
  private var numbers: [Int: Int32] = [:]
  private var texts: [String: Int32] = [:]
  /// Of objects that follow each other many are in the same image.
  private var last: (id: COCOIdentifier, reference: Int32)?

  mutating func reference(_ identifier: COCOIdentifier) -> Int32 {
    if let last, last.id == identifier { return last.reference }
    let reference = known(identifier) ?? add(identifier)
    last = (identifier, reference)
    return reference
  }

  /// The number of an id in its own entry, which says how it is written whatever refers to it.
  mutating func ownReference(_ identifier: COCOIdentifier) -> Int32 {
    let reference = reference(identifier)
    list[Int(reference)] = identifier
    return reference
  }

  /// The number of an id that has appeared; nil for another.
  func known(_ identifier: COCOIdentifier) -> Int32? {
    switch identifier.value {
    case .number(let number): numbers[number]
    case .text(let text): texts[text]
    }
  }

  private mutating func add(_ identifier: COCOIdentifier) -> Int32 {
    let reference = Int32(list.count)
    list.append(identifier)
    switch identifier.value {
    case .number(let number): numbers[number] = reference
    case .text(let text): texts[text] = reference
    }
    return reference
  }
}
