import Files
import Foundation

/// JSON files of labels, found in a place.
enum JSONLabels {
  /// Files whose outline is looked at to recognise a layout: a folder may hold one for each image.
  private static let sample = 64

  /// The JSON files of a place, as paths below it.
  static func files(of place: DatasetPlace) -> [String] {
    if let file = place.file { return file.fileExtension == "json" ? [file.lastPart] : [] }
    return place.allFiles().filter { $0.fileExtension == "json" }
  }

  /// Says whether a JSON file of a place is laid out in a way, looking at some of many.
  static func recognize(
    _ place: DatasetPlace, _ fits: (JSONOutline) -> Bool
  ) -> Recognition {
    let files = files(of: place)
    let step = max(1, files.count / sample)
    let looked = stride(from: 0, to: files.count, by: step).lazy.map { files[$0] }
    return looked.contains { place.outlines["\(place.folder)/\($0)"].map(fits) ?? false }
      ? .fits : .differs
  }

  /// The JSON files of a place that are laid out in a way, as paths below it; a file that the user
  /// names is taken as it is.
  static func files(
    of place: DatasetPlace, _ fits: (JSONOutline) -> Bool
  ) -> [String] {
    if let file = place.file { return [file.lastPart] }
    return files(of: place).filter { place.outlines["\(place.folder)/\($0)"].map(fits) ?? false }
  }
}

extension JSONLabels {
  /// JSON files that hold nothing, or that are cut off: whatever was in them, it is lost.
  ///
  /// - Parameters:
  ///   - files: those that are of no known layout, or all, as paths below the place.
  ///   - place: the dataset; nothing is told of what lies beside a file that the user names.
  static func unread(_ files: [String], of place: DatasetPlace) -> [DatasetProblem] {
    guard place.file == nil else { return [] }
    return files.compactMap { name in
      let file = "\(place.folder)/\(name)"
      let outline = place.outlines[file]
      let reason =
        outline?.isCut == true
        ? "expected labels, found JSON that is cut off"
        : outline?.keys.isEmpty == false ? nil : LabelFileFault.reason(file)
      return reason.map {
        DatasetProblem(kind: .unreadableAnnotation, file: file, reason: $0)
      }
    }
  }
}

/// A layout of JSON files, whose images ``LabelEntries`` divides into splits.
protocol JSONLabelFormat: LabelFormat {
  /// Says whether a file is laid out like this.
  static func isMeant(_ outline: JSONOutline) -> Bool

  /// The images that the files name.
  var entries: LabelEntries { get }

  /// What was found while the files were opened; told with every split.
  var problems: DatasetReport { get }
}

extension JSONLabelFormat {
  var problems: DatasetReport { DatasetReport() }

  static func recognize(_ place: DatasetPlace) -> Recognition {
    JSONLabels.recognize(place, isMeant)
  }

  func splits() -> [String] { entries.splits }

  func seededSplit() -> String? { entries.seededSplit }

  func listedImages(of split: String) -> [AnnotatedImage]? { entries.listedImages(of: split) }

  func unreadFiles() -> [DatasetProblem] { entries.unread }

  func content(of split: String, report: inout DatasetReport) -> SplitContent {
    report.add(problems)
    return entries.content(of: split, report: &report)
  }
}

/// An element of a list that does not take the others along when it is not understood.
struct Understood<Value: Decodable & Sendable>: Decodable, Sendable {
  /// The value, or the key and what was expected there.
  let value: Result<Value, Misunderstanding>
  /// The picture that an element names which is not understood.
  let picture: String?

  init(from decoder: any Decoder) throws {
    do {
      value = .success(try decoder.singleValueContainer().decode(Value.self))
      picture = nil
    } catch let error as DecodingError {
      PartsNotUnderstood.note(decoder)
      value = .failure(
        Misunderstanding(
          reason: (decoder as? JSONNodeDecoder)?.explanation(of: error) ?? error.explanation))
      picture = try? decoder.singleValueContainer().decode(PictureName.self).name
    }
  }
}

/// The name of a picture, under the keys that formats have for it.
private struct PictureName: Decodable {
  let name: String?

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case imagefilename, image, filename, data
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name =
      CodingKeys.allCases.lazy.compactMap { key in
        key == .data
          ? (try? container.decode(PictureName.self, forKey: key))?.name
          : try? container.decode(String.self, forKey: key)
      }.first
  }
}

/// Why a part of a file was not understood.
struct Misunderstanding: Error, Hashable, Sendable {
  let reason: String
}

/// A text, or a number or truth value where a tool writes one in its place.
struct LooseText: Decodable, Hashable, Sendable {
  let text: String

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do {
      text = try container.decode(String.self)
    } catch {
      if let number = try? container.decode(Int.self) {
        text = "\(number)"
      } else if let number = try? container.decode(Double.self) {
        text = "\(number)"
      } else if let isTrue = try? container.decode(Bool.self) {
        text = "\(isTrue)"
      } else {
        throw error
      }
    }
  }
}

extension String {
  /// Whether there is nothing but space, which is the name of no class.
  var isBlank: Bool { allSatisfy(\.isWhitespace) }
}
