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
    let names = place.files(["yaml", "yml"])
    let ordered = names.filter { $0 == "data.yaml" } + names.filter { $0 != "data.yaml" }
    return ordered.map { "\(place.folder)/\($0)" }.first { file in
      (try? TextFile(file))?.lines.contains { $0.hasPrefix("names:") } ?? false
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
    let count: Int?
    let keyPoints: [Int]?
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
      count = try container.decodeIfPresent(Int.self, forKey: Key(stringValue: "nc"))
      keyPoints = try container.decodeIfPresent([Int].self, forKey: Key(stringValue: "kpt_shape"))
      var splits: [String: Paths] = [:]
      for key in container.allKeys
      where !YOLODescription.otherKeys.contains(key.stringValue) {
        splits[key.stringValue] =
          YOLODescription.usualSplits.contains(key.stringValue)
          ? try container.decodeIfPresent(Paths.self, forKey: key)
          : try? container.decode(Paths.self, forKey: key)
      }
      self.splits = splits
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
    let text = try TextFile(file).text
    let content: Content
    do {
      content = try YAMLDecoder().decode(Content.self, from: text)
    } catch let error as DecodingError {
      if case .dataCorrupted(let context) = error, let cause = context.underlyingError {
        throw FileError(path: file, reason: "not YAML: \(Self.oneLine(cause))")
      }
      throw FileError(path: file, reason: error.explanation)
    } catch {
      throw FileError(path: file, reason: "not YAML: \(Self.oneLine(error))")
    }
    switch content.names {
    case .list(let names): classNames = names
    case .map(let names):
      guard names.keys.sorted() == Array(0..<names.count) else {
        throw FileError(
          path: file,
          reason: "names: expected numbers 0…\(names.count - 1), found"
            + " \(names.keys.sorted())")
      }
      classNames = (0..<names.count).compactMap { names[$0] }
    }
    guard !classNames.isEmpty else {
      throw FileError(path: file, reason: "names: expected one or more, found none")
    }
    var disagreements: [String] = []
    if let count = content.count, count != classNames.count {
      disagreements.append("nc is \(count), but names has \(classNames.count)")
    }
    self.disagreements = disagreements
    path = content.path.flatMap { $0.isEmpty ? nil : $0 }
    splits = content.splits.mapValues(\.values)
    let points = content.keyPoints ?? []
    keyPointNumbers =
      points.count == 2 && points.allSatisfy((1...1000).contains) ? points[0] * points[1] : 0
  }

  private static func oneLine(_ error: any Error) -> String {
    "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
