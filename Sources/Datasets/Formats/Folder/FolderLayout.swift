import Foundation
import ImageFiles

/// Images with XML files of the same name beside them.
///
/// A folder for each split, or all in one: then a seeded 80/20 split into `train` and `test`.
struct FolderLayout {
  let path: String
  let seed: UInt64

  func splits() throws -> [String] {
    let folders = try splitFolders()
    if !folders.isEmpty { return folders }
    return try contents(path).contains { Self.isImage($0) } ? ["test", "train"] : []
  }

  /// Whether no folder says what a split is.
  func splitsBySeed() throws -> Bool { try splitFolders().isEmpty }

  /// The folders with images, each a split, in alphabetic order.
  private func splitFolders() throws -> [String] {
    let folders = try contents(path).filter { isFolder("\(path)/\($0)") }
    return try folders.filter { folder in
      try contents("\(path)/\(folder)").contains { Self.isImage($0) }
    }.sorted()
  }

  /// Returns the images of a split and the annotations beside them, by name.
  func entries(split: String) throws -> [AnnotatedFile] {
    let known = try splits()
    guard known.contains(split) else {
      throw DatasetError.unknownSplit(path: path, split: split, known: known)
    }
    if isFolder("\(path)/\(split)") { return try entries(in: "\(path)/\(split)") }
    var generator = SeededGenerator(seed: seed)
    let all = try entries(in: path)
    let shuffled = all.indices.shuffled(using: &generator)
    let trainCount = max(all.count * 4 / 5, min(all.count, 1))
    let chosen = split == "train" ? shuffled.prefix(trainCount) : shuffled.dropFirst(trainCount)
    return chosen.sorted().map { all[$0] }
  }

  private func entries(in folder: String) throws -> [AnnotatedFile] {
    let files = try contents(folder)
    // Extensions in any case; the annotation's too.
    var annotations: [String: String] = [:]
    for file in files where (file as NSString).pathExtension.lowercased() == "xml" {
      annotations[(file as NSString).deletingPathExtension] = file
    }
    return files.filter(Self.isImage).sorted().map { file in
      let stem = (file as NSString).deletingPathExtension
      return AnnotatedFile(
        name: stem, annotation: "\(folder)/\(annotations[stem] ?? stem + ".xml")",
        images: ["\(folder)/\(file)"])
    }
  }

  private static func isImage(_ file: String) -> Bool {
    ImageFile.extensions.contains((file as NSString).pathExtension.lowercased())
  }

  private func contents(_ folder: String) throws -> [String] {
    guard let files = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw DatasetError.missing(path: folder, expected: "no such folder, or it cannot be read")
    }
    return files
  }

  private func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }
}
