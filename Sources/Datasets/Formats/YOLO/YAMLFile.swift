import Files
import Yams

/// YAML files as nodes, each with its place.
enum YAMLFile {
  /// Reads the only document of a text, a map.
  ///
  /// - Returns: the values by their keys, those of `<<` included.
  /// - Throws: ``FileError`` with line and column.
  static func map(_ text: String, path: String) throws(FileError) -> [String: Node] {
    try checkAliases(text, path: path)
    let root: Node?
    do {
      // Without rules all scalars are text, as they are written.
      root = try Parser(yaml: text, resolver: .basic).singleRoot()
    } catch {
      throw FileError(path: path, reason: "not YAML: \((error as? YamlError)?.place ?? "\(error)")")
    }
    guard let root, case .mapping(let mapping) = root else {
      throw FileError(path: path, reason: "expected keys and values, found none")
    }
    return values(of: mapping)
  }

  private static func values(of mapping: Node.Mapping) -> [String: Node] {
    var result: [String: Node] = [:]
    for (key, value) in mapping where key.text == "<<" {
      for part in value.mapping.map({ [$0] }) ?? value.array().compactMap(\.mapping) {
        result.merge(values(of: part)) { first, _ in first }
      }
    }
    for (key, value) in mapping where key.text != "<<" {
      if case .scalar(let scalar) = key { result[scalar.string] = value }
    }
    return result
  }

  // MARK: Aliases

  /// What aliases may make of a file: its bytes, times how often they can repeat them.
  private static let expansionLimit = 20_000_000.0

  /// Refuses aliases of aliases that would be walked for years: a reader makes no copies of what
  /// they stand for, but looks through all of it for keys that stand twice.
  ///
  /// A signs `&` and a `*` count where YAML could begin a word, in quotes and remarks too: no list
  /// of classes has as many.
  private static func checkAliases(_ text: String, path: String) throws(FileError) {
    var (anchors, aliases) = (0, 0)
    var previous = UInt8(ascii: "\n")
    var sign: UInt8?
    for byte in text.utf8 {
      let isSpace = byte == 0x20 || (0x09...0x0D).contains(byte)
      if let begun = sign, !isSpace {
        if begun == UInt8(ascii: "&") { anchors += 1 } else { aliases += 1 }
      }
      let isSign = byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*")
      sign =
        isSign && (previous <= 0x20 || previous >= 0x80 || "[]{},:\"'".utf8.contains(previous))
        ? byte : nil
      previous = byte
    }
    guard anchors > 0, aliases > 0 else { return }
    // Each anchor can hold the one before as often as it has aliases: most of all if they are
    // shared out evenly.
    var expansion = Double(text.utf8.count)
    for _ in 0..<anchors where expansion <= expansionLimit {
      expansion *= 1 + Double(aliases) / Double(anchors)
    }
    guard expansion <= expansionLimit else {
      throw FileError(
        path: path,
        reason: "expected aliases that cannot make more than \(Int(expansionLimit)) bytes of"
          + " \(text.utf8.count), found \(aliases) of \(anchors) anchors")
    }
  }
}

extension Node {
  /// `expected …, found …`, with the place.
  func unexpected(_ key: String, _ expected: String, path: String) -> FileError {
    let found =
      switch self {
      case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : String(scalar.string.prefix(40))
      case .mapping: "a map"
      case .sequence: "a list"
      case .alias: "an alias"
      }
    let place = mark.map { " (line \($0.line), column \($0.column))" } ?? ""
    return FileError(path: path, reason: "\(key): expected \(expected), found \(found)\(place)")
  }

  /// Nothing behind the colon, or a word for it.
  var isEmpty: Bool {
    guard case .scalar(let scalar) = self, [.any, .plain].contains(scalar.style) else {
      return false
    }
    return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }

  /// The text of a scalar.
  var text: String? { if case .scalar(let scalar) = self { scalar.string } else { nil } }

  /// The texts of a list of scalars.
  var texts: [String]? {
    guard case .sequence(let sequence) = self else { return nil }
    let texts = sequence.compactMap(\.text)
    return texts.count == sequence.count ? texts : nil
  }
}

extension YamlError {
  /// What is wrong, and where; Yams' own words quote the file.
  fileprivate var place: String {
    func sentence(_ problem: String, _ mark: Mark) -> String {
      "\(problem) (line \(mark.line), column \(mark.column))"
    }
    return switch self {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      sentence(problem, mark)
    case .reader(let problem, _, _, _): problem
    case .duplicatedKeysInMapping(let keys, let context):
      sentence("\(keys.sorted().joined(separator: ", ")) stands twice", context.mark)
    default: "\(self)".split(whereSeparator: \.isNewline).joined(separator: " ")
    }
  }
}
