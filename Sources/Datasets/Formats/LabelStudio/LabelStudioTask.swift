import Foundation

/// The images, mostly one, that were labelled together, of a Label Studio export, full or short
/// (JSON-MIN).
struct LabelStudioTask: Decodable, Sendable {
  struct Annotation: Decodable, Sendable {
    let result: [LabelStudioRegion]
    let isCancelled: Bool?
    private let skipped: Bool?

    /// Says whether the annotator skipped the image.
    var isSkipped: Bool { isCancelled ?? skipped ?? false }

    private enum CodingKeys: String, CodingKey {
      case result, skipped
      case isCancelled = "was_cancelled"
    }

    fileprivate init(result: [LabelStudioRegion]) {
      self.result = result
      isCancelled = nil
      skipped = nil
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      isCancelled = try container.decodeIfPresent(Bool.self, forKey: .isCancelled)
      skipped = try container.decodeIfPresent(Bool.self, forKey: .skipped)
      // Who skipped an image drew nothing.
      let mayLack = isCancelled ?? skipped ?? false
      result =
        try mayLack
        ? container.decodeIfPresent([LabelStudioRegion].self, forKey: .result) ?? []
        : container.decode([LabelStudioRegion].self, forKey: .result)
    }
  }

  /// The value of a key that the labelling interface names.
  private enum Field: Decodable, Sendable {
    case text(String)
    case texts([String])
    case regions([LabelStudioRegion])
    case other

    var regions: [LabelStudioRegion] {
      if case .regions(let regions) = self { regions } else { [] }
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self = .text(text)
      } else if let texts = try? container.decode([String].self) {
        self = .texts(texts)
      } else if let list = try? container.decode([Kind].self), !list.isEmpty,
        list.allSatisfy({ $0.hasLabels })
      {
        self = .regions(try container.decode([LabelStudioRegion].self))
      } else {
        self = .other
      }
    }
  }

  /// Tells regions from other lists of objects.
  private struct Kind: Decodable {
    let hasLabels: Bool

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: AnyKey.self)
      hasLabels = container.allKeys.contains {
        $0.stringValue.hasSuffix("labels") || $0.stringValue == "original_width"
      }
    }
  }

  private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private enum CodingKeys: String, CodingKey {
    case data, annotations, completions
  }

  /// A picture of the task.
  struct Picture: Hashable, Sendable {
    /// The key of the data that names it.
    let key: String
    /// Its number, from 0, in the list of that key.
    let item: Int
    /// As the task has it.
    let path: String
  }

  /// The pictures, those of the key that is most likely labelled first.
  let pictures: [Picture]
  /// All, in their order.
  let annotations: [Annotation]
  /// The key of ``annotations``; the short export has none.
  let key: String?
  /// Says whether a version before 1.0 wrote the task, which had another word for annotations.
  var isBeforeVersion1: Bool { key == CodingKeys.completions.stringValue }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard container.contains(.data) else {
      let fields = try decoder.singleValueContainer().decode([String: Field].self)
      pictures = try Array(Self.pictures(fields, codingPath: decoder.codingPath).prefix(1))
      let regions = fields.sorted { $0.key < $1.key }.flatMap { $0.value.regions }
      annotations = [Annotation(result: regions)]
      key = nil
      return
    }
    pictures = try Self.pictures(
      container.decode([String: Field].self, forKey: .data),
      codingPath: decoder.codingPath + [CodingKeys.data])
    // A project of before 1.0 that a later version took over may have both, one of them empty.
    let now = try container.decodeIfPresent([Annotation].self, forKey: .annotations) ?? []
    let before = try container.decodeIfPresent([Annotation].self, forKey: .completions) ?? []
    annotations = now.isEmpty ? before : now
    key = (now.isEmpty && !before.isEmpty ? CodingKeys.completions : .annotations).stringValue
  }

  /// Those of the field called image, then of those whose texts are paths of images.
  private static func pictures(
    _ fields: [String: Field], codingPath: [any CodingKey]
  ) throws -> [Picture] {
    func isImage(_ text: String) -> Bool { LabelStudioPath(text).path.isImagePath }
    var paths: [String: [String]] = [:]
    let usual = ["image", "img", "image_url", "url"].first { name in
      if case .text = fields[name] { true } else { false }
    }
    for (key, field) in fields {
      switch field {
      case .text(let text) where key == usual || isImage(text): paths[key] = [text]
      case .texts(let texts) where !texts.isEmpty && texts.allSatisfy(isImage): paths[key] = texts
      default: break
      }
    }
    guard !paths.isEmpty else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: codingPath, debugDescription: "expected the path of an image, found none")
      )
    }
    let keys = paths.keys.sorted { ($0 == usual ? 0 : 1, $0) < ($1 == usual ? 0 : 1, $1) }
    return keys.flatMap { key in
      (paths[key] ?? []).enumerated().map { Picture(key: key, item: $0, path: $1) }
    }
  }
}

extension LabelStudioTask {
  /// The picture that a region is of.
  ///
  /// The interface may have a name of its own for the only picture that it shows.
  ///
  /// - Parameter names: those of all regions that were drawn with it.
  func picture(
    of region: LabelStudioRegion, among names: Set<String>
  ) throws(Misunderstanding) -> Picture {
    var key = pictures[0].key
    let keys = Set(pictures.map(\.key))
    if let name = region.pictureName, keys.count > 1 {
      if keys.contains(name) {
        key = name
      } else if names.count > 1 {
        throw Misunderstanding(
          reason: "to_name: expected one of \(keys.sorted().joined(separator: ", ")), found \(name)"
        )
      }
    }
    let item = region.item ?? 0
    guard let found = pictures.first(where: { $0.key == key && $0.item == item }) else {
      throw Misunderstanding(
        reason: "item_index: expected the number of a picture of \(key), found \(item)")
    }
    return found
  }

  /// The places of the annotations that were not skipped; the first counts.
  var counted: [Int] { annotations.indices.filter { !annotations[$0].isSkipped } }

  /// The results of the annotation that counts.
  var regions: [LabelStudioRegion] { counted.first.map { annotations[$0].result } ?? [] }

  /// The names that regions have for their pictures.
  var pictureNames: Set<String> {
    Set(regions.lazy.filter { $0.value != nil }.compactMap(\.pictureName))
  }

  /// The keys of pictures on which something was drawn.
  var labelledKeys: Set<String> {
    let names = pictureNames
    return Set(
      regions.lazy.filter { $0.value != nil }.compactMap {
        try? picture(of: $0, among: names).key
      })
  }
}

/// The export: a list of tasks, or one.
struct LabelStudioFile: Decodable, Sendable {
  let tasks: [Understood<LabelStudioTask>]
  let isList: Bool

  init(from decoder: any Decoder) throws {
    isList = (try? decoder.unkeyedContainer()) != nil
    let container = try decoder.singleValueContainer()
    tasks =
      isList
      ? try container.decode([Understood<LabelStudioTask>].self)
      : [try container.decode(Understood<LabelStudioTask>.self)]
  }
}

/// Where Label Studio says that an image is: an address, an upload or a file that it serves.
struct LabelStudioPath: Hashable, Sendable {
  /// The path without what stands before and behind it.
  let path: String
  /// Other spellings: without the digits that an upload gets.
  let others: [String]

  init(_ written: String) {
    var path = written.withSlashes
    let keys = ["/local-files/?d=", "?filepath="]
    if let served = keys.lazy.compactMap({ path.range(of: $0) }).first {
      path = String(path[served.upperBound...])
    } else if path.contains("://") {
      path = String(path.prefix { $0 != "?" && $0 != "#" })
    }
    self.path = path
    others = Self.withoutUploadPrefix(path).map { [$0] } ?? []
  }

  /// `name.jpg` of `/data/upload/1/0a1b2c3d-name.jpg`.
  private static func withoutUploadPrefix(_ path: String) -> String? {
    let name = path.lastPart
    guard name.dropFirst(8).first == "-", name.count > 9,
      name.prefix(8).allSatisfy({ $0.isASCII && $0.isHexDigit })
    else { return nil }
    return String(name.dropFirst(9))
  }
}
