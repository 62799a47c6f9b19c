import Foundation

/// A mark in a picture's file that names the command that drew it: the command may draw it anew,
/// and leaves every other picture alone.
///
/// In JPEG it is a comment, in PNG the text `Software`, each before the picture. What another
/// program writes in the place of the file need not have it.
public struct PictureMark: Hashable, Sendable {
  /// The text of the mark.
  public let text: String

  /// Makes the mark of a command.
  ///
  /// - Parameter command: its name in ASCII, at most 60 characters: `detect`.
  public init(command: String) {
    precondition(command.utf8.count <= 60 && command.utf8.allSatisfy { $0 < 0x80 }, command)
    text = "MultiBox \(command)"
  }

  /// The mark of pictures with detections.
  public static let detect = PictureMark(command: "detect")
  /// The mark of pictures with default boxes.
  public static let defaultBoxes = PictureMark(command: "default-boxes")

  /// Finds the mark in a picture that a command drew.
  ///
  /// - Parameter path: of any file, there or not.
  /// - Returns: nil for every other file.
  public static func mark(in path: String) -> PictureMark? {
    start(of: path).flatMap { start in [detect, defaultBoxes].first { $0.isAmong(start) } }
  }

  /// The mark stands behind the first header, which is shorter than this.
  private static let place = 1024

  /// Says whether a file is a picture with the mark.
  ///
  /// - Parameter path: of any file, there or not.
  public func isIn(_ path: String) -> Bool { Self.start(of: path).map(isAmong) ?? false }

  private static func start(of path: String) -> Data? {
    ImageFile.head(of: path, count: place)
  }

  private func isAmong(_ start: Data) -> Bool {
    if start.starts(with: JPEGCodec.signature) { return start.range(of: jpegSegment) != nil }
    return start.starts(with: PNGCodec.signature) && start.range(of: pngChunk) != nil
  }

  /// Returns the bytes of a JPEG file with the mark in it.
  func inJPEG(_ file: Data) -> Data {
    // JFIF wants its segment to be the first one.
    var place = 2
    if file.count > 6, file[2] == 0xFF, file[3] == 0xE0 {
      place += 2 + Int(file[4]) << 8 + Int(file[5])
    }
    return inserted(jpegSegment, in: file, at: place)
  }

  /// Returns the bytes of a PNG file with the mark in it.
  func inPNG(_ file: Data) -> Data {
    // Behind the header, whose chunk is always 25 bytes.
    inserted(pngChunk, in: file, at: PNGCodec.signature.count + 25)
  }

  private func inserted(_ mark: Data, in file: Data, at place: Int) -> Data {
    precondition(file.startIndex == 0 && place <= file.count, "\(file.count) bytes, \(place)")
    return file[..<place] + mark + file[place...]
  }

  private var jpegSegment: Data {
    Data([0xFF, 0xFE, 0, UInt8(2 + text.utf8.count)] + Array(text.utf8))
  }

  private var pngChunk: Data {
    let content = Array("tEXtSoftware\0\(text)".utf8)
    var chunk = Data()
    withUnsafeBytes(of: UInt32(content.count - 4).bigEndian) { chunk.append(contentsOf: $0) }
    chunk.append(contentsOf: content)
    withUnsafeBytes(of: Self.cyclicRedundancyCheck(content).bigEndian) {
      chunk.append(contentsOf: $0)
    }
    return chunk
  }

  /// CRC-32 of ISO 3309, as PNG has it.
  private static func cyclicRedundancyCheck(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { rest, byte in
      (0..<8).reduce(rest ^ UInt32(byte)) { rest, _ in
        rest & 1 == 1 ? rest >> 1 ^ 0xEDB8_8320 : rest >> 1
      }
    }
  }
}
