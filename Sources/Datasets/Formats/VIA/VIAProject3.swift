import Foundation
import MultiBox

/// A project of VIA 3: files, views of them, and regions of the views.
struct VIAProject3: Decodable, Sendable {
  struct File: Decodable, Sendable {
    let name: String
    let type: Int?

    private enum CodingKeys: String, CodingKey {
      case type
      case name = "fname"
    }

    /// Videos and sounds have numbers of their own.
    var isImage: Bool { type == nil || type == 2 }
  }

  struct View: Decodable, Sendable {
    let files: [LooseText]

    private enum CodingKeys: String, CodingKey { case files = "fid_list" }
  }

  struct Attribute: Decodable, Sendable {
    let name: String
    let options: [String: LooseText]?

    private enum CodingKeys: String, CodingKey {
      case options
      case name = "aname"
    }
  }

  struct Region: Decodable, Sendable {
    let view: LooseText
    let xy: [Double]
    let values: [String: LooseText]

    private enum CodingKeys: String, CodingKey {
      case xy
      case view = "vid"
      case values = "av"
    }
  }

  let file: [String: File]
  let view: [String: View]
  let metadata: [String: Region]
  let attribute: [String: Attribute]

  /// The files by their number, each with the keys of its regions in order.
  var images: [(file: File, regions: [String])] {
    let numbers = file.keys.sorted { (Int($0) ?? 0, $0) < (Int($1) ?? 0, $1) }
    var ofFile: [String: [String]] = [:]
    for key in metadata.keys.sorted() {
      if let number = fileNumber(ofRegion: key) { ofFile[number, default: []].append(key) }
    }
    return numbers.compactMap { number in file[number].map { ($0, ofFile[number] ?? []) } }
  }

  /// The keys of regions that are of no file, or of several.
  var homeless: [String] { metadata.keys.filter { fileNumber(ofRegion: $0) == nil }.sorted() }

  private func fileNumber(ofRegion key: String) -> String? {
    guard let region = metadata[key], let files = view[region.view.text]?.files,
      files.count == 1, let number = files.first?.text, file[number] != nil
    else { return nil }
    return number
  }

  /// The attributes of a region by their names; what numbers of options stand for, not the numbers.
  func attributes(of region: Region) -> [String: VIAAttribute] {
    var result: [String: VIAAttribute] = [:]
    for (number, value) in region.values {
      guard let attribute = attribute[number] else { continue }
      let options = attribute.options ?? [:]
      // Several boxes that are set stand behind each other, with commas.
      let chosen = value.text.split(separator: ",").map { options[String($0)]?.text }
      if !chosen.isEmpty, !chosen.contains(nil) {
        result[attribute.name] = .boxes(
          Dictionary(chosen.compactMap { $0 }.map { ($0, true) }, uniquingKeysWith: { $1 }))
      } else {
        result[attribute.name] = .text(value.text)
      }
    }
    return result
  }
}
