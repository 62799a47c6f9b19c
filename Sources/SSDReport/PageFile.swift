import Files
import Foundation
import Runs

/// A page in one HTML file, with its data inside.
public enum PageFile {
  /// The pages that there are.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The images of a dataset.
    case dataset
    /// The loss of an image.
    case explanation
    /// The curves and pictures of a training.
    case training

    /// Each page says in its head which it is.
    private var mark: Data {
      Data("<meta name=\"generator\" content=\"MultiBox \(rawValue)\">".utf8)
    }

    private static let markPlace = 512

    /// Says whether a file is such a page.
    ///
    /// - Parameter path: of any file, there or not.
    public func isAt(_ path: String) -> Bool {
      guard let file = FileHandle(forReadingAtPath: path) else { return false }
      defer { try? file.close() }
      return (try? file.read(upToCount: Self.markPlace))?.range(of: mark) != nil
    }
  }

  /// Refuses the path of a file that is there and is no page of the kind, or a run's.
  ///
  /// - Parameters:
  ///   - path: where a page is to be written.
  ///   - kind: of the page.
  /// - Throws: `FileError` naming the file.
  public static func check(_ path: String, isNewOr kind: Kind) throws {
    try OutputPath.check(path, isNewOr: "a MultiBox page of the same kind", kind.isAt)
    try RunFolder.checkIsOfNone(path)
  }

  /// Writes a page atomically, in folders that are made as needed.
  ///
  /// - Throws: `FileError` where it cannot be written, or where ``check(_:isNewOr:)`` refuses the
  ///   path.
  static func write(_ html: String, _ kind: Kind, to path: String) throws {
    try check(path, isNewOr: kind)
    try OutputPath.makeFolder(of: path)
    try AtomicFile.write(Data(html.utf8), to: path)
  }

  /// JSON as it may stand in a script element: `</script` would end it, and behind `<!--<script`
  /// its end would not be one.
  static func embedded(_ json: Data) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(json.count)
    for byte in json {
      // JSON has this sign in texts alone. Bytes, for a letter with a combining mark is another.
      if byte == UInt8(ascii: "<") { bytes += Array("\\u003c".utf8) } else { bytes.append(byte) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
