import Files
import Foundation
import Synchronization

/// The keys that a JSON file begins with, by which the files of labelling tools are told apart.
///
/// No value is built: long texts, as pictures in base64, are skipped.
struct JSONOutline: Hashable, Sendable {
  /// Whether the file is a list, not an object.
  private(set) var isList = false
  /// The keys of objects by the number of objects around them: of the file's object, or of those in
  /// its list, first.
  private(set) var keys: [Set<String>] = []
  /// Whether the file ends before its object or list does.
  private(set) var isCut = false

  /// Bytes outside of texts that are looked at: labels name their keys early.
  private static let limit = 1 << 18

  /// Looks at a file's text, in UTF-8.
  init(_ data: Data) {
    data.withUnsafeBytes { scan($0) }
  }

  /// Says whether an object with `depth` objects around it has a key.
  func has(_ key: String, depth: Int = 0) -> Bool {
    keys.indices.contains(depth) && keys[depth].contains(key)
  }

  private mutating func scan(_ bytes: UnsafeRawBufferPointer) {
    var open: [UInt8] = []
    var depth = -1
    var expectsKey = false
    var position = 0
    var steps = 0
    while position < bytes.count, steps < Self.limit {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        let isObject = byte == UInt8(ascii: "{")
        if open.isEmpty { isList = !isObject }
        open.append(byte)
        if isObject { depth += 1 }
        expectsKey = isObject
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if open.popLast() == UInt8(ascii: "{") { depth -= 1 }
        expectsKey = false
        if open.isEmpty { return }
      case UInt8(ascii: ","): expectsKey = open.last == UInt8(ascii: "{")
      case UInt8(ascii: "\""):
        let end = Self.endOfText(bytes, from: position + 1)
        if expectsKey {
          add(String(decoding: bytes[position + 1..<end], as: UTF8.self), depth: depth)
          expectsKey = false
        }
        position = end
      default: break
      }
      position += 1
      steps += 1
    }
    guard let first = open.first else { return }
    // Of a file that was not looked at to its end the last letter tells.
    let close = first == UInt8(ascii: "{") ? UInt8(ascii: "}") : UInt8(ascii: "]")
    isCut = position >= bytes.count || bytes.last { $0 != 32 && !(9...13 ~= $0) } != close
  }

  private mutating func add(_ key: String, depth: Int) {
    while keys.count <= depth { keys.append([]) }
    keys[depth].insert(key)
  }

  /// The place of the quotation mark that ends a text, or the end of the file.
  private static func endOfText(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    guard let base = bytes.baseAddress else { return bytes.count }
    var position = start
    while position < bytes.count {
      guard let found = memchr(base + position, 0x22, bytes.count - position) else { break }
      let end = UnsafeRawPointer(found) - base
      var escapes = end
      while escapes > start, bytes[escapes - 1] == UInt8(ascii: "\\") { escapes -= 1 }
      if (end - escapes) % 2 == 0 { return end }
      position = end + 1
    }
    return bytes.count
  }
}

/// Outlines of the JSON files of a place, each made once.
final class JSONOutlines: Sendable {
  private let known = Mutex([String: JSONOutline?]())

  /// The outline of a file; nil where it cannot be read.
  subscript(path: String) -> JSONOutline? {
    if let outline = known.withLock({ $0[path] }) { return outline }
    let outline = (try? JSONFile.contents(path)).map { JSONOutline($0) }
    known.withLock { $0[path] = .some(outline) }
    return outline
  }
}
