import Files

/// An image that cannot be read or written: which one, and why.
public struct ImageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The image's path, as it was given.
  public let path: String
  /// The reason, in words that follow the path and are one line: `is empty`.
  public let reason: String

  /// Creates an error of an image and a reason, of which a space takes the place of line ends.
  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason.inOneLine
  }

  /// One line for people: the path, a colon and the reason.
  public var description: String { "\(path): \(reason)".inOneLine }
}

/// What a codec found wrong; the path is added by ``ImageFile``.
struct CodecError: Error {
  let reason: String
}
