import Files
import ImageFiles
import MultiBox

/// One labelled image of a dataset: its pixels' source and the objects in it.
public struct DatasetImage: Sendable {
  /// The source of an image's pixels.
  public enum Source: Sendable {
    /// An image file.
    case file(path: String)
    /// An image file within another file.
    case embedded(FilePart)
    /// Pixels made on demand; the same every time.
    case generated(@Sendable () -> RGBImage)
  }

  /// An image that was made here, or one in a kept index, of which nothing is made until somebody
  /// asks. A million of either are an array of two words each.
  private enum Row: Sendable {
    case made(Made)
    case kept(ImageRows, Int)
  }

  private final class Made: Sendable {
    let content: Content

    init(_ content: Content) { self.content = content }
  }

  private struct Content: Sendable {
    var name: String
    var source: Source
    var isUnlabeled = false
    var width: Int
    var height: Int
    var groundTruth: [LabeledPixelBox]
    var areas: [Double]?
    var boxAreas: [Double]?
  }

  private var row: Row

  /// Creates a labelled image; boxes are taken as they are.
  ///
  /// `areas` and `boxAreas`, where given, have an entry for each object of `groundTruth`.
  public init(
    name: String, source: Source, width: Int, height: Int, groundTruth: [LabeledPixelBox],
    areas: [Double]? = nil, boxAreas: [Double]? = nil
  ) {
    row = .made(
      Made(
        Content(
          name: name, source: source, width: width, height: height, groundTruth: groundTruth,
          areas: areas, boxAreas: boxAreas)))
  }

  /// The image of a number in a kept index.
  init(_ rows: ImageRows, _ index: Int) { row = .kept(rows, index) }

  @inline(__always)
  private func read<Value>(
    _ made: (Content) -> Value, _ kept: (ImageRows, Int) -> Value
  ) -> Value {
    switch row {
    case .made(let image): made(image.content)
    case .kept(let rows, let index): kept(rows, index)
    }
  }

  private mutating func change(_ change: (inout Content) -> Void) {
    var content: Content
    switch row {
    case .made(let image): content = image.content
    case .kept(let rows, let index):
      content = Content(
        name: rows.name(index), source: rows.source(index), isUnlabeled: rows.isUnlabeled(index),
        width: rows.width(index), height: rows.height(index),
        groundTruth: rows.groundTruth(index), areas: rows.areas(index),
        boxAreas: rows.boxAreas(index))
    }
    change(&content)
    row = .made(Made(content))
  }

  /// The name that reports and files use; unique in the dataset (VOC: the stem,
  /// `BloodImage_00007`).
  public var name: String {
    get { read({ $0.name }, { $0.name($1) }) }
    set { change { $0.name = newValue } }
  }
  /// The source of the pixels.
  public var source: Source {
    get { read({ $0.source }, { $0.source($1) }) }
    set { change { $0.source = newValue } }
  }
  /// Says that nobody labelled the image, which so is taken for one without objects.
  public var isUnlabeled: Bool {
    get { read({ $0.isUnlabeled }, { $0.isUnlabeled($1) }) }
    set { change { $0.isUnlabeled = newValue } }
  }
  /// W in pixels, after EXIF orientation.
  public var width: Int {
    get { read({ $0.width }, { $0.width($1) }) }
    set { change { $0.width = newValue } }
  }
  /// H in pixels, after EXIF orientation.
  public var height: Int {
    get { read({ $0.height }, { $0.height($1) }) }
    set { change { $0.height = newValue } }
  }
  /// What stands in the image.
  public var groundTruth: [LabeledPixelBox] {
    get { read({ $0.groundTruth }, { $0.groundTruth($1) }) }
    set { change { $0.groundTruth = newValue } }
  }
  /// For each object the area that COCO's measures sort it by, where the file gives one (of the
  /// segment); nil takes the boxes'.
  public var areas: [Double]? {
    get { read({ $0.areas }, { $0.areas($1) }) }
    set { change { $0.areas = newValue } }
  }
  /// For each object its box's width times height, where the file gives sides; nil takes them of
  /// the corners.
  public var boxAreas: [Double]? {
    get { read({ $0.boxAreas }, { $0.boxAreas($1) }) }
    set { change { $0.boxAreas = newValue } }
  }

  /// ``groundTruth`` as the measures take it.
  public var evaluationObjects: [EvaluationObject] {
    let (areas, boxAreas) = (areas, boxAreas)
    return groundTruth.enumerated().map { index, labeled in
      var object = EvaluationObject(labeled)
      if let areas { object.area = areas[index] }
      if let boxAreas { object.boxArea = boxAreas[index] }
      return object
    }
  }
}

extension DatasetImage.Source {
  /// The file, and where it holds several images the place, for reports; nil for made pixels.
  var file: String? {
    switch self {
    case .file(let path): path
    case .embedded(let part): part.description
    case .generated: nil
    }
  }
}

extension DatasetImage {
  /// Reads or makes the pixels.
  ///
  /// - Throws: `ImageError` or `FileError` naming the file.
  public func pixels() throws -> RGBImage {
    // As many as its header had when the dataset was read, and allowed.
    let maximumPixels = max(ImageFile.usualMaximumPixels, width * height)
    return switch source {
    case .file(let path): try ImageFile.read(path, maximumPixels: maximumPixels)
    case .embedded(let part):
      try ImageFile.decode(
        part.contents(), path: part.description, maximumPixels: maximumPixels)
    case .generated(let make): make()
    }
  }

  /// ``groundTruth`` in shares of the image, as the loss takes it.
  public var normalizedGroundTruth: [LabeledBox] {
    groundTruth.map { $0.normalized(width: width, height: height) }
  }
}
