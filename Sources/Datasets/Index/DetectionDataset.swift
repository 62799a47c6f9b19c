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

  /// The name that reports and files use; unique in the dataset (VOC: the stem,
  /// `BloodImage_00007`).
  public var name: String
  /// The source of the pixels.
  public var source: Source
  /// Says that nobody labelled the image, which so is taken for one without objects.
  public var isUnlabeled = false  // Here it fits beside the source, and costs no memory.
  /// W in pixels, after EXIF orientation.
  public var width: Int
  /// H in pixels, after EXIF orientation.
  public var height: Int
  /// What stands in the image.
  public var groundTruth: [LabeledPixelBox]
  /// For each object the area that COCO's measures sort it by, where the file gives one (of the
  /// segment); nil takes the boxes'.
  public var areas: [Double]?
  /// For each object its box's width times height, where the file gives sides; nil takes them of
  /// the corners.
  public var boxAreas: [Double]?

  /// Creates a labelled image; boxes are taken as they are.
  ///
  /// `areas` and `boxAreas`, where given, have an entry for each object of `groundTruth`.
  public init(
    name: String, source: Source, width: Int, height: Int, groundTruth: [LabeledPixelBox],
    areas: [Double]? = nil, boxAreas: [Double]? = nil
  ) {
    self.name = name
    self.source = source
    self.width = width
    self.height = height
    self.groundTruth = groundTruth
    self.areas = areas
    self.boxAreas = boxAreas
  }

  /// ``groundTruth`` as the measures take it.
  public var evaluationObjects: [EvaluationObject] {
    groundTruth.enumerated().map { index, labeled in
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

/// The labelled images of one split.
public struct DetectionDataset: Sendable {
  /// Names of the classes.
  public var classNames: ClassNames
  /// The images, in the order of the split's file.
  public var images: [DatasetImage]

  /// Creates a dataset in a program, of any source.
  public init(classNames: ClassNames, images: [DatasetImage]) {
    self.classNames = classNames
    self.images = images
  }
}
