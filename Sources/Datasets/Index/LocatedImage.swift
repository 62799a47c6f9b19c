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
  /// The objects of a record, which its annotation then has no more.
  var truth: ImageTruth?
  /// What was found on the way.
  var report = DatasetReport()

  /// Whether its annotation has objects.
  var isOfObjects: Bool { truth?.isOfObjects ?? (annotated?.objects.isEmpty == false) }
}
