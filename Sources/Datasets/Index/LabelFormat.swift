import Files
import MultiBox

/// A layout of labelled images on a disk: one file that recognises it, reads it and, where a target
/// makes sense, writes it.
///
/// A program's own layout is a type of this protocol, and ``DatasetFormat/init(_:)`` makes it one
/// that ``DatasetLoader`` reads.
public protocol LabelFormat: Sendable {
  /// The name in options and run folders, such as `voc`.
  static var name: String { get }
  /// The name for people, such as `Pascal VOC`.
  static var title: String { get }
  /// What the layout is known by, in a few words: `Annotations and ImageSets/Main`.
  static var hallmark: String { get }
  /// What its files can say besides classes and boxes.
  static var canHold: LabelContent { get }

  /// Says that of objects of one image, class and box its files hold one: a second row that says
  /// the same is taken for a mistake.
  static var holdsObjectsOnce: Bool { get }

  /// Says whether a folder or file looks like this layout.
  ///
  /// - Parameter place: the folder or file.
  static func recognize(_ place: DatasetPlace) -> Recognition

  /// Opens a place that was recognised, or that the user says is of this layout.
  ///
  /// - Parameters:
  ///   - place: the folder or file.
  ///   - options: how it is read, where its files leave a choice.
  /// - Throws: ``DatasetError`` or `FileError` naming the file.
  init(_ place: DatasetPlace, options: ReadingOptions) throws

  /// Returns the names of the splits.
  ///
  /// - Throws: ``DatasetError`` or `FileError` naming the file.
  func splits() throws -> [String]

  /// The reason why a seed decides which images are in which split; nil where the files say it.
  func seededSplit() throws -> String?

  /// Opens a split.
  ///
  /// - Parameters:
  ///   - split: one of ``LabelFormat/splits()``.
  ///   - report: takes what concerns the split as a whole.
  /// - Throws: ``DatasetError`` or `FileError` naming the file.
  func content(of split: String, report: inout DatasetReport) throws -> SplitContent

  /// Returns the images that a split names, found or not, without their objects: an image in the
  /// folder that no split names is told, and left out. Those that a report of the split tells of
  /// belong to it.
  ///
  /// - Parameter split: one of ``LabelFormat/splits()``.
  /// - Returns: nil for a layout that tells by itself what it leaves out, or has no image files.
  /// - Throws: ``DatasetError`` or `FileError` naming the file.
  func listedImages(of split: String) throws -> [AnnotatedImage]?

  /// Returns the files that should hold labels of this layout and cannot be read as such: empty,
  /// cut off, no text, in columns that are not understood. They are told with every split, for
  /// nobody knows which images they name; files of something else are none.
  ///
  /// - Returns: nothing for a layout that tells them by itself.
  func unreadFiles() -> [DatasetProblem]

  /// Begins a dataset of this layout; nil for a layout that is not written.
  ///
  /// - Parameter folder: takes the dataset's files.
  static func writer(into folder: OutputFolder) -> (any LabelWriter)?
}

extension LabelFormat {
  /// Objects that are the same stand there as often as they are.
  public static var holdsObjectsOnce: Bool { false }

  /// Not written, unless the layout says otherwise.
  public static func writer(into folder: OutputFolder) -> (any LabelWriter)? { nil }

  /// The layout tells by itself what it leaves out.
  public func listedImages(of split: String) throws -> [AnnotatedImage]? { nil }

  /// The layout tells by itself what it cannot read.
  public func unreadFiles() -> [DatasetProblem] { [] }

  /// The files say which images are in which split.
  public func seededSplit() throws -> String? { nil }
}

/// How well a place fits a layout.
public enum Recognition: Hashable, Sendable {
  /// It is laid out like this.
  case fits
  /// It is laid out like this unless it is laid out like another layout: of a place that none
  /// ``fits`` it is the first such one's.
  case fitsAlone
  /// Part of it is there: what is, and what is missing, in a few words.
  case near(String)
  /// Nothing speaks for it.
  case differs
}

/// What a layout's files can say besides classes and boxes.
public struct LabelContent: OptionSet, Hashable, Sendable {
  /// The bits of the set.
  public let rawValue: Int
  /// Creates a set of its bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Objects that count neither as found nor as missed.
  public static let difficult = LabelContent(rawValue: 1)
  /// Boxes around a crowd of objects.
  public static let crowds = LabelContent(rawValue: 2)
  /// The area of an object's segment.
  public static let areas = LabelContent(rawValue: 4)
  /// Several splits.
  public static let splits = LabelContent(rawValue: 8)
  /// Classes in an order of their own, also those without an object.
  public static let classList = LabelContent(rawValue: 16)
  /// Images without objects, told from images without labels.
  public static let emptyImages = LabelContent(rawValue: 32)
}

/// How a place is read, where its files leave a choice.
public struct ReadingOptions: Hashable, Sendable {
  /// The seed that decides which images are `train` and which `test` where no file says it.
  public var splitSeed: UInt64
  /// The folder that images are looked for in first; nil looks where the layout has them.
  public var imageFolder: String?
  /// The number of the first pixel in corners of Pascal VOC's kind, 0 or 1; nil takes 0 where any
  /// annotation has a 0, else 1, and 0 in tables of corners (CSV).
  public var firstPixel: Int?
  /// The most pixels that an image may have; nil takes `ImageFile.usualMaximumPixels`.
  public var maximumPixels: Int?

  /// Creates the options.
  ///
  /// - Parameters:
  ///   - splitSeed: of the splits of a place without any.
  ///   - imageFolder: where images are looked for first.
  ///   - firstPixel: 0 or 1; nil looks at the data.
  ///   - maximumPixels: of an image; nil takes the usual number.
  public init(
    splitSeed: UInt64 = 0, imageFolder: String? = nil, firstPixel: Int? = nil,
    maximumPixels: Int? = nil
  ) {
    self.splitSeed = splitSeed
    self.imageFolder = imageFolder
    self.firstPixel = firstPixel
    self.maximumPixels = maximumPixels
  }
}
