import Foundation

/// What stands in the place of a file whose download failed.
package enum FailedDownload {
  /// Returns what a text is, with article; nil for what is none of these.
  ///
  /// - Parameter text: the beginning of a file.
  package static func name(ofText text: String) -> String? {
    let start = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }.lowercased()
    if start.hasPrefix("version https://git-lfs") {
      return "a Git LFS pointer, so the file itself was not fetched (git lfs pull)"
    }
    return start.hasPrefix("<!doctype html") || start.contains("<html") ? "an HTML page" : nil
  }

  /// Returns what a file is, with article; nil for what is none of these.
  ///
  /// - Parameter file: its bytes, of which the first thousand are looked at.
  package static func name(of file: Data) -> String? {
    let start = file.prefix(1024)
    // A page in other bytes than UTF-8 begins with letters of ASCII all the same.
    return start.contains(0) ? nil : name(ofText: String(decoding: start, as: UTF8.self))
  }
}
