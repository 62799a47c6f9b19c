import Files
import Foundation

/// What the columns of a table of labels are, told by its header or, without one, by its first row.
///
/// | dialect | known by |
/// | --- | --- |
/// | TensorFlow's, Roboflow's | header `filename,width,height,class,xmin,ymin,xmax,ymax` |
/// | VoTT's | header `"image","xmin","ymin","xmax","ymax","label"` |
/// | Open Images | header `ImageID,…,LabelName,…,XMin,XMax,YMin,YMax,…`: shares of the image |
/// | Kaggle's | header `image_id,width,height,bbox` with `[x, y, width, height]` |
/// | makesense.ai's | `label,x,y,width,height,image,image width,image height` |
/// | RetinaNet's | no header: `path,x1,y1,x2,y2,class` |
/// | Google's AutoML | no header: `TRAIN,path,label,x,y,,,x,y,,`: shares of the image |
///
/// Columns stand in any order, their names in any case, with or without `_`.
struct CSVDialect: Hashable, Sendable {
  enum Role: Hashable, Sendable {
    case image, imageWidth, imageHeight, split
    case label, labelNumber
    case xMin, yMin, xMax, yMax
    /// Sides instead of a second corner.
    case width, height
    /// Four numbers in one field: x, y, width, height.
    case sides
    case crowd, difficult
  }

  /// The column of each role, from 0.
  private(set) var columns: [Role: Int]
  /// How many columns a row has.
  let columnCount: Int
  /// Coordinates are shares of the image.
  let isInShares: Bool
  let hasHeader: Bool
  let delimiter: Character

  /// What separates the columns; the first that makes sense of a row counts.
  private static let delimiters: [Character] = [",", ";", "\t"]

  /// Looks at the beginning of a file.
  ///
  /// - Returns: nil for a table of something else.
  init?(_ text: TextFile) {
    for delimiter in Self.delimiters {
      let rows = CSVRecords(text, delimiter: delimiter).lazy
      guard let first = rows.first(where: { $0.fault == nil })?.fields, first.count > 1 else {
        continue
      }
      if let dialect = Self(header: first, delimiter) {
        self = dialect
        return
      }
      // A row without a box does not tell the columns.
      for row in rows.prefix(1000) {
        if let dialect = Self(row: row.fields, delimiter) {
          self = dialect
          return
        }
      }
    }
    return nil
  }

  private init(
    _ columns: [Role: Int], count: Int, isInShares: Bool, hasHeader: Bool, _ delimiter: Character
  ) {
    self.columns = columns
    columnCount = count
    self.isInShares = isInShares
    self.hasHeader = hasHeader
    self.delimiter = delimiter
  }

  /// Names of columns, in lower case without `_` and spaces; the earlier of two wins.
  private static let names: [Role: [String]] = [
    .image: [
      "filename", "image", "imageid", "imagename", "imagepath", "path", "file", "img", "imgname",
      "patientid",
    ],
    .imageWidth: ["imagewidth", "imgwidth", "width"],
    .imageHeight: ["imageheight", "imgheight", "height"],
    .split: ["split", "set", "subset"],
    .label: ["class", "label", "labelname", "classname", "categoryname", "category", "name"],
    .labelNumber: ["classid", "labelid", "categoryid"],
    .xMin: ["xmin", "x1", "left", "bboxxmin", "bboxx", "x"],
    .yMin: ["ymin", "y1", "top", "bboxymin", "bboxy", "y"],
    .xMax: ["xmax", "x2", "right", "bboxxmax"],
    .yMax: ["ymax", "y2", "bottom", "bboxymax"],
    .width: ["bboxwidth", "bboxw", "w"],
    .height: ["bboxheight", "bboxh", "h"],
    .sides: ["bbox"],
    .crowd: ["isgroupof", "iscrowd"],
    .difficult: ["difficult", "isdifficult"],
  ]

  private init?(header: [String], _ delimiter: Character) {
    let found = header.map { name in
      name.lowercased().filter { !" _-\"".contains($0) }
    }
    var columns: [Role: Int] = [:]
    for (role, names) in Self.names {
      columns[role] = names.lazy.compactMap { found.firstIndex(of: $0) }.first
    }
    let hasMaximum = columns[.xMax] != nil && columns[.yMax] != nil
    let hasMinimum = columns[.xMin] != nil && columns[.yMin] != nil
    if hasMinimum, !hasMaximum, columns[.width] == nil, columns[.height] == nil {
      // Beside a lone upper left corner, width and height are the box's.
      columns[.width] = found.firstIndex(of: "width")
      columns[.height] = found.firstIndex(of: "height")
      if columns[.imageWidth] == columns[.width] { columns[.imageWidth] = nil }
      if columns[.imageHeight] == columns[.height] { columns[.imageHeight] = nil }
    }
    let hasSides = columns[.width] != nil && columns[.height] != nil
    guard columns[.image] != nil,
      hasMinimum && (hasMaximum || hasSides) || columns[.sides] != nil
    else { return nil }
    self.init(
      columns, count: header.count, isInShares: Self.isOpenImages(header), hasHeader: true,
      delimiter)
  }

  /// Whether columns are those of Open Images, by their spelling and by one that is its own: others
  /// have an `image_id` and a `label_name` as well.
  private static func isOpenImages(_ header: [String]) -> Bool {
    let found = Set(header.map { $0.trimmingCharacters(in: .whitespaces).lowercased() })
    let own: Set = [
      "source", "confidence", "isoccluded", "istruncated", "isgroupof", "isdepiction", "isinside",
    ]
    return found.isSuperset(of: ["imageid", "labelname"]) && !found.isDisjoint(with: own)
  }

  /// Columns without names, by what stands in them.
  private init?(row: [String], _ delimiter: Character) {
    func areNumbers(_ range: ClosedRange<Int>) -> Bool {
      row[range].allSatisfy { Double($0.trimmingCharacters(in: .whitespaces)) != nil }
    }
    switch row.count {
    case 6 where areNumbers(1...4) && !row[0].isEmpty && !row[5].isEmpty:
      self.init(
        [.image: 0, .xMin: 1, .yMin: 2, .xMax: 3, .yMax: 4, .label: 5], count: 6,
        isInShares: false, hasHeader: false, delimiter)
    case 8 where areNumbers(1...4) && areNumbers(6...7) && !row[5].isEmpty:
      self.init(
        [
          .label: 0, .xMin: 1, .yMin: 2, .width: 3, .height: 4, .image: 5, .imageWidth: 6,
          .imageHeight: 7,
        ], count: 8, isInShares: false, hasHeader: false, delimiter)
    case 9...11
    where CSVLabels.split(named: row[0]) != nil && areNumbers(3...4)
      && areNumbers(7...8):
      self.init(
        [.split: 0, .image: 1, .label: 2, .xMin: 3, .yMin: 4, .xMax: 7, .yMax: 8], count: 11,
        isInShares: true, hasHeader: false, delimiter)
    default: return nil
    }
  }

  subscript(role: Role) -> Int? { columns[role] }

  /// A box is a corner and two sides, not two corners.
  var hasSides: Bool {
    columns[.xMin] == nil || columns[.xMax] == nil || columns[.yMax] == nil
  }
}
