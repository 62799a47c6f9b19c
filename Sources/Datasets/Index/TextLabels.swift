import Files
import Foundation

/// Label files of plain text, an object a line.
enum TextLabels {
  /// A line that is not understood.
  struct Failure: Error {
    let expected: String
    /// What it seems to be; nil where the line alone says it.
    var found: String?
  }

  /// Reads a file; nil, with problems in the report, where a line is not understood.
  ///
  /// - Parameters:
  ///   - file: its path.
  ///   - report: takes what was found.
  ///   - object: makes an object of a line without space around it, and of its place, `line 3`; nil
  ///     for a line that holds none.
  static func objects(
    of file: String, report: inout DatasetReport,
    object: (String, String, inout DatasetReport) throws(Failure) -> AnnotatedObject?
  ) -> [AnnotatedObject]? {
    objects(
      in: Result { () throws(FileError) in try TextFile(file) }, of: file, report: &report,
      object: object)
  }

  /// Reads a text, as the other function does a file.
  ///
  /// - Parameters:
  ///   - text: the lines, or why they cannot be read.
  ///   - file: what the report calls it.
  ///   - report: takes what was found.
  ///   - object: makes an object of a line without space around it, and of its place; nil for a
  ///     line that holds none.
  static func objects(
    in text: Result<TextFile, FileError>, of file: String, report: inout DatasetReport,
    object: (String, String, inout DatasetReport) throws(Failure) -> AnnotatedObject?
  ) -> [AnnotatedObject]? {
    let lines: [String]
    do throws(FileError) {
      lines = try text.get().lines
    } catch {
      report.add(.unreadableAnnotation, file, error.reason)
      return nil
    }
    var objects: [AnnotatedObject] = []
    var isUnderstood = true
    var seen: Set<String> = []
    for (index, text) in lines.enumerated() {
      let line = text.trimmingCharacters(in: .whitespaces)
      if line.isEmpty { continue }
      let place = "line \(index + 1)"
      guard seen.insert(line).inserted else {
        report.add(.duplicate, file, "\(place): \(line) a second time")
        continue
      }
      do throws(Failure) {
        if let object = try object(line, place, &report) {
          objects.append(object)
          continue
        }
      } catch {
        let found = error.found.map { "\($0): \(line)" } ?? line
        report.add(
          .unreadableAnnotation, file, "\(place): expected \(error.expected), found \(found)")
        isUnderstood = false
      }
      // A line that gives no object is told as often as it stands there.
      seen.remove(line)
    }
    return isUnderstood ? objects : nil
  }

  /// The label files of a format, as paths below a place: those in the folder that the format has
  /// for them, else those in folders whose files do not begin as another format's.
  ///
  /// Beside labels lie other files of the images' names: KITTI's `calib`, labels of another format
  /// that somebody made of these.
  ///
  /// - Parameters:
  ///   - place: the dataset.
  ///   - folder: the format's name for the folder of labels.
  ///   - isHeader: lines that are passed over.
  ///   - isRow: looks at a line without space around it.
  static func files(
    of place: DatasetPlace, in folder: String, isHeader: (String) -> Bool = { _ in false },
    isRow: (String) -> Bool
  ) -> [String] {
    let all = YOLOLayout.labelFiles(of: place)
    let own = all.filter { path in
      path.split(separator: "/").dropLast().contains { $0.lowercased() == folder.lowercased() }
    }
    if !own.isEmpty { return own }
    func kind(_ path: String) -> String {
      path.split(separator: "/").dropLast().filter { !SplitFolders.isUsual(String($0)) }
        .joined(separator: "/")
    }
    let fits = Dictionary(grouping: all, by: kind).mapValues { files in
      // One that is damaged does not speak for the others.
      let looks = files.prefix(20).compactMap {
        look(["\(place.folder)/\($0)"], isHeader: isHeader, isRow: isRow)
      }
      return looks.isEmpty ? nil : looks.contains(true)
    }
    guard fits.values.contains(true) else { return all }
    return all.filter { fits[kind($0)] != .some(false) }
  }

  /// Says whether a folder holds labels of a format with images of their names, or labels alone,
  /// whose images `--images` names.
  ///
  /// - Parameters:
  ///   - place: the folder.
  ///   - labels: what ``files(of:in:isHeader:isRow:)`` gives.
  ///   - isHeader: lines that are passed over.
  ///   - isRow: looks at a line without space around it.
  static func recognize(
    _ place: DatasetPlace, _ labels: [String], isHeader: (String) -> Bool = { _ in false },
    isRow: (String) -> Bool
  ) -> Recognition {
    let images = place.allFiles().filter(\.isImagePath)
    let stems = Set(images.map(\.lastPart.withoutExtension))
    let having = labels.filter {
      images.isEmpty || stems.contains($0.lastPart.withoutExtension)
    }.map { "\(place.folder)/\($0)" }
    return look(having, isHeader: isHeader, isRow: isRow) == true ? .fits : .differs
  }

  /// The text files below a place that have the name of an image, in whatever case.
  static func files(of place: DatasetPlace) -> [String] {
    func key(_ path: String) -> String { UnreadPictures.key(path.lastPart.withoutExtension) }
    let stems = Set(place.allFiles().filter(\.isImagePath).map(key))
    guard !stems.isEmpty else { return [] }
    return YOLOLayout.labelFiles(of: place).filter { stems.contains(key($0)) }
      .map { "\(place.folder)/\($0)" }
  }

  /// Says whether label files look like those of a format: the first line of the first of them that
  /// holds something.
  ///
  /// - Parameters:
  ///   - files: their paths; a few are looked at.
  ///   - isHeader: lines that are passed over.
  ///   - isRow: looks at a line without space around it.
  static func look(
    _ files: some Sequence<String>, isHeader: (String) -> Bool = { _ in false },
    isRow: (String) -> Bool
  ) -> Bool? {
    for file in files.prefix(50) {
      guard let lines = try? TextFile(file).lines else { continue }
      let first = lines.lazy.map { $0.trimmingCharacters(in: .whitespaces) }
        .first { !$0.isEmpty && !isHeader($0) }
      if let first { return isRow(first) }
    }
    return nil
  }

  /// The finite numbers of words; nil where one is none.
  static func numbers(_ words: some Collection<Substring>) -> [Double]? {
    let numbers = words.compactMap { Double($0) }.filter(\.isFinite)
    return numbers.count == words.count ? numbers : nil
  }
}

extension TextFile {
  /// Reads the beginning of a file, whole lines, which is enough to know it; nil for no text.
  static func head(of file: String) -> TextFile? {
    guard let data = try? InputFile.contents(file) else { return nil }
    let limit = 1 << 16
    var head = data.prefix(limit)
    if data.count > limit {
      // A letter, or a line, must not be cut; UTF-16 has a zero around each end of a line.
      while let last = head.last, last != 10 && last != 13 { head.removeLast() }
      if head.contains(0), head.count % 2 == 1 { head.removeLast() }
    }
    return try? TextFile(Data(head), path: file)
  }
}
