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
  /// - Throws: ``DatasetError`` or `ImageError` naming the file.
  public static func load(
    image: String, annotation: String, classNames: ClassNames? = nil
  ) throws -> (image: DatasetImage, classNames: ClassNames, report: DatasetReport) {
    guard let data = FileManager.default.contents(atPath: annotation) else {
      throw DatasetError.missing(path: annotation, expected: "no such file")
    }
    let parsed: VOCAnnotation
    do {
      parsed = try VOCAnnotation(data)
    } catch {
      throw DatasetError.missing(path: annotation, expected: "\(error)")
    }
    let size = try ImageFile.size(image)
    let names = classNames ?? ClassNames(Set(parsed.objects.map(\.name)).sorted())
    guard !names.isEmpty else { throw DatasetError.noClasses(path: annotation) }
    var report = DatasetReport()
    let groundTruth = parsed.groundTruth(
      file: annotation, width: size.width, height: size.height, classNames: names, report: &report)
    return (
      DatasetImage(
        name: (image as NSString).lastPathComponent, source: .file(path: image),
        width: size.width, height: size.height, groundTruth: groundTruth), names, report
    )
  }
}
