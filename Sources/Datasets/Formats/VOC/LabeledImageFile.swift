import Files
import Foundation
import ImageFiles
import MultiBox

/// One image file and the annotation file that goes with it, without a dataset around them.
public enum LabeledImageFile {
  /// Reads the annotation and the image's header.
  ///
  /// - Parameters:
  ///   - image: path of an image file.
  ///   - annotation: path of a Pascal VOC XML file.
  ///   - classNames: the classes of a run; nil takes the names found, sorted.
  ///   - maximumPixels: an image of more is refused; nil takes the usual number.
  /// - Throws: ``DatasetError``, `FileError` or `ImageError` naming the file.
  public static func load(
    image: String, annotation: String, classNames: ClassNames? = nil, maximumPixels: Int? = nil
  ) throws -> (image: DatasetImage, classNames: ClassNames, report: DatasetReport) {
    // Missing, a folder or unreadable, it is no annotation that was left out.
    _ = try InputFile.contents(annotation)
    let place = try DatasetPlace(annotation)
    var report = DatasetReport()
    let annotated = AnnotatedImage(
      voc: image.lastPart, file: annotation, picture: image, folders: [], isUnlabeled: false,
      files: VOCAnnotationFiles([annotation], firstPixel: nil).load(), report: &report)
    guard let annotated else { throw DatasetError.noClasses(path: annotation, report) }
    // Names the image's problem as its own.
    _ = try ImageFile.size(
      image, maximumPixels: maximumPixels ?? ImageFile.usualMaximumPixels)
    var assembly = SplitAssembly(
      SplitContent(images: [annotated]), of: place, finder: ImageFinder(place, imageFolder: nil),
      maximumPixels: maximumPixels
    )
    let dataset = try assembly.dataset(
      classNames: classNames, path: annotation, report: &report)
    guard let loaded = dataset.images.first else {
      throw DatasetError.noClasses(path: annotation, report)
    }
    return (loaded, dataset.classNames, report)
  }
}
