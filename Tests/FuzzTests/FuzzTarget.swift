import Datasets
import Files
import Foundation
import ImageFiles

/// A reader of files as libFuzzer calls it, and as the tests call it with the files of its corpus.
struct FuzzTarget: Sendable {
  /// How the bytes are laid out, for the mutations.
  enum Structure: String, Sendable {
    case bytes, json, xml, text, protobuf, png
  }

  /// The name on the command line and of the corpus's folder.
  let name: String
  let structure: Structure
  /// Reads the bytes of a file.
  ///
  /// True where they were understood, false where they were refused as promised; a ``FuzzFinding``
  /// where neither holds.
  let read: @Sendable (Data) throws -> Bool

  static let all = models + images + values + labels + requests
}

/// What no file may bring about.
struct FuzzFinding: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Asks for what must hold whatever a file holds.
func require(_ condition: Bool, _ text: @autoclosure () -> String) throws {
  if !condition { throw FuzzFinding(text()) }
}

/// Calls a reader: content, or an error of the package's own in one line.
func reading(_ body: () throws -> Void) throws -> Bool {
  do {
    try body()
    return true
  } catch let finding as FuzzFinding {
    throw finding
  } catch {
    try require(
      error is FileError || error is ImageError || error is DatasetError,
      "an error of type \(type(of: error)): \(error)")
    let text = "\(error)"
    try require(!text.isEmpty && !text.contains(where: \.isNewline), "not one line: \(text)")
    return false
  }
}
