import Foundation
import Synchronization

/// Label files of another layout than the one that is read: an image that has one is not without
/// labels, whatever the layout says of images without a file.
final class OtherLabels: Sendable {
  private let place: DatasetPlace
  private let own: Set<String>
  private let known = Mutex(Paths?.none)

  /// Label files in folders of their own.
  private struct Paths {
    let files: AnnotationPaths
    /// Those in folders that are called so: elsewhere texts may be anything.
    let texts: AnnotationPaths
    /// How many images have each of the texts.
    let imageCounts: [String: Int]
  }

  /// - Parameters:
  ///   - place: the dataset.
  ///   - own: label files that are of the layout, as paths below the place.
  init(_ place: DatasetPlace, besides own: Set<String> = []) {
    self.place = place
    self.own = own
  }

  /// The label file of an image; nil without one.
  ///
  /// - Parameter image: the path of an image that no label file of the layout names.
  func file(of image: String) -> String? {
    guard image.hasPrefix(place.folder + "/") else { return nil }
    let stem = image.lastPart.withoutExtension
    for ending in ["xml", "json", "txt"] {
      let name = "\(stem).\(ending)"
      if !YOLOLayout.isOtherText(name.lowercased()),
        let found = place.tree.find(name, in: image.parentFolder),
        !own.contains(String(found.dropFirst(place.folder.count + 1)))
      {
        return found
      }
    }
    guard place.file == nil else { return nil }
    let (paths, name) = (paths, String(image.dropFirst(place.folder.count + 1)))
    let file =
      paths.files.path(for: name)
      // That of the left camera's image is not the right one's too.
      ?? paths.texts.path(for: name).flatMap { paths.imageCounts[$0] == 1 ? $0 : nil }
    return file.map { "\(place.folder)/\($0)" }
  }

  private static func isOfLabels(_ text: String) -> Bool {
    let folder = text.parentFolder.lowercased()
    return text.fileExtension == "txt" && !YOLOLayout.isOtherText(text.lastPart.lowercased())
      && (folder.contains("label") || folder.contains("annotation"))
  }

  private var paths: Paths {
    if let paths = known.withLock({ $0 }) { return paths }
    let all = place.allFiles()
    let images = all.filter(\.isImagePath)
    let files = AnnotationPaths(
      images: images,
      labels: all.filter { ["xml", "json"].contains($0.fileExtension) && !own.contains($0) })
    let texts = AnnotationPaths(
      images: images, labels: all.filter { Self.isOfLabels($0) && !own.contains($0) })
    let paths = Paths(
      files: files, texts: texts,
      imageCounts: images.reduce(into: [:]) { counts, image in
        if let text = texts.path(for: image) { counts[text, default: 0] += 1 }
      })
    known.withLock { $0 = paths }
    return paths
  }

  /// Why an image with such a file is not taken for one without objects.
  static func reason(_ file: String) -> String {
    "\(file) may hold its labels in another layout"
      + (file.fileExtension == "txt" ? ", or in another folder," : "")
      + " than the one that is read: --format reads that one, and an empty label file of this layout says that the image has no objects"
  }

  /// Why nobody labelled an image, with the label file that has its name.
  ///
  /// - Parameters:
  ///   - image: its path.
  ///   - reason: what there is to say without such a file.
  ///   - isOfLists: lists, as those of a `data.yaml`, say which images there are: a text may be of
  ///     the layout, in a folder that none of them names.
  func reason(of image: String, _ reason: String, isOfLists: Bool = false) -> String {
    guard let other = file(of: image) else { return reason }
    let folder =
      isOfLists && other.fileExtension == "txt" ? ", or in a folder that no list names" : ""
    return "\(reason); \(other) has its name, perhaps of another layout (--format)\(folder)"
  }
}
