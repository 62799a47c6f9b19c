import MultiBox

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
