import Foundation

/// An image of a table, or of several that name the same picture.
struct CSVPicture: Sendable {
  /// The table; of several the first.
  let table: String
  /// Its path below the dataset, as far as names tell, else as the rows have it.
  let path: String
  private(set) var image: CSVLabels.Image
  /// What tells pictures apart.
  private let key: String

  init(_ image: CSVLabels.Image, of table: String, _ paths: CSVPicturePaths) {
    self.table = table
    self.image = image
    let beside = "\(table.parentFolder)/\(image.written)"
    let found = paths.path(of: image.written, beside: beside)
    path = found ?? image.written
    key = found ?? beside
  }

  /// Pictures with the objects that several tables have of them, in the order of the first.
  static func joined(_ pictures: [CSVPicture]) -> [CSVPicture] {
    var numbers: [String: Int] = [:]
    var result: [CSVPicture] = []
    for picture in pictures {
      if let number = numbers[picture.key] {
        result[number].add(picture)
      } else {
        numbers[picture.key] = result.count
        result.append(picture)
      }
    }
    return result
  }

  private mutating func add(_ other: CSVPicture) {
    image.report.add(other.image.report)
    // A row that is not understood leaves the picture out.
    guard let added = other.image.annotated, let known = image.annotated else {
      image.annotated = nil
      return
    }
    image.annotated = .joined(
      [known, added], eachClassOfOneFile: false, report: &image.report)
  }
}

/// The pictures below a dataset by each end of their paths: many folders may hold images of one
/// name.
struct CSVPicturePaths {
  private let folder: String
  private let all: [String]
  private let known: Set<String>
  private var byEnd: [Substring: Int] = [:]
  private var folders: Set<Substring> = []

  /// - Parameter place: the dataset.
  init(_ place: DatasetPlace) {
    folder = place.folder
    all = place.allFiles().filter(\.isImagePath)
    known = Set(all)
    for (index, path) in all.enumerated() {
      for path in [path, path.withoutExtension] {
        var end = path[...]
        while true {
          // −1 stands for several.
          byEnd[end] = byEnd[end] == nil ? index : -1
          guard let slash = end.firstIndex(of: "/") else { break }
          folders.insert(end[..<slash])
          end = end[end.index(after: slash)...]
        }
      }
    }
  }

  /// The path below the dataset of a picture; nil where there is none, or several.
  ///
  /// - Parameters:
  ///   - written: as a row has it.
  ///   - beside: the path if it lies beside the table.
  func path(of written: String, beside: String) -> String? {
    if beside.hasPrefix(folder + "/") {
      let below = String(beside.dropFirst(folder.count + 1))
      if known.contains(below) { return below }
    }
    if let index = byEnd[written[...]], index >= 0 { return all[index] }
    guard let index = byEnd[written.lastPart[...]], index >= 0 else { return nil }
    // A folder that is there has its own pictures.
    let own = all[index].split(separator: "/")
    let isElsewhere = written.split(separator: "/").dropLast().contains {
      folders.contains($0) && !own.contains($0)
    }
    return isElsewhere ? nil : all[index]
  }
}
