import CXXHash
import Foundation

/// A hash of a file's bytes: equal for equal content, wherever and whenever it was written.
///
/// XXH3 of 128 bits, as fast as memory. It tells versions of a file apart; it is no protection from
/// somebody who wants two files to have one hash.
public struct ContentHash: Hashable, Sendable {
  /// 32 hexadecimal digits.
  public let text: String

  /// Hashes the bytes of a file.
  ///
  /// - Parameter path: of the file.
  /// - Throws: ``FileError`` where the file cannot be read.
  public init(ofFile path: String) throws(FileError) {
    self.init(of: try InputFile.contents(path))
  }

  /// Hashes bytes in memory, `data`, as a file of the same bytes is.
  public init(of data: Data) { self = data.withUnsafeBytes { ContentHash(of: $0) } }

  /// Hashes `bytes` in memory, as a file of the same bytes is.
  init(of bytes: UnsafeRawBufferPointer) {
    let hash = XXH3_128bits(bytes.baseAddress, bytes.count)
    text = [hash.high64, hash.low64].map {
      let digits = String($0, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}
