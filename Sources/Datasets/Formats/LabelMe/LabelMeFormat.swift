import Files
import Foundation
import ImageFiles
import MultiBox

/// LabelMe's JSON: a file for each image, with rectangles, polygons, circles and masks in pixels.
///
/// Folders called `train`, `val` or `test` are splits; without any, a seed chooses. The picture is
/// the one that the file names, as seen from it, or the one of the file's name, or the one that it
/// holds. An image without a file is left out, but in a split in which no image has one: that is a
/// split of images.
struct LabelMeFormat: JSONLabelFormat {
  static let name = "labelme"
  static let title = "LabelMe"
  static let hallmark = "JSON files with shapes and imagePath, one for each image"
  static let canHold: LabelContent = [.difficult, .splits, .emptyImages]

  let entries: LabelEntries
  let problems: DatasetReport

  static func isMeant(_ outline: JSONOutline) -> Bool {
    !outline.isList && outline.has("shapes")
      && ["imagePath", "imageData", "imageHeight", "version", "flags"].contains { outline.has($0) }
  }

  init(_ place: DatasetPlace, options: ReadingOptions) throws {
    let all = JSONLabels.files(of: place)
    let files = JSONLabels.files(of: place, Self.isMeant)
    var problems = DatasetReport()
    for other in Set(all).subtracting(files).sorted() {
      problems.add(
        .unreadableAnnotation, "\(place.folder)/\(other)", "expected shapes of LabelMe, found none")
    }
    self.problems = problems
    let images = place.file == nil ? place.allFiles().filter(\.isImagePath) : []
    let labels = AnnotationPaths(images + files, ending: "json")
    var pictures: [String: String] = [:]
    for image in images {
      if let file = labels.path(for: image), pictures[file] == nil { pictures[file] = image }
    }
    let finder = ImageFinder(place, imageFolder: options.imageFolder)
    let shared = Set(
      pictures.lazy.filter { $0.key.parentFolder == $0.value.parentFolder }
        .map(\.key.parentFolder))
    let found = concurrentMap(
      count: files.count, threadCount: AvailableProcessors.count
    ) { [pictures] index in
      LabelMePicture(
        of: "\(place.folder)/\(files[index])",
        beside: pictures[files[index]].map { "\(place.folder)/\($0)" }, in: place, finder: finder,
        isAmongPictures: shared.contains(files[index].parentFolder))
    }
    let entries = zip(files, found).map { name, picture in
      let file = "\(place.folder)/\(name)"
      return LabelEntries.Entry(
        labelFile: name,
        picture: pictures[name] ?? (picture.written.isEmpty ? name : picture.written),
        path: picture.path
      ) { Self.image(file, picture: picture, report: &$0) }
    }
    self.entries = LabelEntries(
      entries + Self.unlabeled(images, pictures: found, in: place), of: place,
      options: options, holdsOne: true)
  }

}
