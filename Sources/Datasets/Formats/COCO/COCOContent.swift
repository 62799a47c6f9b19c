import Files
import MultiBox

/// What a COCO instances file says, in its own numbers.
///
/// Keys stand in any order; of a key that an object has twice the last counts, as in Python's
/// reader. The three lists must not come twice.
struct COCOContent: Sendable {
  struct Image: Sendable {
    /// Number of the id: see ``COCOContent/imageID(of:)-(Image)``.
    let identifier: Int32
    let fileName: String?
    let width: Int?
    let height: Int?
  }

  struct Category: Sendable {
    let id: COCOIdentifier
    let name: String
  }

  /// An annotation, as small as it can be: a file may have millions.
  struct Annotation: Sendable {
    /// Numbers of identifiers: see ``imageIndex(of:)`` and ``categoryIndex(of:)``.
    let image: Int32
    let category: Int32
    /// In pixels.
    let sides: COCOSides
    /// Of the segment.
    let area: Double?
    let boxSource: BoxSource
    let isCrowd: Bool
    let isDifficult: Bool

    /// The box; nil where there is none.
    var box: PixelBox? {
      boxSource == .bbox || boxSource == .segment ? sides.box : nil
    }
  }

  /// Where the box of an annotation is from.
  enum BoxSource: UInt8, Sendable {
    case bbox
    /// The upright box of the segment, polygons or a mask, for want of a bbox.
    case segment
    /// Neither bbox nor segment.
    case none
    /// A bbox that is not four finite numbers; where it is refused, also one of less than nothing.
    case malformed
  }

  /// Images, categories and annotations in the order of the file.
  let images: COCOImages
  let categories: [Category]
  let annotations: [Annotation]
  /// For each annotation of ``BoxSource/malformed`` what its bbox should be and is.
  let malformedBoxes: [Int: String]
  /// Degrees that CVAT's boxes are turned by about their centres, by the annotation's number: the
  /// bbox is that before the turn.
  let rotations: [Int: Double]
  /// The keys that the file does not have of `images`, `categories` and `annotations`.
  let missingLists: [String]

  private let imageIdentifiers: [COCOIdentifier]
  private let categoryIdentifiers: [COCOIdentifier]
  /// By the number of an identifier; −1 for what only annotations name.
  private let imageIndices: [Int32]
  private let categoryIndices: [Int32]

  /// Reads a JSON file.
  ///
  /// - Parameter refusesMalformedBoxes: a bbox that is none is an error.
  /// - Throws: ``FileError`` that names key, place, expected and found; also for a second image or
  ///   category of one id.
  init(_ path: String, refusesMalformedBoxes: Bool = false) throws(FileError) {
    try self.init(MappedFile(path), path: path, refusesMalformedBoxes: refusesMalformedBoxes)
  }

  /// Reads a file of `path`.
  init(
    _ file: MappedFile, path: String, refusesMalformedBoxes: Bool = false
  ) throws(FileError) {
    let reader = try JSONFile.read(file, path: path) { scanner throws(JSONProblem) in
      var reader = COCOContentReader(refusesMalformedBoxes: refusesMalformedBoxes)
      try reader.read(&scanner)
      return reader
    }
    images = reader.images
    categories = reader.categories
    annotations = reader.annotations
    malformedBoxes = reader.malformedBoxes
    rotations = reader.rotations
    missingLists = reader.missingLists
    imageIdentifiers = reader.imageIdentifiers.list
    categoryIdentifiers = reader.categoryIdentifiers.list
    categoryIndices = try Self.indices(
      of: categories.lazy.map { reader.categoryIdentifiers.known($0.id) }, in: categoryIdentifiers,
      "categories: a second category", path: path)
    imageIndices = try Self.indices(
      of: images.lazy.map(\.identifier), in: imageIdentifiers, "images: a second image", path: path)
  }

  private static func indices(
    of references: some Sequence<Int32?>, in identifiers: [COCOIdentifier], _ second: String,
    path: String
  ) throws(FileError) -> [Int32] {
    var indices = [Int32](repeating: -1, count: identifiers.count)
    for (index, reference) in references.enumerated() {
      guard let reference else { continue }
      guard indices[Int(reference)] < 0 else {
        throw FileError(path: path, reason: "\(second) of id \(identifiers[Int(reference)])")
      }
      indices[Int(reference)] = Int32(index)
    }
    return indices
  }

  /// The index in ``images`` of an annotation's image; nil if the file has none of its id.
  func imageIndex(of annotation: Annotation) -> Int? {
    Self.index(imageIndices[Int(annotation.image)])
  }

  /// The index in ``categories`` of an annotation's category; nil if the file has none of its id.
  func categoryIndex(of annotation: Annotation) -> Int? {
    Self.index(categoryIndices[Int(annotation.category)])
  }

  private static func index(_ index: Int32) -> Int? { index < 0 ? nil : Int(index) }

  /// The id of an image, as its own entry writes it.
  func imageID(of image: Image) -> COCOIdentifier { imageIdentifiers[Int(image.identifier)] }

  /// The id that an annotation gives as its image's.
  func imageID(of annotation: Annotation) -> COCOIdentifier {
    imageIdentifiers[Int(annotation.image)]
  }

  /// The id that an annotation gives as its category's.
  func categoryID(of annotation: Annotation) -> COCOIdentifier {
    categoryIdentifiers[Int(annotation.category)]
  }
}
