import CZip
import Files
import Foundation

extension TFLiteModel {
  /// What TensorFlow Lite's metadata say of a detector.
  public struct Metadata: Hashable, Sendable {
    /// The grey levels' means by channel, or one for all; empty where nothing is said.
    public var mean: [Float] = []
    /// The grey levels' deviations by channel, or one for all; empty where nothing is said.
    public var standardDeviation: [Float] = []
    /// Names of the classes, a line each; empty where there are none.
    public var labels: [String] = []
  }

  /// Reads the normalization of the input and the labels.
  ///
  /// The first are a FlatBuffer in the model (`metadata_schema.fbs` of TensorFlow Lite Support);
  /// labels are a text file in a zip archive that follows the model in the file.
  ///
  /// - Throws: `FileError` where there are metadata that cannot be read.
  public func metadata() throws(FileError) -> Metadata {
    var result = Metadata()
    var labelFiles: [String] = []
    do throws(FlatBuffer.Failure) {
      if let bytes = try TFLiteReader(file).metadata() {
        let reader = try TFLiteMetadataReader(bytes)
        (result.mean, result.standardDeviation) = try reader.normalization()
        labelFiles = try reader.labelFiles()
      }
    } catch {
      throw FileError(path: path, reason: "TFLite: metadata: \(error.reason)")
    }
    result.labels = try labels(labelFiles)
    return result
  }

  /// - Parameter names: of the files that the metadata call labels; where they name none that is
  ///   there, the only text of the archive is taken.
  private func labels(_ names: [String]) throws(FileError) -> [String] {
    // The end of an archive stands at the end of the file, before a comment of 64 KiB at most.
    guard file.suffix(22 + 0xFFFF).range(of: Data([0x50, 0x4B, 5, 6])) != nil else { return [] }
    let text: Data
    do {
      let archive = try ZipArchive(file)
      let texts = archive.names.filter { $0.lowercased().hasSuffix(".txt") }
      guard
        let name = names.first(where: archive.names.contains)
          ?? (texts.count == 1 ? texts[0] : nil)
      else { return [] }
      text = try archive.contents(name)
    } catch let error as PyTorchFailure {
      throw FileError(path: path, reason: "TFLite: labels: \(error.reason)")
    } catch {
      throw FileError(path: path, reason: "TFLite: labels: \(error)")
    }
    var lines = String(decoding: text, as: UTF8.self)
      .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }
}

extension TFLiteReader {
  /// Returns the bytes of the metadata; nil where the model has none.
  fileprivate func metadata() throws(FlatBuffer.Failure) -> Data? {
    let entries = try model.vector(TFLiteField.Model.metadata, elementSize: 4)
    // A model has a handful.
    for index in 0..<min(entries.count, 256) {
      let entry = try FlatBuffer.Table(
        buffer, at: buffer.target(at: entries.start + index * entries.elementSize))
      let name = try entry.bytes(TFLiteField.Metadata.name)
      guard name.elementsEqual("TFLITE_METADATA".utf8) else { continue }
      return try contents(Int(try entry.number(TFLiteField.Metadata.buffer, UInt32.self) ?? 0))
    }
    return nil
  }
}

/// Reads the metadata's own FlatBuffer.
private struct TFLiteMetadataReader {
  private enum Field {
    static let subgraphs = 3
    static let (inputs, outputs) = (2, 3)
    static let (processing, files) = (4, 6)
    static let (optionsType, options) = (0, 1)
    static let (mean, deviation) = (0, 1)
    static let (fileName, fileType) = (0, 2)
  }

  /// `ProcessUnitOptions.NormalizationOptions`.
  private static let normalizationType: UInt8 = 1
  /// `AssociatedFileType`: labels of an axis, and of values.
  private static let labelTypes: Set<Int8> = [2, 3]

  private let subgraph: FlatBuffer.Table?

  init(_ bytes: Data) throws(FlatBuffer.Failure) {
    let root = try FlatBuffer(bytes).root()
    subgraph = try root.tables(Field.subgraphs).first
  }

  func normalization() throws(FlatBuffer.Failure) -> (mean: [Float], deviation: [Float]) {
    guard let input = try subgraph?.tables(Field.inputs).first else { return ([], []) }
    for unit in try input.tables(Field.processing).prefix(16)
    where try unit.number(Field.optionsType, UInt8.self) == Self.normalizationType {
      guard let options = try unit.table(Field.options) else { continue }
      return (
        Array(try options.floats(Field.mean).prefix(4)),
        Array(try options.floats(Field.deviation).prefix(4))
      )
    }
    return ([], [])
  }

  /// Returns the names of the outputs' files of labels.
  func labelFiles() throws(FlatBuffer.Failure) -> [String] {
    var names: [String] = []
    guard let subgraph else { return [] }
    for output in try subgraph.tables(Field.outputs).prefix(16) {
      for file in try output.tables(Field.files).prefix(16) {
        let type = try file.number(Field.fileType, Int8.self) ?? 0
        if Self.labelTypes.contains(type) { names.append(try file.text(Field.fileName)) }
      }
    }
    return names
  }
}
