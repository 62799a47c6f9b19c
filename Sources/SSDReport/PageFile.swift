import Files
import Foundation
import Runs

/// A page in one HTML file, with its data inside.
public enum PageFile {
  /// Refuses the path of a file that is there and is no page, as a picture or labels, or a run's.
  ///
  /// - Parameter path: where a page is to be written.
  /// - Throws: `FileError` naming the file.
  public static func check(_ path: String) throws {
    try OutputPath.check(path, isNewOr: "a page", ending: ["html", "htm"])
    try RunFolder.checkIsOfNone(path)
  }

  /// Writes a page atomically, in folders that are made as needed.
  ///
  /// - Throws: `FileError` where it cannot be written, or where ``check(_:)`` refuses the path.
  static func write(_ html: String, to path: String) throws {
    try check(path)
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
