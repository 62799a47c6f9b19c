import Foundation

/// The images of labels that lie alone: in the folder that the user names.
struct YOLOImagesElsewhere: Sendable {
  /// The folder of the images.
  let folder: String
  private let images: [String]
  private let pairs: AnnotationPaths
  private let place: DatasetPlace

  /// Looks for the label file of each image; nil for a place that has images, or without a folder.
  init?(_ place: DatasetPlace, imageFolder: String?) {
    guard let imageFolder, !place.allFiles().contains(where: \.isImagePath) else { return nil }
    folder = imageFolder
    self.place = place
    images = place.tree.files(below: imageFolder).filter(\.isImagePath)
    pairs = AnnotationPaths(images: images, labels: YOLOLayout.labelFiles(of: place))
  }

  /// The label file of an image; nil where there is none, and where several are equally near.
  func labelFile(of image: String) -> String? {
    below(image).flatMap(pairs.path).map { "\(place.folder)/\($0)" }
  }

  /// Label files that are equally near to an image.
  func severalFiles(of image: String) -> [String]? { below(image).flatMap { pairs.ambiguous[$0] } }

  private func below(_ image: String) -> String? {
    image.hasPrefix(folder + "/") ? String(image.dropFirst(folder.count + 1)) : nil
  }

  /// Divides the images by their folders, else by those of their labels, else by a seed. Without
  /// folders of their own, images without a label are of no split: nobody labelled them.
  func divided(
    of place: DatasetPlace, seed: UInt64, _ report: inout DatasetReport
  ) -> (images: [String: [YOLOLayout.Image]], outsiders: [YOLOLayout.Image], seeded: String?) {
    let own = SplitFolders(images)
    guard own.isEmpty else {
      return YOLOLayout.divided(
        images, below: folder, own.split, of: place, seed: seed, &report)
    }
    let ofLabels = SplitFolders(images.compactMap(pairs.path))
    return YOLOLayout.divided(
      images.filter { pairs.path(for: $0) != nil || pairs.ambiguous[$0] != nil }, below: folder,
      { pairs.path(for: $0).flatMap(ofLabels.split) }, of: place, seed: seed, &report)
  }
}
