import Files
import Foundation
import TestSupport

@testable import Datasets

/// Any JSON value, to compare what two readers see.
indirect enum JSONTree: Equatable, Decodable {
  case null
  case flag(Bool)
  /// By its bits, so that −0 is not 0.
  case number(UInt64)
  case text(String)
  case list([JSONTree])
  case object([String: JSONTree])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number.bitPattern)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let list = try? container.decode([JSONTree].self) {
      self = .list(list)
    } else {
      self = .object(try container.decode([String: JSONTree].self))
    }
  }

  /// As our scanner sees it.
  init(scanning data: Data) throws {
    self = try JSONFile.read(MappedFile(data), path: "x") { scanner throws(JSONProblem) in
      try JSONTree(&scanner)
    }
  }

  private init(_ scanner: inout JSONScanner) throws(JSONProblem) {
    switch scanner.next() {
    case UInt8(ascii: "{"):
      var members: [String: JSONTree] = [:]
      try scanner.eachMember { scanner, key throws(JSONProblem) in
        members[scanner.text(key)] = try JSONTree(&scanner)
      }
      self = .object(members)
    case UInt8(ascii: "["):
      var elements: [JSONTree] = []
      try scanner.eachElement { scanner throws(JSONProblem) in
        elements.append(try JSONTree(&scanner))
      }
      self = .list(elements)
    case UInt8(ascii: "\""): self = .text(scanner.text(try scanner.string()))
    case UInt8(ascii: "t"):
      try scanner.pass("true")
      self = .flag(true)
    case UInt8(ascii: "f"):
      try scanner.pass("false")
      self = .flag(false)
    case UInt8(ascii: "n"):
      try scanner.pass("null")
      self = .null
    default: self = .number(try scanner.double().bitPattern)
    }
  }
}

extension SeededNumbers {
  /// The text of a valid document, spaced and escaped in all ways.
  mutating func jsonDocument() -> String { space() + jsonValue(depth: 0) + space() }

  private mutating func space() -> String {
    integer(0...2) > 0
      ? ""
      : (0..<integer(1...9)).map { _ in [" ", " ", "\n", "\t", "\r\n"][integer(0...4)] }.joined()
  }

  private mutating func jsonValue(depth: Int) -> String {
    switch integer(0...(depth < 5 ? 9 : 5)) {
    case 0: return ["null", "true", "false"][integer(0...2)]
    case 1...3: return jsonNumber()
    case 4...5: return jsonString()
    case 6...7:
      let elements = (0..<integer(0...6)).map { _ in space() + jsonValue(depth: depth + 1) + space()
      }
      return "[" + (elements.isEmpty ? space() : elements.joined(separator: ",")) + "]"
    default:
      let members = (0..<integer(0...6)).map { index in
        // The number keeps keys apart.
        space() + jsonString(end: "\(index)") + space() + ":" + space()
          + jsonValue(depth: depth + 1) + space()
      }
      return "{" + (members.isEmpty ? space() : members.joined(separator: ",")) + "}"
    }
  }

  private mutating func jsonNumber() -> String {
    switch integer(0...4) {
    case 0: return "\(integer(-1_000_000...1_000_000))"
    case 1: return "\(number(-700...700))"
    case 2: return "\(integer(0...9999)).\(integer(0...99))"
    case 3:
      return "-\(integer(0...99)).\(next())e\(["", "+", "-"][integer(0...2)])\(integer(0...40))"
    default: return "\(next() >> 1)"
    }
  }

  private mutating func jsonString(end: String = "") -> String {
    let parts = [
      "a", "bbox", "0123456789abcdefghij", "\\n", "\\\"", "\\\\", "\\/", "\\u00e9", "é", "€", "😀",
      "\\ud83D\\uDe00", " ", "\\t", "\u{7F}", "{", "]", ",", "\\u0000", "日本語", "e\u{301}",
    ]
    return "\"" + (0..<integer(0...7)).map { _ in parts[integer(0...parts.count - 1)] }.joined()
      + end + "\""
  }

  /// The document with one to three bytes changed, added, taken out or its end cut off.
  mutating func mutated(_ document: Data) -> Data {
    var bytes = [UInt8](document)
    for _ in 0..<integer(1...3) where !bytes.isEmpty {
      let place = integer(0...bytes.count - 1)
      let usual = [UInt8]("{}[]\",:\\ue.-+0195ntf \n\0\u{1F}".utf8) + [0x80, 0xC3, 0xED, 0xFF]
      let byte = usual[integer(0...usual.count - 1)]
      switch integer(0...6) {
      case 0...1: bytes[place] = byte
      case 2...3: bytes.insert(byte, at: place)
      case 4...5: bytes.remove(at: place)
      default: bytes.removeSubrange(place...)
      }
    }
    return Data(bytes)
  }
}
