import Files
import Foundation
import MultiBox

/// The labels of a split in their files' own terms; images are not opened yet.
public struct SplitContent: Sendable {
  /// The classes in the order that the files give them, which numbers of classes refer to; two may
  /// have one name. Nil takes the names that the objects have, sorted.
  public var classNames: [String]?
  /// The number of images.
  public let imageCount: Int
  private let read: @Sendable (Int, inout DatasetReport) throws -> AnnotatedImage?

  /// Creates a split whose annotations are read one by one, from several threads.
  ///
  /// - Parameters:
  ///   - classNames: the files' own list; nil where they have none.
  ///   - imageCount: the number of images.
  ///   - read: reads the annotation of the image of a number from 0; nil, with a problem in the
  ///     report, leaves the image out.
  public init(
    classNames: [String]? = nil, imageCount: Int,
    read: @escaping @Sendable (Int, inout DatasetReport) throws -> AnnotatedImage?
  ) {
    self.classNames = classNames
    self.imageCount = imageCount
    self.read = read
  }

  /// Creates a split whose annotations are read already.
  ///
  /// - Parameters:
  ///   - classNames: the files' own list; nil where they have none.
  ///   - images: in the order of the files.
  public init(classNames: [String]? = nil, images: [AnnotatedImage]) {
    self.init(classNames: classNames, imageCount: images.count) { index, _ in images[index] }
  }

  /// Reads the annotation of an image.
  ///
  /// - Parameters:
  ///   - index: its number, from 0.
  ///   - report: takes what was left out.
  public func image(_ index: Int, report: inout DatasetReport) throws -> AnnotatedImage? {
    try read(index, &report)
  }
}

/// An image as its annotation has it.
public struct AnnotatedImage: Sendable {
  /// The name that reports and files use.
  public var name: String
  /// Where the picture is.
  public var picture: Picture
  /// The path of the file that the labels are in.
  public var annotation: String
  /// Width and height in pixels as the annotation gives them; nil where it gives none.
  public var size: PixelSize?
  /// The objects, in the order of the file.
  public var objects: [AnnotatedObject]
  /// Says that no labels are there at all: not even that there is no object.
  public var isUnlabeled: Bool
  /// Other names of a written picture, looked for in their order where it is not found.
  public var otherNames: [String] = []
  /// What is known about a picture that is not found, in a few words.
  public var absence: String?

  /// Where the picture of an annotation is.
  public enum Picture: Sendable {
    /// A file that was found already.
    case file(String)
    /// A file as an annotation writes it, to be looked for: in `folders`, by its last parts, by its
    /// name alone. A name without an ending stands for the image of that name.
    case written(String, folders: [String])
    /// An image file within another file.
    case embedded(FilePart)
    /// Pixels that are made.
    case generated(DatasetImage.Source)
  }

  /// Creates an annotated image.
  public init(
    name: String, picture: Picture, annotation: String, size: PixelSize? = nil,
    objects: [AnnotatedObject] = [], isUnlabeled: Bool = false
  ) {
    self.name = name
    self.picture = picture
    self.annotation = annotation
    self.size = size
    self.objects = objects
    self.isUnlabeled = isUnlabeled
  }
}

extension AnnotatedImage {
  /// The names that a written picture may have, in the order in which they are looked for: those
  /// that are given, then those without the percent encoding of an address.
  var spellings: [String] {
    guard case .written(let written, _) = picture else { return [] }
    let names = [written] + otherNames
    return names
      + names.compactMap {
        $0.utf8.contains(UInt8(ascii: "%")) ? $0.removingPercentEncoding : nil
      }
  }

  /// An image file whose annotation nobody asks for.
  init(path: String) {
    self.init(name: path, picture: .file(path), annotation: path)
  }
}

/// Width and height in pixels.
public struct PixelSize: Hashable, Sendable {
  /// W.
  public var width: Int
  /// H.
  public var height: Int

  /// Creates a size; nil for what is none, as 0 × 0, which some tools write.
  public init?(width: Int?, height: Int?) {
    guard let width, let height, width > 0, height > 0 else { return nil }
    self.width = width
    self.height = height
  }
}

/// An object as its annotation has it.
public struct AnnotatedObject: Hashable, Sendable {
  /// The class of an object.
  public enum Label: Hashable, Sendable {
    /// By its name.
    case name(String)
    /// By its number in ``SplitContent/classNames``, from 1.
    case number(Int)
    /// Of every class: a region in which nothing counts.
    case every
  }

  /// A box in one of the units that files have.
  public enum Shape: Hashable, Sendable {
    /// Corners in pixels of the annotated size, continuous coordinates.
    case pixels(PixelBox)
    /// Corners in shares of the image.
    case shares(Box)
  }

  /// The class.
  public var label: Label
  /// The box.
  public var shape: Shape
  /// Counts neither as found nor as missed.
  public var isDifficult = false
  /// Stands for a crowd of objects.
  public var isCrowd = false
  /// The area of its segment, where the file gives one.
  public var area: Double?
  /// Width times height as the file gives them, where it gives sides.
  public var boxArea: Double?
  /// The place in the file, such as `line 3`.
  public var place: String
  /// The box in the file's own numbers, for the report.
  public var written: String

  /// Creates an object.
  ///
  /// - Parameters:
  ///   - label: its class.
  ///   - shape: its box.
  ///   - place: in the file, such as `line 3`.
  ///   - written: the box in the file's own numbers.
  public init(_ label: Label, _ shape: Shape, place: String, written: String) {
    self.label = label
    self.shape = shape
    self.place = place
    self.written = written
  }
}

extension AnnotatedObject.Shape {
  /// The box around points, or nil where there are none.
  ///
  /// - Parameter points: pairs of x and y in pixels.
  public static func around(_ points: [(x: Double, y: Double)]) -> AnnotatedObject.Shape? {
    guard let first = points.first else { return nil }
    var box = PixelBox(xMin: first.x, yMin: first.y, xMax: first.x, yMax: first.y)
    for point in points.dropFirst() {
      box.xMin = min(box.xMin, point.x)
      box.yMin = min(box.yMin, point.y)
      box.xMax = max(box.xMax, point.x)
      box.yMax = max(box.yMax, point.y)
    }
    return .pixels(box)
  }
}
