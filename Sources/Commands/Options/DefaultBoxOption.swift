import ArgumentParser
import Datasets
import Files
import Foundation
import MultiBox

extension DefaultBoxPreset {
  /// All names, for help.
  public static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension CompletionKind {
  /// The presets, or a file of a specification.
  ///
  /// - Parameter extensions: of the files.
  public static func defaultBoxes(orFiles extensions: [String] = ["json"]) -> CompletionKind {
    .names(DefaultBoxPreset.allCases.map(\.rawValue), orFiles: extensions)
  }
}

extension DefaultBoxSpecification {
  /// Reads what `--default-boxes` names: a preset, or a JSON file of a specification.
  ///
  /// - Throws: `FileError` that names the file and, where one is wrong, key and line.
  public static func named(_ text: String) throws -> DefaultBoxSpecification {
    if let preset = DefaultBoxPreset(rawValue: text) { return preset.specification() }
    let data = try InputFile.contents(text, orOneOf: DefaultBoxPreset.allCases.map(\.rawValue))
    return try JSONDocument.decode(DefaultBoxSpecification.self, from: data, path: text)
  }

  /// Refuses the path of a file that is there and holds no default boxes.
  ///
  /// - Parameter path: of the file to be written.
  /// - Throws: `FileError` naming the path.
  public static func checkIsNew(_ path: String) throws {
    try OutputPath.check(path, isNewOr: "default boxes") {
      guard let data = try? InputFile.contents($0) else { return false }
      return (try? JSONDocument.decode(Self.self, from: data, path: $0)) != nil
    }
  }

  /// Writes a file that ``named(_:)`` reads.
  ///
  /// - Parameter path: of a new file, or of one that holds default boxes.
  /// - Throws: `FileError` for another file that is there, and where it cannot be written.
  public func write(to path: String) throws {
    try Self.checkIsNew(path)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try AtomicFile.write(encoder.encode(self), to: path)
  }
}
