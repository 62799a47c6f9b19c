import Files
import Foundation

/// JSON files of labels: found in a place, read whatever system wrote them.
enum JSONLabels {
  /// Files whose outline is looked at to recognise a layout: a folder may hold one for each image.
  private static let sample = 64

  /// The bytes of a file in UTF-8, without a byte order mark.
  ///
  /// - Throws: `FileError` where it cannot be read or is no text.
  static func contents(_ path: String) throws(FileError) -> Data {
    let data = try InputFile.contents(path)
    let start = Array(data.prefix(3))
    if start == [0xEF, 0xBB, 0xBF] { return data.dropFirst(3) }
    // Nothing that JSON begins with in UTF-8 has a zero or one of UTF-16's marks there.
    let isUTF16 = start.prefix(2).contains { $0 == 0 || $0 >= 0xFE }
    return isUTF16 ? Data(try TextFile(data, path: path).text.utf8) : data
  }

  /// Reads a file.
  ///
  /// - Throws: `FileError` that names file, key, expected and found.
  static func decode<Value: Decodable>(
    _ type: Value.Type, _ path: String
  ) throws(FileError) -> Value {
    let data = try contents(path)
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch {
      throw FileError(path: path, reason: (error as? DecodingError)?.explanation ?? "\(error)")
    }
  }

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

/// An element of a list that does not take the others along when it is not understood.
struct Understood<Value: Decodable & Sendable>: Decodable, Sendable {
  /// The value, or the key and what was expected there.
  let value: Result<Value, Misunderstanding>

  init(from decoder: any Decoder) throws {
    do {
      value = .success(try decoder.singleValueContainer().decode(Value.self))
    } catch let error as DecodingError {
      value = .failure(Misunderstanding(reason: error.explanation))
    }
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
    if let text = try? container.decode(String.self) {
      self.text = text
    } else if let number = try? container.decode(Int.self) {
      text = "\(number)"
    } else if let number = try? container.decode(Double.self) {
      text = "\(number)"
    } else {
      text = "\(try container.decode(Bool.self))"
    }
  }
}
