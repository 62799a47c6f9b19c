/// The outputs of a YOLO by their sizes: cells of the strides 8, 16, 32 (and perhaps 64), with one
/// box a cell or three.
///
/// These networks have no default boxes as SSD has them, so no description can be proposed; they
/// are named, so that nobody tries one that cannot fit.
struct YOLOForm: Hashable {
  /// What was found, and what can be done.
  let remark: String

  /// - Parameters:
  ///   - outputs: the sizes of each output.
  ///   - width: of the input, pixels.
  ///   - height: of the input, pixels.
  init?(_ outputs: [[Int]], width: Int, height: Int) {
    let wayOut =
      "; these are no heads of an SSD, and not read: export it with suppression inside, for outputs"
      + " of kind detections or rows"
    for sizes in outputs where sizes.count == 3 && sizes[0] == 1 {
      let (rows, columns) = (sizes[1], sizes[2])
      if rows > 4, rows < columns, let boxes = Self.boxesPerCell(columns, width, height) {
        let form = boxes == 1 ? "4 numbers of a box and \(rows - 4) others" : "\(rows) numbers"
        remark =
          "a YOLO's output, \(sizes): \(columns) boxes of \(form), as version 8 and later\(wayOut)"
        return
      }
      if columns > 5, rows > columns, let boxes = Self.boxesPerCell(rows, width, height) {
        let version = boxes == 1 ? "YOLOX or version 6" : "version 5 and 7"
        remark =
          "a YOLO's output, \(sizes): \(rows) boxes of 4 numbers, objectness and \(columns - 5)"
          + " classes, as \(version)\(wayOut)"
        return
      }
      if columns == 6, outputs.count == 1, rows <= 1000 {
        remark =
          "a YOLO's output, \(sizes): rows of xMin, yMin, xMax, yMax, score, class, as version 10\(wayOut)"
        return
      }
    }
    // One map for each stride, with the cells as height and width of its own.
    let maps = outputs.filter { sizes in
      guard sizes.count == 4 || sizes.count == 5, sizes[0] == 1 else { return false }
      return [8, 16, 32].contains { stride in
        let (rows, columns) = (height / stride, width / stride)
        if sizes.count == 5 { return sizes[1] == 3 && sizes[2] == rows && sizes[3] == columns }
        return sizes[2] == rows && sizes[3] == columns && sizes[1] % 3 == 0 && sizes[1] / 3 > 5
      }
    }
    guard maps.count >= 2 else { return nil }
    remark =
      "a YOLO's outputs, \(maps.map { "\($0)" }.joined(separator: ", ")): its raw maps\(wayOut)"
  }

  /// Returns 1 or 3 where so many boxes are those of all cells.
  private static func boxesPerCell(_ count: Int, _ width: Int, _ height: Int) -> Int? {
    for strides in [[8, 16, 32], [8, 16, 32, 64], [16, 32]] {
      let cells = strides.reduce(0) { $0 + (width / $1) * (height / $1) }
      if count == cells { return 1 }
      if count == cells * 3 { return 3 }
    }
    return nil
  }
}
