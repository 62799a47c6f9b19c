import Files
import Foundation
import MultiBox

/// JSON that is decoded as a whole, with errors that tell key, line and column.
///
/// Foundation's decoder does not tell where a number does not fit, and says nothing of a key that
/// stands twice.
package enum JSONDocument {
  /// What a whole value lacks though each of its parts is fine.
  package struct Problem: Error, Hashable, Sendable {
    /// Keys and indices down to the part: `loss.alpha`, `maps[2].rows`.
    package let key: String
    /// Expected and found.
    package let reason: String

    package init(key: String, reason: String) {
      self.key = key
      self.reason = reason
    }
  }

  /// Decodes the only value of a text.
  ///
  /// - Parameters:
  ///   - type: of the value.
  ///   - data: UTF-8, or UTF-16 with its mark.
  ///   - path: what errors call the text.
  ///   - firstLine: the number that the text's first line has in its file.
  ///   - check: looks at the whole value.
  /// - Throws: `FileError` with key, expected and found, line and column.
  package static func decode<Value: Decodable>(
    _ type: Value.Type, from data: Data, path: String, firstLine: Int = 1,
    check: (Value) throws(Problem) -> Void = { _ throws(Problem) in }
  ) throws(FileError) -> Value {
    try JSONFile.read(MappedFile(data), path: path, firstLine: firstLine) {
      scanner throws(JSONProblem) in
      let root = try scanner.node()
      let value: Value
      do {
        value = try Value(from: JSONNodeDecoder(root, scanner, codingPath: []))
      } catch let error as DecodingError {
        throw JSONProblem(
          offset: root.place(of: error).nearest(error.keyOfSpecification).offset,
          error.explanation)
      } catch {
        throw JSONProblem(offset: nil, "\(error)")
      }
      do throws(Problem) {
        try check(value)
      } catch {
        throw JSONProblem(
          offset: root.nearest(error.key).offset, "\(error.key): \(error.reason)")
      }
      return value
    }
  }
}

extension JSONNodeDecoder {
  /// Key, expected and found, line and column of what is wrong in the value.
  func explanation(of error: DecodingError) -> String {
    let place = places[node.place(of: error, below: codingPath.count).offset]
    return "\(error.explanation) (line \(place.line), column \(place.column))"
  }
}

extension JSONNode {
  /// Returns the value that an error is about, or the last one on the way that is there.
  ///
  /// - Parameters:
  ///   - error: of decoding.
  ///   - depth: keys that lead to this value.
  fileprivate func place(of error: DecodingError, below depth: Int = 0) -> JSONNode {
    nearest(error.codingPath.dropFirst(depth)) { node, key in
      key.intValue.flatMap { node[$0] } ?? node[key.stringValue]
    }
  }

  /// Returns the value that `maps[2].rows` leads to, or the last one on the way that is there.
  fileprivate func nearest(_ key: String) -> JSONNode {
    nearest(key.split { ".[]".contains($0) }) { node, step in
      node[String(step)] ?? Int(step).flatMap { node[$0] }
    }
  }
}

extension DecodingError {
  /// What default boxes call the part that is wrong, below the coding path; else nothing.
  fileprivate var keyOfSpecification: String {
    guard case .dataCorrupted(let context) = self,
      let cause = context.underlyingError as? InputError,
      case .invalidSpecification(let key, _, _) = cause
    else { return "" }
    return key
  }

  /// Keys and indices down to what is wrong.
  fileprivate var codingPath: [any CodingKey] {
    switch self {
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .dataCorrupted(let context):
      context.codingPath
    case .keyNotFound(let key, let context): context.codingPath + [key]
    @unknown default: []
    }
  }
}
