import Files
import Foundation
import MultiBox

/// The images of a split in columns of a kept index, where nothing is made of them until somebody
/// asks: a million take no more memory than what is looked at, and that is the system's to share.
final class ImageRows: Sendable {
  /// What else there is to say of an image, in a byte.
  private struct Flags: OptionSet {
    let rawValue: UInt8

    static let isUnlabeled = Flags(rawValue: 1)
    static let isEmbedded = Flags(rawValue: 2)
    static let isBase64 = Flags(rawValue: 4)
    /// The name is that of the file, without its ending, and not written again.
    static let isNamedAsFile = Flags(rawValue: 8)
    static let hasAreas = Flags(rawValue: 16)
    static let hasBoxAreas = Flags(rawValue: 32)
    /// The areas of the boxes are ``DatasetImage/areas``, and not written again.
    static let boxAreasAreAreas = Flags(rawValue: 64)
    /// The path is a name alone.
    static let isInNoFolder = Flags(rawValue: 128)
  }

  /// What there is to say of an object besides its box and class, in a byte.
  private struct ObjectFlags: OptionSet {
    let rawValue: UInt8

    static let isDifficult = ObjectFlags(rawValue: 1)
    static let isCrowd = ObjectFlags(rawValue: 2)
    static let isIgnored = ObjectFlags(rawValue: 4)
  }

  let count: Int
  private let flags: ColumnFile.Column<UInt8>
  private let widths: ColumnFile.Column<Int32>
  private let heights: ColumnFile.Column<Int32>
  private let names: ColumnFile.Texts
  /// Of each image the number of its folder, or of the file that holds it.
  private let places: ColumnFile.Column<UInt32>
  private let placePaths: ColumnFile.Texts
  private let files: ColumnFile.Texts
  /// For each image within a file its first byte and the number of its bytes; without such images
  /// nothing.
  private let parts: ColumnFile.Column<Int64>
  private let ends: ColumnFile.Ends
  private let objectFlags: ColumnFile.Column<UInt8>
  private let classes: ColumnFile.Column<Int32>
  /// Four sides for each object.
  private let boxes: ColumnFile.Column<Double>
  /// For each object; without any image that has them nothing.
  private let areas: ColumnFile.Column<Double>
  private let boxAreas: ColumnFile.Column<Double>

  /// Writes images; what ``init(_:)`` reads.
  ///
  /// - Returns: false, with nothing written, where an image is one that columns cannot hold: made
  ///   on demand, or of numbers that no file has.
  static func write(_ images: [DatasetImage], to file: inout ColumnFileWriter) -> Bool {
    var columns = Columns()
    columns.reserve(images.count, images.reduce(0) { $0 + $1.groundTruth.count })
    for image in images {
      guard columns.append(image) else { return false }
    }
    columns.write(to: &file)
    return true
  }

  /// Reads what ``write(_:to:)`` wrote.
  init(_ file: inout ColumnFile) throws(ColumnFile.Fault) {
    flags = try file.numbers()
    widths = try file.numbers()
    heights = try file.numbers()
    names = try file.texts()
    places = try file.numbers()
    placePaths = try file.texts()
    files = try file.texts()
    parts = try file.numbers()
    ends = try ColumnFile.Ends(file.numbers())
    objectFlags = try file.numbers()
    classes = try file.numbers()
    boxes = try file.numbers()
    areas = try file.numbers()
    boxAreas = try file.numbers()
    count = flags.count
    let objectCount = ends.last
    guard
      [widths.count, heights.count, names.count, places.count, files.count, ends.count]
        .allSatisfy({ $0 == count }), [0, 2 * count].contains(parts.count),
      objectFlags.count == objectCount, classes.count == objectCount,
      boxes.count == 4 * objectCount, [0, objectCount].contains(areas.count),
      [0, objectCount].contains(boxAreas.count)
    else { throw ColumnFile.Fault(reason: "columns of different lengths") }
    for index in 0..<count {
      let flags = Flags(rawValue: flags[index])
      guard flags.contains(.isInNoFolder) || Int(places[index]) < placePaths.count,
        !flags.contains(.isEmbedded) || !parts.isEmpty,
        flags.isDisjoint(with: [.hasAreas, .boxAreasAreAreas]) || areas.count == objectCount,
        !flags.contains(.hasBoxAreas) || boxAreas.count == objectCount
      else { throw ColumnFile.Fault(reason: "image \(index) names what is not there") }
    }
  }

  private func flags(_ index: Int) -> Flags { Flags(rawValue: flags[index]) }

  func name(_ index: Int) -> String {
    flags(index).contains(.isNamedAsFile) ? files[index].withoutExtension : names[index]
  }

  func source(_ index: Int) -> DatasetImage.Source {
    let flags = flags(index)
    if flags.contains(.isInNoFolder) { return .file(path: files[index]) }
    let place = placePaths[Int(places[index])]
    guard flags.contains(.isEmbedded) else { return .file(path: "\(place)/\(files[index])") }
    return .embedded(
      FilePart(
        path: place, offset: Int(parts[2 * index]), length: Int(parts[2 * index + 1]),
        encoding: flags.contains(.isBase64) ? .base64 : .plain))
  }

  func isUnlabeled(_ index: Int) -> Bool { flags(index).contains(.isUnlabeled) }
  func width(_ index: Int) -> Int { Int(widths[index]) }
  func height(_ index: Int) -> Int { Int(heights[index]) }

  func groundTruth(_ index: Int) -> [LabeledPixelBox] {
    ends[index].map { object in
      let flags = ObjectFlags(rawValue: objectFlags[object])
      return LabeledPixelBox(
        box: PixelBox(
          xMin: boxes[4 * object], yMin: boxes[4 * object + 1], xMax: boxes[4 * object + 2],
          yMax: boxes[4 * object + 3]), classIndex: Int(classes[object]),
        isDifficult: flags.contains(.isDifficult), isCrowd: flags.contains(.isCrowd),
        isIgnored: flags.contains(.isIgnored))
    }
  }

  func areas(_ index: Int) -> [Double]? {
    flags(index).contains(.hasAreas) ? ends[index].map { areas[$0] } : nil
  }

  func boxAreas(_ index: Int) -> [Double]? {
    let flags = flags(index)
    if flags.contains(.boxAreasAreAreas) { return ends[index].map { areas[$0] } }
    return flags.contains(.hasBoxAreas) ? ends[index].map { boxAreas[$0] } : nil
  }

  /// The columns while they are made.
  private struct Columns {
    private var flags: [UInt8] = []
    private var widths: [Int32] = []
    private var heights: [Int32] = []
    private var names = TextColumn()
    private var places: [UInt32] = []
    private var placePaths = TextColumn()
    private var files = TextColumn()
    private var parts: [Int64] = []
    private var ends: [UInt64] = []
    private var objectFlags: [UInt8] = []
    private var classes: [Int32] = []
    private var boxes: [Double] = []
    private var areas: [Double] = []
    private var boxAreas: [Double] = []
    private var hasParts = false
    private var hasAreas = false
    private var hasBoxAreas = false
    /// By their bytes: two Unicode forms are one text to Swift.
    private var numbers: [[UInt8]: UInt32] = [:]

    mutating func reserve(_ imageCount: Int, _ objectCount: Int) {
      flags.reserveCapacity(imageCount)
      widths.reserveCapacity(imageCount)
      heights.reserveCapacity(imageCount)
      places.reserveCapacity(imageCount)
      ends.reserveCapacity(imageCount)
      objectFlags.reserveCapacity(objectCount)
      classes.reserveCapacity(objectCount)
      boxes.reserveCapacity(4 * objectCount)
    }

    /// - Returns: whether columns can hold it.
    mutating func append(_ image: DatasetImage) -> Bool {
      let objects = image.groundTruth
      guard let width = Int32(exactly: image.width), let height = Int32(exactly: image.height),
        [image.areas, image.boxAreas].allSatisfy({ $0 == nil || $0?.count == objects.count }),
        objects.allSatisfy({ Int32(exactly: $0.classIndex) != nil }),
        var imageFlags = append(source: image.source, name: image.name)
      else { return false }
      if image.isUnlabeled { imageFlags.insert(.isUnlabeled) }
      widths.append(width)
      heights.append(height)
      for object in objects {
        let box = object.box
        boxes += [box.xMin, box.yMin, box.xMax, box.yMax]
        classes.append(Int32(object.classIndex))
        var flags: ObjectFlags = []
        if object.isDifficult { flags.insert(.isDifficult) }
        if object.isCrowd { flags.insert(.isCrowd) }
        if object.isIgnored { flags.insert(.isIgnored) }
        objectFlags.append(flags.rawValue)
      }
      append(areas: image.areas, boxAreas: image.boxAreas, count: objects.count, &imageFlags)
      ends.append((ends.last ?? 0) + UInt64(objects.count))
      flags.append(imageFlags.rawValue)
      return true
    }

    private mutating func append(
      areas own: [Double]?, boxAreas ofBoxes: [Double]?, count: Int, _ flags: inout Flags
    ) {
      let nothing = repeatElement(0.0, count: count)
      if let own {
        flags.insert(.hasAreas)
        // Those of the images before, which have none.
        if !hasAreas { areas = [Double](repeating: 0, count: classes.count - count) }
        hasAreas = true
        areas += own
      } else if hasAreas {
        areas += nothing
      }
      if let ofBoxes {
        if let own, zip(own, ofBoxes).allSatisfy({ $0.bitPattern == $1.bitPattern }) {
          flags.insert(.boxAreasAreAreas)
        } else {
          flags.insert(.hasBoxAreas)
          if !hasBoxAreas { boxAreas = [Double](repeating: 0, count: classes.count - count) }
          hasBoxAreas = true
          boxAreas += ofBoxes
          return
        }
      }
      if hasBoxAreas { boxAreas += nothing }
    }

    /// - Returns: nil for an image that is made.
    private mutating func append(source: DatasetImage.Source, name: String) -> Flags? {
      var flags: Flags = []
      var file = ""
      var part: (offset: Int, length: Int) = (0, 0)
      switch source {
      case .generated: return nil
      case .file(let path):
        let bytes = path.utf8
        if let slash = bytes.lastIndex(of: UInt8(ascii: "/")) {
          places.append(number(of: String(path[..<slash])))
          file = String(path[bytes.index(after: slash)...])
        } else {
          flags.insert(.isInNoFolder)
          places.append(0)
          file = path
        }
        if file.withoutExtension.utf8.elementsEqual(name.utf8) { flags.insert(.isNamedAsFile) }
      case .embedded(let picture):
        flags.insert(.isEmbedded)
        if picture.encoding == .base64 { flags.insert(.isBase64) }
        places.append(number(of: picture.path))
        part = (picture.offset, picture.length)
        hasParts = true
      }
      files.append(file)
      names.append(flags.contains(.isNamedAsFile) ? "" : name)
      if hasParts {
        let missing = 2 * (places.count - 1) - parts.count
        if missing > 0 { parts += repeatElement(0, count: missing) }
        parts += [Int64(part.offset), Int64(part.length)]
      }
      return flags
    }

    private mutating func number(of path: String) -> UInt32 {
      let key = Array(path.utf8)
      if let known = numbers[key] { return known }
      let number = UInt32(numbers.count)
      numbers[key] = number
      placePaths.append(path)
      return number
    }

    func write(to file: inout ColumnFileWriter) {
      file.add(flags)
      file.add(widths)
      file.add(heights)
      file.add(names)
      file.add(places)
      file.add(placePaths)
      file.add(files)
      file.add(parts)
      file.add(ends)
      file.add(objectFlags)
      file.add(classes)
      file.add(boxes)
      file.add(areas)
      file.add(boxAreas)
    }
  }
}
