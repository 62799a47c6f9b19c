import Detectors
import Files

/// A detector and the name that requests and figures know it by.
public struct ServedModel: Sendable {
  /// The name.
  public let name: String
  /// The detector.
  public let detector: any ObjectDetector

  /// Names a detector.
  ///
  /// - Parameters:
  ///   - name: letters, digits, `-`, `_` and `.`, 64 at most: it stands in paths.
  ///   - detector: looks at the images.
  /// - Throws: `FileError` for another name.
  public init(name: String, detector: any ObjectDetector) throws(FileError) {
    guard Self.isName(name) else {
      throw FileError(
        path: name, reason: "expected a name of 1…64 letters, digits, -, _ or . of ASCII")
    }
    self.name = name
    self.detector = detector
  }

  /// Says whether a text can be a model's name.
  public static func isName(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(PlainText.isPlain)
  }
}

/// Signs that stand for themselves in paths, logs and figures.
enum PlainText {
  /// Letters, digits, `-`, `_` and `.` of ASCII.
  static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"),
      UInt8(ascii: "."):
      true
    default: false
    }
  }
}
