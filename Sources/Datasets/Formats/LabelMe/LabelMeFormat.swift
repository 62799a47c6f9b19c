import Files
import Foundation
import ImageFiles
import MultiBox

/// LabelMe's JSON: a file for each image, with rectangles, polygons, circles and masks in pixels.
///
/// Folders called `train`, `val` or `test` are splits; without any, a seed chooses. The picture is
/// the one that the file names, as seen from it, or the one of the file's name. Images without a
/// file have no labels, which is counted.
struct LabelMeFormat: LabelFormat {
  static let name = "labelme"
  static let title = "LabelMe"
  static let hallmark = "JSON files with shapes and imagePath, one for each image"
  static let canHold: LabelContent = [.difficult, .splits, .emptyImages]

  private let entries: LabelEntries
  private let problems: DatasetReport

  static func recognize(_ place: DatasetPlace) -> Recognition {
    JSONLabels.recognize(place, isMeant)
  }

  private static func isMeant(_ outline: JSONOutline) -> Bool {
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
    var entries = files.map { name in
      let file = "\(place.folder)/\(name)"
      let picture = pictures[name].map { "\(place.folder)/\($0)" }
      // A file of another name than its picture has to be opened to know which that is.
      let written =
        pictures[name] ?? (try? JSONLabels.decode(LabelMeContent.self, file))?.imagePath ?? name
      return LabelEntries.Entry(labelFile: name, picture: written) { report in
        Self.image(file, picture: picture, in: place, report: &report)
      }
    }
    let labeled = entries.map(\.picture) + files
    entries += Self.unlabeled(images, labeled: labeled, in: place)
    self.entries = LabelEntries(entries, of: place, seed: options.splitSeed, holdsOne: true)
  }

  func splits() -> [String] { entries.splits }

  func seededSplit() -> String? { entries.seededSplit }

  func content(of split: String, report: inout DatasetReport) -> SplitContent {
    report.add(problems)
    return entries.content(of: split, report: &report)
  }
}
