import Foundation

/// A problem with a file: which one, and why.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file's path, as it was given.
  public let path: String
  /// The reason, in words that follow the path and are one line: `no such file`.
  public let reason: String

  /// Creates an error of a file and a reason, of which a space takes the place of line ends.
  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason.inOneLine
  }

  static let missing = "no such file"

  /// Says whether there is no file, in the words of the readers of this module.
  package var isMissing: Bool { reason == Self.missing }

  /// One line for people: the path, a colon and the reason.
  public var description: String { "\(path): \(reason)".inOneLine }
}
