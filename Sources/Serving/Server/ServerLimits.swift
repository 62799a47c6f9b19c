/// The limits of a server: what comes from strangers is bounded before memory or time is taken.
public struct ServerLimits: Sendable {
  /// Bytes of a request's body, at most.
  public var bodyBytes = 20_000_000
  /// Pixels of an image, at most, by its header.
  public var pixels = 50_000_000
  /// Images that may wait for a model.
  public var waiting = 64
  /// How long an image may wait.
  public var deadline = Duration.seconds(10)
  /// Bytes of networks' outputs in an answer, at most; but those of one image are always given.
  public var outputBytes = 64_000_000

  /// Creates the usual limits.
  public init() {}
}
