import Files
import MultiBox

/// The rows of YOLO's label files.
enum YOLOLabels {
  /// Reads a file: a row is the class from 0, centre x, centre y, width and height in shares of the
  /// image, or the class and the corners of a polygon, whose upright box is taken.
  ///
  /// - Parameters:
  ///   - file: its path.
  ///   - classNames: of the dataset.
  ///   - keyPointNumbers: numbers behind each box.
  ///   - longRows: rows that are no polygons; nil where all are.
  ///   - report: takes what was found.
  /// - Returns: nil, with a problem in the report, where a line is not understood.
  static func objects(
    of file: String, classNames: [String], keyPointNumbers: Int, longRows: YOLOLongRows?,
    report: inout DatasetReport
  ) -> [AnnotatedObject]? {
    objects(
      in: Result { () throws(FileError) in try TextFile(file) }, of: file, classNames: classNames,
      keyPointNumbers: keyPointNumbers, longRows: longRows, report: &report)
  }

  /// Reads a text, as the other function does a file.
  ///
  /// - Parameters:
  ///   - text: the lines, or why they cannot be read.
  ///   - file: what the report calls it.
  ///   - classNames: of the dataset.
  ///   - keyPointNumbers: numbers behind each box.
  ///   - longRows: rows that are no polygons; nil where all are.
  ///   - report: takes what was found.
  static func objects(
    in text: Result<TextFile, FileError>, of file: String, classNames: [String],
    keyPointNumbers: Int, longRows: YOLOLongRows?, report: inout DatasetReport
  ) -> [AnnotatedObject]? {
    let expected = "class, x, y, width, height, or a polygon"
    return TextLabels.objects(in: text, of: file, report: &report) {
      (line, place, report) throws(TextLabels.Failure) in
      guard let row = row(line, keyPointNumbers: keyPointNumbers) else {
        throw TextLabels.Failure(expected: expected)
      }
      if let longRows, row.count == longRows.count {
        throw TextLabels.Failure(
          expected: expected, found: "a box and probably \(longRows.meaning)")
      }
      guard row.isInShares else {
        throw TextLabels.Failure(expected: "shares of the image, 0…1")
      }
      guard let label = label(row.label, classNames) else {
        report.add(
          .unknownName, file,
          "\(place): expected a class of 0…\(classNames.count - 1), found \(row.label)")
        return nil
      }
      if let change = row.change { report.add(change) }
      return AnnotatedObject(label, .shares(row.box), place: place, written: line)
    }
  }

  /// Whether a line is a class and numbers in shares of the image, or one that is meant so: a box
  /// in pixels, or with the number of a track behind it, which reading then tells.
  static func isPlausible(_ line: String) -> Bool {
    let words = line.split(whereSeparator: \.isWhitespace)
    guard words.count >= 5, let numbers = TextLabels.numbers(words.dropFirst()) else {
      return false
    }
    let shares = numbers.prefix { abs($0) <= 2 }.count
    return shares == numbers.count
      || Double(words[0]) != nil && (numbers.count == 4 || numbers.count == 6 && shares == 5)
  }

  private struct Row {
    var label: Substring
    /// The numbers behind it.
    var count: Int
    var box: Box
    var change: DatasetChange?
    /// Far outside of 0…1 are pixels, not an object at the border.
    var isInShares: Bool { [box.xMin, box.yMin, box.xMax, box.yMax].allSatisfy { abs($0) <= 2 } }
  }

  private static func row(_ line: String, keyPointNumbers: Int) -> Row? {
    let words = line.split(whereSeparator: \.isWhitespace)
    let numbers = words.dropFirst().compactMap { Double($0) }.filter(\.isFinite)
    guard numbers.count == words.count - 1 else { return nil }
    if numbers.count == 4 || keyPointNumbers > 0 && numbers.count == 4 + keyPointNumbers {
      let box = CenterBox(
        cx: numbers[0], cy: numbers[1], width: numbers[2], height: numbers[3])
      return Row(label: words[0], count: numbers.count, box: Box(box))
    }
    guard numbers.count >= 6, numbers.count % 2 == 0 else { return nil }
    let xs = stride(from: 0, to: numbers.count, by: 2).map { numbers[$0] }
    let ys = stride(from: 1, to: numbers.count, by: 2).map { numbers[$0] }
    return Row(
      label: words[0], count: numbers.count,
      box: Box(
        xMin: xs.min() ?? 0, yMin: ys.min() ?? 0, xMax: xs.max() ?? 0, yMax: ys.max() ?? 0),
      change: numbers.count == 8 ? .turnedBox : .polygon)
  }

  /// A number from 0, with or without decimals, or a name.
  private static func label(_ word: Substring, _ classNames: [String]) -> AnnotatedObject.Label? {
    if let number = Double(word) {
      guard let index = Int(exactly: number), classNames.indices.contains(index) else { return nil }
      return .number(index + 1)
    }
    return classNames.firstIndex(of: String(word)).map { .number($0 + 1) }
  }
}
