/// Why an image cannot be read.
public struct ImageError: Error, Hashable, Sendable, CustomStringConvertible {
  public let path: String
  public let reason: String

  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  public var description: String { "\(path): \(reason)" }
}

/// What a codec found wrong; the path is added by ``ImageFile``.
struct CodecError: Error {
  let reason: String
}
