import Files
import Foundation
import ImageFiles
import MultiBox

/// Writes a dataset's labels in one layout; ``DatasetWriter`` brings the images.
public protocol LabelWriter {
  /// The folder of a split's images, below the dataset's; one for all where splits share images.
  ///
  /// - Parameter split: the split's name.
  func imageFolder(split: String) -> String

  /// Says before anything of a split is written whether the layout can hold its names.
  ///
  /// - Parameters:
  ///   - split: the split's name.
  ///   - classNames: the classes that objects of the split have; all classes for a layout with a
  ///     list of them.
  /// - Throws: `FileError` with the name that it cannot hold.
  func check(split: String, classNames: [String]) throws

  /// Returns those of a dataset's splits that its reader would not find again: their files and
  /// folders have names that are not taken for a split's.
  ///
  /// - Parameter splits: all splits that are written.
  func lostSplits(of splits: [String]) -> [String]

  /// Names in lower case that no image gets, without its ending: a label file of such a name is
  /// read as something else.
  var reservedNames: Set<String> { get }

  /// Takes an image and its objects.
  ///
  /// - Parameters:
  ///   - image: with objects that the layout can hold.
  ///   - fileName: of the picture in its folder.
  ///   - split: the image's split; a layout whose splits share images gets each image once.
  ///   - classNames: all classes.
  mutating func add(
    _ image: DatasetImage, fileName: String, split: String, classNames: ClassNames) throws

  /// Says that pictures stand in the label files: none is written as a file of its own.
  var holdsPictures: Bool { get }

  /// Takes an image, its objects and its picture, where ``holdsPictures`` says so.
  ///
  /// - Parameters:
  ///   - image: with objects that the layout can hold.
  ///   - picture: the bytes of an image file.
  ///   - fileName: its name, with an ending.
  ///   - split: the image's split.
  ///   - classNames: all classes.
  mutating func add(
    _ image: DatasetImage, picture: Data, fileName: String, split: String, classNames: ClassNames
  ) throws

  /// Ends a split.
  ///
  /// - Parameters:
  ///   - split: the split's name.
  ///   - fileNames: of its images, in their order.
  ///   - classNames: all classes.
  mutating func finish(split: String, fileNames: [String], classNames: ClassNames) throws
}

extension LabelWriter {
  /// Every name can be held, unless the layout says otherwise.
  public func check(split: String, classNames: [String]) throws {}

  /// A layout whose folders of images have the splits' names loses those that are no names of
  /// splits; another finds every split again, unless it says otherwise.
  public func lostSplits(of splits: [String]) -> [String] {
    splits.allSatisfy { imageFolder(split: $0) == $0 } ? SplitFolders.lost(of: splits) : []
  }

  /// An image may have any name, unless the layout says otherwise.
  public var reservedNames: Set<String> { [] }

  /// Pictures are files of their own, unless the layout says otherwise.
  public var holdsPictures: Bool { false }

  /// Leaves the picture to its file.
  public mutating func add(
    _ image: DatasetImage, picture: Data, fileName: String, split: String, classNames: ClassNames
  ) throws {
    try add(image, fileName: fileName, split: split, classNames: classNames)
  }
}

extension LabelWriter {
  /// Refuses names of classes that would be read as others.
  ///
  /// - Parameters:
  ///   - classNames: of a split.
  ///   - path: of the file or folder that would have them.
  ///   - labels: says whose labels they are, such as `KITTI's labels`.
  ///   - expected: says which names they can hold.
  ///   - isHeld: says whether they can hold a name.
  /// - Throws: `FileError` with the first name that they cannot hold.
  func refuse(
    _ classNames: [String], in path: String, _ labels: String,
    expected: String = "one line without white space at its ends",
    unless isHeld: (String) -> Bool = \.isTrimmedLine
  ) throws(FileError) {
    guard let name = classNames.first(where: { !isHeld($0) }) else { return }
    throw FileError(
      path: path, reason: "\(labels) cannot hold the class \(name.shown): expected \(expected)")
  }
}

/// The folder that a dataset is written into.
public struct OutputFolder: Sendable {
  /// The path.
  public let path: String
  /// The most bytes of a shard, for layouts that have some; an image of more has one of its own.
  public let shardSize: Int

  /// Shards of this size are read at one go from any disk, and few enough to be listed.
  public static let usualShardSize = 500_000_000

  init(_ path: String, shardSize: Int = usualShardSize) {
    self.path = path
    self.shardSize = shardSize
  }

  /// Writes a file, in folders that are made as needed.
  ///
  /// - Parameters:
  ///   - data: the whole content.
  ///   - name: below this folder.
  /// - Throws: `FileError` with the reason.
  public func write(_ data: some DataProtocol, to name: String) throws {
    try AtomicFile.write(data, to: made(name))
  }

  /// Writes a value as JSON, its keys sorted.
  ///
  /// - Parameters:
  ///   - value: the whole content.
  ///   - name: below this folder.
  /// - Throws: `FileError` with the reason.
  public func write(json value: some Encodable, to name: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try write(encoder.encode(value), to: name)
  }

  /// Writes lines, each with its end.
  ///
  /// - Parameters:
  ///   - lines: the whole content.
  ///   - name: below this folder.
  /// - Throws: `FileError` with the reason.
  public func write(lines: [String], to name: String) throws {
    try write(Data(lines.map { $0 + "\n" }.joined().utf8), to: name)
  }

  /// Returns the path of a file below this folder, whose folder is there then.
  func made(_ name: String) throws -> String {
    let file = "\(path)/\(name)"
    try OutputPath.makeFolder(of: file)
    return file
  }
}

extension String {
  /// Whether the text is one line of characters that XML, YAML and tables can hold.
  var isLine: Bool {
    unicodeScalars.allSatisfy { scalar in
      // The mark of a text's order of bytes, which readers take away, and the one that is none.
      let isMark = scalar.value == 0xFEFF || scalar.value & ~1 == 0xFFFE
      return !isMark
        && ![.control, .lineSeparator, .paragraphSeparator]
          .contains(scalar.properties.generalCategory)
    }
  }

  /// Whether the text is such a line with nothing at its ends that readers take away.
  var isTrimmedLine: Bool {
    isLine && trimmingCharacters(in: .whitespacesAndNewlines).count == count
  }

  /// The text as the name of a file or folder: no parts, never up, never hidden, never too long.
  package var asFileName: String {
    var name = String(
      String.UnicodeScalarView(
        unicodeScalars.map { $0 == "/" || $0 == "\\" || $0.value < 32 ? "_" : $0 }))
    if name.hasPrefix(".") { name = "_" + name.dropFirst() }
    // An ending and a number may follow, and 255 bytes are the most that file systems take.
    while name.utf8.count > 230 { name.removeLast() }
    return name.isEmpty ? "_" : name
  }
}
