import Foundation
import ImageFiles

/// The folders of Pascal VOC: JPEGImages, Annotations, ImageSets/Main.
struct VOCLayout {
  let path: String

  private var splitFolder: String { "\(path)/ImageSets/Main" }

  func splits() throws -> [String] {
    guard let files = try? FileManager.default.contentsOfDirectory(atPath: splitFolder) else {
      throw DatasetError.missing(path: splitFolder, expected: "no such folder of split files")
    }
    return files.filter { $0.hasSuffix(".txt") }.map { String($0.dropLast(4)) }.sorted()
  }

  /// Returns the files of a split, in the order of its list; lists with a −1, 0 or 1 behind the
  /// name are accepted.
  func entries(split: String) throws -> [AnnotatedFile] {
    let known = try splits()
    guard known.contains(split) else {
      throw DatasetError.unknownSplit(path: path, split: split, known: known)
    }
    let file = "\(splitFolder)/\(split).txt"
    guard let data = FileManager.default.contents(atPath: file) else {
      throw DatasetError.missing(path: file, expected: "cannot be read")
    }
    return String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).compactMap {
      guard let name = $0.split(whereSeparator: \.isWhitespace).first else { return nil }
      return AnnotatedFile(
        name: String(name), annotation: "\(path)/Annotations/\(name).xml",
        images: ImageFile.extensions.map { "\(path)/JPEGImages/\(name).\($0)" },
        imageFolder: "\(path)/JPEGImages")
    }
  }
}
