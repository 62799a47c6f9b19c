import Files
import Foundation
import MultiBox
import Yams

/// What the `data.yaml` of a YOLO dataset says.
struct YOLODescription {
  /// The names in their order; class 0 of the files is the first.
  let classNames: [String]
  /// For each split the folders of images or the lists of them, as they are written.
  let splits: [String: [String]]
  /// The folder that those are below, as it is written.
  let path: String?
  /// Numbers behind the box of a row, for key points; 0 without.
  let keyPointNumbers: Int
  /// Facts that the file tells in two ways.
  let disagreements: [String]

  /// The description of a folder: a YAML file with `names`, `data.yaml` first.
  static func file(in place: DatasetPlace) -> String? {
    if let file = place.file { return ["yaml", "yml"].contains(file.fileExtension) ? file : nil }
    return files(in: place).first
  }

  /// The YAML files with `names` directly in a folder, `data.yaml` first.
  static func files(in place: DatasetPlace) -> [String] {
    let names = place.files(["yaml", "yml"])
    let ordered = names.filter { $0 == "data.yaml" } + names.filter { $0 != "data.yaml" }
    return ordered.map { "\(place.folder)/\($0)" }.filter(hasNames)
  }

  /// The folders below a place, not itself, that have a YAML file with `names`, sorted.
  static func folders(below place: DatasetPlace) -> [String] {
    let files = place.allFiles().filter {
      $0.contains("/") && ["yaml", "yml"].contains($0.fileExtension)
    }.map { "\(place.folder)/\($0)" }
    return Set(files.lazy.filter(hasNames).map(\.parentFolder)).sorted()
  }

  /// Says whether a YAML file has a key `names`, however that is written. One that is broken has it
  /// where a line looks so: its error is what the user should see.
  static func hasNames(_ file: String) -> Bool {
    guard let text = try? TextFile(file).text, text.contains("names") else { return false }
    do throws(FileError) {
      return try YAMLFile.map(text, path: file)["names"] != nil
    } catch {
      return text.contains(
        /(^|[\n\r{,])\s*["']?names["']?\s*:/.matchingSemantics(.unicodeScalar))
    }
  }

  /// Keys whose values are no images, whatever folders are called.
  static let otherKeys: Set = [
    "path", "names", "nc", "kpt_shape", "flip_idx", "download", "roboflow", "channels",
  ]

  static let usualSplits: Set = ["train", "val", "test"]

  /// Reads a description.
  ///
  /// - Throws: ``FileError`` that names file and key.
  init(contentsOf file: String) throws {
    let values = try YAMLFile.map(TextFile(file).text, path: file)
    guard let names = values["names"] else {
      throw FileError(path: file, reason: "names: missing")
    }
    classNames = try Self.classNames(names, file: file)
    guard !classNames.isEmpty else {
      throw FileError(path: file, reason: "names: expected one or more, found none")
    }
    var disagreements: [String] = []
    if let node = values["nc"], !node.isEmpty {
      guard let count = node.int else {
        throw node.unexpected("nc", "a whole number", path: file)
      }
      if count != classNames.count {
        disagreements.append("nc is \(count), but names has \(classNames.count)")
      }
    }
    self.disagreements = disagreements
    if let node = values["path"], !node.isEmpty {
      guard let text = node.text else { throw node.unexpected("path", "a folder", path: file) }
      path = text.isEmpty ? nil : text
    } else {
      path = nil
    }
    var splits: [String: [String]] = [:]
    for (key, node) in values where !Self.otherKeys.contains(key) && !node.isEmpty {
      if let paths = node.text.map({ [$0] }) ?? node.texts {
        splits[key] = paths
      } else if Self.usualSplits.contains(key) {
        throw node.unexpected(key, "a path, or a list of paths", path: file)
      }
    }
    self.splits = splits
    var points: [Int] = []
    if let node = values["kpt_shape"], !node.isEmpty {
      points = node.array().compactMap(\.int)
      guard case .sequence(let all) = node, points.count == all.count else {
        throw node.unexpected("kpt_shape", "a list of whole numbers", path: file)
      }
    }
    keyPointNumbers =
      points.count == 2 && points.allSatisfy((1...1000).contains) ? points[0] * points[1] : 0
  }

  /// A list, or a map from the number to the name.
  private static func classNames(_ node: Node, file: String) throws(FileError) -> [String] {
    switch node {
    case .sequence(let list):
      if let wrong = list.first(where: { $0.text?.isBlank ?? true }) {
        throw wrong.unexpected("names", "a list of names", path: file)
      }
      return list.compactMap(\.text)
    case .mapping(let map):
      var names = [String?](repeating: nil, count: map.count)
      for (key, value) in map {
        guard let number = key.int, names.indices.contains(number), names[number] == nil else {
          throw key.unexpected(
            "names", "each of the numbers 0…\(map.count - 1) once", path: file)
        }
        guard let name = value.text, !name.isBlank else {
          throw value.unexpected("names.\(number)", "a name", path: file)
        }
        names[number] = name
      }
      return names.compactMap { $0 }
    case .scalar, .alias:
      throw node.unexpected("names", "a list, or a map from numbers to names", path: file)
    }
  }
}
