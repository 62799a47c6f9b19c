import Foundation
import ImageFiles

/// The limits of a server: what comes from strangers is bounded before memory or time is taken.
public struct ServerLimits: Sendable {
  /// Bytes of a request's body, at most.
  public var bodyBytes = 20_000_000
  /// Pixels of an image, at most, by its header.
  public var pixels = 50_000_000
  /// Pixels of an image's longer side, at most: a strip is made as wide as the network's input
  /// line by line, so that one of a pixel's width and all those pixels takes a core for half a
  /// minute and 2 GB. No JPEG is longer than 65,535.
  public var side: Int { max(pixels / 256, 65_535) }
  /// Images that may wait for a model.
  public var waiting = 64
  /// How long an image may wait.
  public var deadline = Duration.seconds(10)
  /// Bytes of networks' outputs in an answer, at most; but those of one image are always given.
  public var outputBytes = 64_000_000

  /// Creates the usual limits.
  public init() {}
}

extension ServerLimits {
  /// What sizes images may have, for errors.
  var sizes: String { "at most \(pixels) pixels, and \(side) a side" }

  /// Says whether images may have a size.
  ///
  /// - Parameters:
  ///   - width: pixels, of 31 bits.
  ///   - height: pixels, of 31 bits.
  func allow(width: Int, height: Int) -> Bool {
    width <= side && height <= side && width * height <= pixels
  }

  /// Decodes an image file; one beyond the limits is refused by its header.
  ///
  /// - Parameters:
  ///   - data: the whole file.
  ///   - name: what errors call it.
  /// - Throws: ``Refusal``, which is `invalid`, or `ImageError`.
  func decode(_ data: Data, name: String) throws -> RGBImage {
    let size = try ImageFile.size(of: data, path: name, maximumPixels: pixels)
    guard allow(width: size.width, height: size.height) else {
      throw Refusal(.invalid, "\(name): expected \(sizes), found \(size.width) × \(size.height)")
    }
    return try ImageFile.decode(data, path: name, maximumPixels: pixels)
  }
}
