import ImageFiles

/// What reading one annotation and the header of its picture gives.
struct LocatedImage {
  /// The annotation; nil where it is left out.
  var annotated: AnnotatedImage?
  /// The picture; nil where there is none that can be used.
  var source: DatasetImage.Source?
  /// How well the annotation leads to the picture.
  var likeness = ImageFinder.Likeness.all
  /// Of the upright picture.
  var size: PixelSize?
  /// Of a picture whose boxes were drawn as it is stored.
  var orientation = EXIFOrientation.upright
  /// The objects in pixels, which the annotation then has no more.
  var truth: ImageTruth?
  /// What was found on the way.
  var report = DatasetReport()

  /// Whether its annotation has objects.
  var isOfObjects: Bool { truth?.isOfObjects ?? (annotated?.objects.isEmpty == false) }

  /// Says that neither reading the annotation nor finding the picture left it out.
  var isThere: Bool { annotated != nil && source != nil && size != nil }

  /// The image with its objects, where there is nothing else to tell; nil where there is.
  var plain: DatasetImage? {
    guard let truth, truth.report.isEmpty, report.isEmpty, likeness == .all,
      orientation == .upright
    else { return nil }
    return image(of: truth)
  }

  /// The image with its objects; nil for one that is left out.
  ///
  /// - Parameter truth: its objects.
  func image(of truth: ImageTruth) -> DatasetImage? {
    guard let annotated, let source, let size else { return nil }
    var image = DatasetImage(
      name: annotated.name, source: source, width: size.width, height: size.height,
      groundTruth: truth.groundTruth, areas: truth.areas, boxAreas: truth.boxAreas)
    image.isUnlabeled = annotated.isUnlabeled
    return image
  }
}
