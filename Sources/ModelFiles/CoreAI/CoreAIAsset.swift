import Files
import Foundation

/// Networks as Core AI assets (`.aimodel`), the form of Apple's systems since 2026: iOS 27,
/// macOS 27 and later.
///
/// An asset is a folder of three files. Apple's compiler makes it of an ONNX file that takes one
/// image; input and outputs keep their names and numbers, float32.
public enum CoreAIAsset {
  private static let programName = "main.mlirb"
  private static let metadataName = "metadata.json"
  private static let files = ["main.hash", programName, metadataName]
  /// By whom assets of this project say they are.
  private static let author = "MultiBox"

  /// What is read of `metadata.json`.
  private struct Metadata: Decodable {
    /// A value of another program, which may be of any kind.
    struct Value: Decodable {
      let text: String?
      init(from decoder: any Decoder) {
        text = try? decoder.singleValueContainer().decode(String.self)
      }
    }
    let author: String?
    let creatorDefinedMetadata: [String: Value]?
  }

  /// Returns the texts of an asset's metadata, as they were given to
  /// ``write(_:summary:metadata:with:to:)``.
  ///
  /// - Parameter path: of an asset.
  /// - Throws: `FileError` naming the file.
  public static func metadata(of path: String) throws(FileError) -> [String: String] {
    let place = "\(path)/\(metadataName)"
    guard
      let read = try? JSONDecoder().decode(Metadata.self, from: InputFile.contents(place))
    else { throw FileError(path: place, reason: "not the metadata of a Core AI asset") }
    return (read.creatorDefinedMetadata ?? [:]).compactMapValues(\.text)
  }

  /// Says whether a folder is an asset, whoever made it: it holds a program and its metadata.
  ///
  /// - Parameter path: of anything, there or not.
  package static func isAsset(_ path: String) -> Bool {
    [programName, metadataName].allSatisfy { InputFile.size("\(path)/\($0)") != nil }
  }

  /// Says whether a folder is an asset that ``write(_:summary:metadata:with:to:)`` has made, and
  /// holds nothing else.
  ///
  /// - Parameter path: of anything, there or not.
  public static func isOwn(_ path: String) -> Bool {
    guard let json = try? InputFile.contents("\(path)/\(metadataName)"),
      (try? JSONDecoder().decode(Metadata.self, from: json))?.author == author
    else { return false }
    let inside = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
    // The Finder leaves hidden files.
    return Set(inside.filter { !$0.lastPart.hasPrefix(".") }) == Set(files)
  }

  /// Refuses a path at which something else lies than an asset that
  /// ``write(_:summary:metadata:with:to:)`` has made.
  ///
  /// - Parameter path: of the asset to be written.
  /// - Throws: `FileError` naming the path.
  public static func checkIsNewOrOwn(_ path: String) throws(FileError) {
    guard try !InputFile.isThere(path) || isOwn(path) else {
      throw FileError(
        path: path,
        reason:
          "expected a new path or a Core AI asset of MultiBox, found another; not written over")
    }
  }

  /// Writes an asset, a folder, whole or not at all; one of this project at the path goes.
  ///
  /// Equal networks are not equal byte by byte: Apple's compiler notes the time.
  ///
  /// - Parameters:
  ///   - model: a network that takes one image; free sizes are not converted.
  ///   - summary: what the asset is, in a line for people.
  ///   - metadata: texts by key, for whoever runs the network.
  ///   - environment: Apple's compiler.
  ///   - path: of the folder; the one around it must exist.
  /// - Throws: `FileError` where it cannot be written or something else is at the path, and with
  ///   the compiler's words.
  public static func write(
    _ model: ONNXModel, summary: String, metadata: [String: String],
    with environment: CoreAIEnvironment, to path: String
  ) throws {
    let path = path.withoutSlashesAtEnd
    try checkIsNewOrOwn(path)
    let made = try AtomicFolder.withTemporary(beside: path) { folder in
      Result { try files(of: model, summary, metadata, environment, in: folder, for: path) }
    }
    try AtomicFolder.write(made.get(), to: path)
  }

  /// Converts a network in a folder of its own.
  private static func files(
    of model: ONNXModel, _ summary: String, _ metadata: [String: String],
    _ environment: CoreAIEnvironment, in folder: String, for path: String
  ) throws -> [(name: String, data: Data)] {
    let (source, texts, asset) = (
      folder + "/network.onnx", folder + "/texts.json", folder + "/network.aimodel"
    )
    try model.write(to: source)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    try AtomicFile.write(
      encoder.encode(Texts(author: author, description: summary, metadata: metadata)), to: texts)
    try environment.run(["convert", source, asset, texts], writing: path)
    // Another compiler may put more into an asset: without it the network would not be whole.
    let made = try FileManager.default.subpathsOfDirectory(atPath: asset).sorted()
    guard made == files else {
      throw FileError(
        path: path,
        reason: "was not written: Core AI's converter: expected the files \(files), found \(made)")
    }
    return try files.map { ($0, try InputFile.contents("\(asset)/\($0)")) }
  }

  /// What the script puts into `metadata.json`.
  private struct Texts: Encodable {
    let author, description: String
    let metadata: [String: String]
  }
}
