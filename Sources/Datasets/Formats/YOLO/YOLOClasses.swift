import Files
import Foundation

/// The classes that the numbers of YOLO's labels mean: one list for all, or one of each folder.
///
/// LabelImg and Roboflow write a list beside the labels of each split, and the numbers of these
/// mean that one. Lists that others contradict are told.
struct YOLOClasses: Sendable {
  /// A list of names; class 0 of the files is the first.
  struct List: Hashable, Sendable {
    let file: String
    let names: [String]
    /// What of its lines is taken for no part of a name.
    var notes: [String] = []
  }

  /// All lists that count; the first where no folder says another.
  private(set) var lists: [List]
  /// What is told in two ways.
  private(set) var report = DatasetReport()
  private var byFolder: [String: Int] = [:]
  private let root: String

  /// The list of a description, which counts for all labels.
  ///
  /// - Parameters:
  ///   - list: that the description has or names.
  ///   - others: lists of other descriptions.
  ///   - place: the dataset, which may have more lists.
  init(_ list: List, besides others: [List] = [], in place: DatasetPlace) {
    lists = [list]
    root = place.folder.absolutePath
    for note in list.notes { report.add(.disagreement, list.file, note) }
    // Those called otherwise may be of other data, as `coco.names` of Darknet's own folder.
    let beside = Self.allFiles(in: place).filter { Self.isUsualName($0.lastPart) }
    for other in others + beside.compactMap({ try? List(contentsOf: $0) }) {
      tell(list, against: other)
    }
  }

  /// The lists in the folders of labels.
  ///
  /// - Parameter files: theirs, one or more, the first nearest to the top.
  /// - Throws: `FileError` where none can be read, naming the first and its line.
  init(_ files: [String], in place: DatasetPlace) throws {
    root = place.folder.absolutePath
    var failures: [FileError] = []
    lists = []
    var others: [(list: List, counts: Int)] = []
    for file in files {
      do {
        let list = try List(contentsOf: file)
        let folder = file.parentFolder.absolutePath
        if let counts = byFolder[folder] {
          others.append((list, counts))
        } else {
          byFolder[folder] = lists.count
          lists.append(list)
        }
      } catch let error as FileError {
        failures.append(error)
      }
    }
    guard let first = lists.first else { throw failures[0] }
    for failure in failures {
      report.add(
        .disagreement, failure.path, "\(failure.reason); the list of \(first.file) counts")
    }
    for list in lists {
      for note in list.notes { report.add(.disagreement, list.file, note) }
    }
    for other in others { tell(lists[other.counts], against: other.list) }
    for (index, list) in lists.enumerated().dropFirst() {
      // A list further up says something else of the same labels.
      if let above = counting(from: list.file.parentFolder.absolutePath.parentFolder) {
        tell(lists[index], against: lists[above])
      }
    }
  }

  /// The place in ``lists`` of the list that counts for labels: the nearest in the folders above
  /// them, then above their image.
  func list(of label: String, image: String) -> (index: Int, isNearest: Bool) {
    guard lists.count > 1 else { return (0, true) }
    for file in [label, image] {
      if let index = counting(from: file.absolutePath.parentFolder), lists[index].isBelow(root) {
        return (index, true)
      }
    }
    return byFolder[root].map { ($0, true) } ?? (0, false)
  }

  private func counting(from folder: String) -> Int? {
    var folder = folder
    while folder == root || folder.hasPrefix(root + "/") {
      if let index = byFolder[folder] { return index }
      folder = folder.parentFolder
    }
    return nil
  }

  /// What contradicts the first list where it counts for labels that have no nearer one.
  var contradictions: DatasetReport {
    var copy = self
    copy.report = DatasetReport()
    for other in lists.dropFirst() { copy.tell(lists[0], against: other) }
    return copy.report
  }

  private mutating func tell(_ list: List, against other: List) {
    func numbered(_ list: List) -> [Int: String] {
      Dictionary(uniqueKeysWithValues: zip(0..., list.names))
    }
    report.add(numbered(list), of: list.file, against: numbered(other), of: other.file)
  }
}

// MARK: files

extension YOLOClasses {
  /// The usual names of lists of classes.
  static let fileNames: Set = [
    "classes.txt", "class.names", "classes.names", "obj.names", "_darknet.labels", "labels.txt",
    "names.txt", "notes.json", "predefined_classes.txt",
  ]

  /// Says whether a file is called as lists of classes are.
  static func isUsualName(_ name: String) -> Bool { fileNames.contains(name.lowercased()) }

  /// The lists of classes of a place, the nearest to the top first.
  static func files(in place: DatasetPlace) -> [String] {
    place.file.map { isList($0, place) ? [$0] : [] } ?? allFiles(in: place)
  }

  private static func allFiles(in place: DatasetPlace) -> [String] {
    place.allFiles().lazy.map { "\(place.folder)/\($0)" }.filter { isList($0, place) }
      .sorted { a, b in
        (a.count(where: { $0 == "/" }), a) < (b.count(where: { $0 == "/" }), b)
      }
  }

  private static func isList(_ file: String, _ place: DatasetPlace) -> Bool {
    let name = file.lastPart.lowercased()
    guard fileNames.contains(name) || name.fileExtension == "names" else { return false }
    // Anything may be called notes.
    return name.fileExtension != "json" || place.outlines[file]?.has("categories") == true
  }
}

extension YOLOClasses.List {
  /// One name a line, or the categories of Label Studio's `notes.json` by their ids.
  ///
  /// - Throws: `FileError` naming file and line or key.
  init(contentsOf file: String) throws {
    guard file.fileExtension != "json" else {
      self.init(file: file, names: try Self.categories(in: file))
      return
    }
    var lines = try TextFile(file).lines.map { $0.trimmingCharacters(in: .whitespaces) }
    while lines.last == "" { lines.removeLast() }
    if let empty = lines.firstIndex(of: "") {
      throw FileError(
        path: file, reason: "line \(empty + 1): expected the name of a class, found none")
    }
    func isComment(_ line: String) -> Bool { line == "#" || line.hasPrefix("# ") }
    let written = lines.filter { !isComment($0) }
    guard !written.isEmpty else {
      throw FileError(path: file, reason: "expected a class a line, found none")
    }
    var notes = zip(1..., lines).filter { isComment($1) }.map {
      "line \($0): \($1), taken for a comment and no class"
    }
    let names = Self.withoutNumbers(written) ?? written
    if names != written {
      notes.append("\(written[0]): numbers before the classes, taken for no part of the names")
    }
    self.init(file: file, names: names, notes: notes)
  }

  /// `cat` and `dog` of `0 cat` and `1: dog`; nil unless every line has its number and a name of
  /// its own.
  static func withoutNumbers(_ lines: [String]) -> [String]? {
    var names: [String] = []
    for (number, line) in lines.enumerated() {
      guard line.hasPrefix("\(number)") else { return nil }
      let rest = line.dropFirst("\(number)".count)
      let name = (rest.first == ":" ? rest.dropFirst() : rest)
        .trimmingCharacters(in: .whitespaces)
      guard rest.first == ":" || rest.first?.isWhitespace == true, !name.isEmpty else { return nil }
      names.append(name)
    }
    return Set(names).count == names.count ? names : nil
  }

  /// Whether the file lies in a folder below another.
  fileprivate func isBelow(_ root: String) -> Bool {
    file.absolutePath.parentFolder != root
  }

  private static func categories(in file: String) throws -> [String] {
    struct Notes: Decodable {
      struct Category: Decodable {
        let id: Int
        let name: String
      }
      let categories: [Category]
    }
    let sorted = try JSONFile.decode(Notes.self, file).categories.sorted { $0.id < $1.id }
    guard sorted.map(\.id) == Array(0..<sorted.count), !sorted.isEmpty else {
      throw FileError(
        path: file, reason: "categories: expected ids from 0, found \(sorted.map(\.id))")
    }
    if let unnamed = sorted.first(where: { $0.name.isBlank }) {
      throw FileError(
        path: file, reason: "categories: expected a name of id \(unnamed.id), found none")
    }
    return sorted.map(\.name)
  }
}
