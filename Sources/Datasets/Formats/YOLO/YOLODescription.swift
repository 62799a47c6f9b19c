import Files
import Foundation
import MultiBox
import Yams

/// What the `data.yaml` of a YOLO dataset says.
struct YOLODescription {
  /// Class 0 of the files is class 1 here.
  let classNames: ClassNames
  /// For each split the folders of images or the lists of them.
  let splits: [String: [String]]

  /// The description of a folder: a YAML file with `names`, `data.yaml` first.
  static func file(in folder: String) -> String? {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    let files = names.filter {
      $0.lowercased().hasSuffix(".yaml") || $0.lowercased().hasSuffix(".yml")
    }
    let ordered = files.filter { $0 == "data.yaml" } + files.filter { $0 != "data.yaml" }
    return ordered.map { "\(folder)/\($0)" }.first { file in
      guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return false }
      return text.split(separator: "\n").contains { $0.hasPrefix("names:") }
    }
  }

  private struct Content: Decodable {
    /// A list, or a map from the number to the name.
    enum Names: Decodable {
      case list([String])
      case map([Int: String])

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let list = try? container.decode([String].self) {
          self = .list(list)
        } else {
          self = .map(try container.decode([Int: String].self))
        }
      }
    }

    /// One folder or list, or several.
    struct Paths: Decodable {
      let values: [String]

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let one = try? container.decode(String.self) {
          values = [one]
        } else {
          values = try container.decode([String].self)
        }
      }
    }

    let path: String?
    let names: Names
    /// train, val, test and every other key that may name images.
    let splits: [String: Paths]

    private struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      path = try container.decodeIfPresent(String.self, forKey: Key(stringValue: "path"))
      names = try container.decode(Names.self, forKey: Key(stringValue: "names"))
      var splits: [String: Paths] = [:]
      for key in container.allKeys where !["path", "names"].contains(key.stringValue) {
        splits[key.stringValue] =
          YOLODescription.usualSplits.contains(key.stringValue)
          ? try container.decodeIfPresent(Paths.self, forKey: key)
          : try? container.decode(Paths.self, forKey: key)
      }
      self.splits = splits
    }
  }

  private static let usualSplits = ["train", "val", "test"]

  /// Reads a description.
  ///
  /// - Throws: ``FileError`` that names file and key.
  init(contentsOf file: String) throws {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
      throw FileError(path: file, reason: "no such file, or not text")
    }
    let content: Content
    do {
      content = try YAMLDecoder().decode(Content.self, from: text)
    } catch let error as DecodingError {
      if case .dataCorrupted(let context) = error, let cause = context.underlyingError {
        throw FileError(path: file, reason: "not YAML: \(cause)")
      }
      throw FileError(path: file, reason: error.explanation)
    } catch {
      throw FileError(path: file, reason: "not YAML: \(error)")
    }
    switch content.names {
    case .list(let names): classNames = ClassNames(names)
    case .map(let names):
      guard names.keys.sorted() == Array(0..<names.count) else {
        throw FileError(
          path: file,
          reason: "names: expected numbers 0…\(names.count - 1), found"
            + " \(names.keys.sorted())")
      }
      classNames = ClassNames((0..<names.count).compactMap { names[$0] })
    }
    guard !classNames.isEmpty else {
      throw FileError(path: file, reason: "names: expected one or more, found none")
    }
    guard Set(classNames).count == classNames.count else {
      throw FileError(path: file, reason: "names: a name stands there twice")
    }
    let folder = (file as NSString).deletingLastPathComponent
    let base = Self.resolved(content.path ?? "", in: folder.isEmpty ? "." : folder)
    var splits: [String: [String]] = [:]
    for (name, paths) in content.splits {
      let resolved = paths.values.map { Self.resolved($0, in: base) }
      // Other keys (download, nc …) have values that are no paths.
      let exist = resolved.allSatisfy { FileManager.default.fileExists(atPath: $0) }
      if exist || Self.usualSplits.contains(name) { splits[name] = resolved }
    }
    self.splits = splits
  }

  /// Some tools write `../train/images` and mean `train/images`.
  private static func resolved(_ path: String, in folder: String) -> String {
    if path.hasPrefix("/") { return path }
    if path.hasPrefix("./") { return resolved(String(path.dropFirst(2)), in: folder) }
    if path.isEmpty || path == "." { return folder }
    let plain = "\(folder)/\(path)"
    if !FileManager.default.fileExists(atPath: plain), path.hasPrefix("../") {
      let inside = "\(folder)/\(path.dropFirst(3))"
      if FileManager.default.fileExists(atPath: inside) { return inside }
    }
    return plain
  }
}
