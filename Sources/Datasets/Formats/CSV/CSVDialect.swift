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
/// Columns stand in any order, their names in any case, with or without `_`. A header must name the
/// box: what stands under names that are not known is not guessed from its place.
struct CSVDialect: Hashable, Sendable {
  enum Role: Hashable, Sendable {
    case image, imageWidth, imageHeight, split
    case label, labelNumber
    case xMin, yMin, xMax, yMax
    /// The centre instead of the first corner.
    case xCenter, yCenter
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

  /// Rows that tell what a header leaves open.
  private static let sample = 200

  /// Looks at the beginning of a file.
  ///
  /// - Returns: nil for a table of something else, or of columns that are not understood.
  init?(_ text: TextFile) {
    for delimiter in Self.delimiters {
      let rows = CSVRecords(text, delimiter: delimiter).lazy
      guard let first = rows.first(where: { $0.fault == nil })?.fields, first.count > 1 else {
        continue
      }
      let sample = rows.filter { $0.fault == nil }.dropFirst().prefix(Self.sample).map(\.fields)
      if let dialect = Self(header: first, Array(sample), delimiter) {
        self = dialect
        return
      }
      if Self.isHeader(first) { continue }
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

  /// Says whether a table of no known dialect may be one of labels all the same: it has images and
  /// columns of a box, or images, classes and the four numbers of one.
  static func isNearlyOne(_ text: TextFile) -> Bool {
    delimiters.contains { delimiter in
      let rows = Array(
        CSVRecords(text, delimiter: delimiter).lazy.filter { $0.fault == nil }
          .prefix(2)
      ).map(\.fields)
      guard let first = rows.first, let values = rows.last, first.count > 1 else { return false }
      let isHeader = Self.isHeader(first)
      let columns = isHeader ? Self.columns(first.map(plain)) : [:]
      guard columns[.image] != nil || values.contains(where: \.isImagePath) else { return false }
      if !boxRoles.isDisjoint(with: columns.keys) { return true }
      let others = [Role.imageWidth, .imageHeight, .labelNumber].compactMap { columns[$0] }
      let numbers = values.indices.count { isNumber(values[$0]) && !others.contains($0) }
      let hasClass = columns[.label] != nil || columns[.labelNumber] != nil
      return numbers >= 4 && (hasClass || !isHeader)
    }
  }

  /// Says whether a first row is one of names: three or more, without a number or an image.
  private static func isHeader(_ row: [String]) -> Bool {
    row.count { !$0.isBlank } > 2 && CSVLabels.split(named: row[0]) == nil
      && !row.contains { isNumber($0) || $0.isImagePath }
  }

  private static func isNumber(_ field: String) -> Bool {
    Double(field.trimmingCharacters(in: .whitespaces)) != nil
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

  /// Names of columns of classes that also tell a name from a number.
  private static let classes = [
    "class", "label", "labelname", "classname", "categoryname", "category",
  ]

  /// Names of columns as ``plain(_:)`` gives them; the earlier of two wins.
  private static let names: [Role: [String]] = [
    .image: [
      "filename", "image", "imageid", "imagename", "imagepath", "path", "file", "img", "imgname",
      "patientid", "filepath", "imagefile", "imagefilename", "imgpath", "imgid", "picture",
    ],
    .imageWidth: ["imagewidth", "imgwidth", "width"],
    .imageHeight: ["imageheight", "imgheight", "height"],
    .split: ["split", "set", "subset"],
    .label: classes + [
      "name", "classlabel", "objectclass", "objectname", "kind", "tag", "cls", "annotationtag",
    ],
    .labelNumber: ["classid", "labelid", "categoryid"],
    .xMin: [
      "xmin", "x0", "x1", "left", "bboxxmin", "bboxx", "bboxx1", "xtl", "startx", "xstart",
      "upperleftcornerx", "roix1", "boxx", "x",
    ],
    .yMin: [
      "ymin", "y0", "y1", "top", "bboxymin", "bboxy", "bboxy1", "ytl", "starty", "ystart",
      "upperleftcornery", "roiy1", "boxy", "y",
    ],
    .xMax: [
      "xmax", "x2", "right", "bboxxmax", "bboxx2", "xbr", "endx", "xend", "lowerrightcornerx",
      "roix2", "x1",
    ],
    .yMax: [
      "ymax", "y2", "bottom", "bboxymax", "bboxy2", "ybr", "endy", "yend", "lowerrightcornery",
      "roiy2", "y1",
    ],
    .xCenter: ["xcenter", "xcentre", "centerx", "centrex", "bboxxcenter", "cx"],
    .yCenter: ["ycenter", "ycentre", "centery", "centrey", "bboxycenter", "cy"],
    .width: ["bboxwidth", "bboxw", "boxwidth", "boxw", "w"],
    .height: ["bboxheight", "bboxh", "boxheight", "boxh", "h"],
    .sides: ["bbox"],
    .crowd: ["isgroupof", "iscrowd"],
    .difficult: ["difficult", "isdifficult"],
  ]

  private static let boxRoles: Set<Role> = [
    .xMin, .yMin, .xMax, .yMax, .xCenter, .yCenter, .width, .height, .sides,
  ]

  /// A name of a column in lower case, without what tools put between its words.
  private static func plain(_ name: String) -> String {
    name.lowercased().filter { !" _-.#\"".contains($0) }
  }

  private static func columns(_ header: [String]) -> [Role: Int] {
    var columns: [Role: Int] = [:]
    for (role, names) in names {
      columns[role] = names.lazy.compactMap { header.firstIndex(of: $0) }.first
    }
    // `x1` is the second corner beside `x0` alone.
    if columns[.xMax] == columns[.xMin] { columns[.xMax] = nil }
    if columns[.yMax] == columns[.yMin] { columns[.yMax] = nil }
    return columns
  }

  /// - Parameters:
  ///   - header: the names.
  ///   - rows: the first ones.
  ///   - delimiter: between the columns.
  private init?(header: [String], _ rows: [[String]], _ delimiter: Character) {
    let found = header.map(Self.plain)
    var columns = Self.columns(found)
    guard let image = columns[.image] else { return nil }
    let hasMaximum = columns[.xMax] != nil && columns[.yMax] != nil
    let hasMinimum = columns[.xMin] != nil && columns[.yMin] != nil
    let hasCenter = columns[.xCenter] != nil && columns[.yCenter] != nil
    // Beside a lone corner or centre, width and height are the box's; half a second corner says
    // that the other half is there and has another name.
    if [.xMax, .yMax, .width, .height].allSatisfy({ columns[$0] == nil }),
      let x = hasMinimum ? columns[.xMin] : hasCenter ? columns[.xCenter] : nil,
      let width = found.firstIndex(of: "width"), let height = found.firstIndex(of: "height"),
      columns[.imageWidth] != width
        || Self.areSides(width, height, behind: x, image: image, rows)
    {
      columns[.width] = width
      columns[.height] = height
      if columns[.imageWidth] == width { columns[.imageWidth] = nil }
      if columns[.imageHeight] == height { columns[.imageHeight] = nil }
    }
    let hasSides = columns[.width] != nil && columns[.height] != nil
    let box: Set<Role>
    if hasMinimum, hasMaximum {
      box = [.xMin, .yMin, .xMax, .yMax]
    } else if hasMinimum, hasSides {
      box = [.xMin, .yMin, .width, .height]
    } else if hasCenter, hasSides {
      box = [.xCenter, .yCenter, .width, .height]
    } else if columns[.sides] != nil {
      box = [.sides]
    } else {
      return nil
    }
    columns = columns.filter { box.contains($0.key) || !Self.boxRoles.contains($0.key) }
    Self.preferNames(&columns, found, rows)
    self.init(
      columns, count: header.count, isInShares: Self.isOpenImages(header), hasHeader: true,
      delimiter)
  }

  /// Says whether columns called width and height are the box's, not the image's.
  ///
  /// Behind x they are. In front of it, where TensorFlow has the image's, they are where two boxes
  /// of one image differ in them.
  private static func areSides(
    _ width: Int, _ height: Int, behind x: Int, image: Int, _ rows: [[String]]
  ) -> Bool {
    if width > x { return true }
    var sizes: [String: [String]] = [:]
    for row in rows where row.count > max(width, height, image) {
      let size = [row[width], row[height]]
      if let known = sizes.updateValue(size, forKey: row[image]), known != size { return true }
    }
    return false
  }

  /// Takes the column of names where one of numbers stands beside it under another word for class.
  private static func preferNames(
    _ columns: inout [Role: Int], _ header: [String], _ rows: [[String]]
  ) {
    func holdsNumbers(_ column: Int) -> Bool {
      rows.allSatisfy { row in
        !row.indices.contains(column) || row[column].isBlank || isNumber(row[column])
      }
    }
    guard let label = columns[.label], classes.contains(header[label]), holdsNumbers(label),
      let named = classes.lazy.compactMap({ header.firstIndex(of: $0) })
        .first(where: { !holdsNumbers($0) })
    else { return }
    columns[.label] = named
    if columns[.labelNumber] == nil { columns[.labelNumber] = label }
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
      row[range].allSatisfy(Self.isNumber)
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

  /// A box is a point and two sides, not two corners.
  var hasSides: Bool { columns[.xMax] == nil }

  /// The point of a box with sides is its centre.
  var hasCenter: Bool { columns[.xCenter] != nil }
}
