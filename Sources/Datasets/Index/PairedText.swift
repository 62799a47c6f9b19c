import Foundation

/// Images in folders beside folders of text files with their labels.
struct PairedText: Sendable {
  /// Paths below ``imageRoot``.
  let images: [String]
  /// The dataset's folder, or that of the images where it holds labels alone.
  let imageRoot: String
  let pairs: AnnotationPaths
  let splits: SplitChoice
  private let place: DatasetPlace
  private let splitOfPath: @Sendable (String) -> String?

  /// - Parameters:
  ///   - place: the dataset.
  ///   - images: below the folder `root`.
  ///   - root: the dataset's folder or another.
  ///   - labels: text files below the dataset's folder.
  ///   - seed: of the splits where no folder says them.
  ///   - splitOfPath: the split of a path; nil where its folders say none.
  ///   - lists: names of images without ending, or paths, for each split, where files list them.
  init(
    _ place: DatasetPlace, images: [String], of root: String, labels: [String], seed: UInt64,
    lists: [String: [Int]]? = nil, splitOfPath: @escaping @Sendable (String) -> String?
  ) {
    self.place = place
    self.images = images
    imageRoot = root
    self.splitOfPath = splitOfPath
    pairs = AnnotationPaths(images: images, labels: labels)
    splits =
      lists.map { SplitChoice($0) } ?? SplitChoice(images.map(splitOfPath), seed: seed)
  }

  /// The images below a place; where it holds labels alone, those of the folder that the user
  /// names.
  ///
  /// - Throws: ``DatasetError/missing(path:expected:)`` where no images are there.
  static func images(
    of place: DatasetPlace, _ options: ReadingOptions
  ) throws(DatasetError) -> (root: String, images: [String]) {
    let own = place.allFiles().filter(\.isImagePath)
    guard own.isEmpty else { return (place.folder, own) }
    guard let folder = options.imageFolder else {
      let other = UnreadPictures(place).all.first
      throw .missing(
        path: place.path,
        expected: "label files, but "
          + (other.map { "images of a format that is not read, \($0) the first" }
            ?? "no image: --images names their folder"))
    }
    return (folder, place.tree.files(below: folder).filter(\.isImagePath))
  }

  /// The label files that images have.
  var labels: [String] {
    images.compactMap { pairs.path(for: $0) }.map { "\(place.folder)/\($0)" }
  }

  /// Says whether an image has a label file, or several.
  private func isLabeled(_ index: Int) -> Bool {
    pairs.path(for: images[index]) != nil || pairs.ambiguous[images[index]] != nil
  }

  /// The images that splits, or reports of them, tell of.
  func listedImages(of split: String) -> [AnnotatedImage] {
    let told = Set(splits[split]).union(splits.outsiders)
    let others = Set(splits.names.filter { $0 != split }.flatMap { splits[$0] })
    return images.indices.filter { told.contains($0) || isLabeled($0) && !others.contains($0) }
      .map { AnnotatedImage(path: "\(imageRoot)/\(images[$0])") }
  }

  /// Opens a split. An image without a label file is left out, but in a split in which no image has
  /// one: that is a split of images.
  ///
  /// - Parameters:
  ///   - split: one of the splits.
  ///   - classNames: the classes; nil takes the objects' names.
  ///   - report: takes what concerns the split as a whole.
  ///   - read: the objects of a label file; nil, with a problem, leaves the image out.
  func content(
    of split: String, classNames: [String]?, report: inout DatasetReport,
    read: @escaping @Sendable (String, inout DatasetReport) -> [AnnotatedObject]?
  ) -> SplitContent {
    splits.reportOutside(of: place, report: &report) { images[$0] }
    let unread = UnreadPictures(place)
    // Other texts may lie about.
    let folders = Set(labels.map(\.parentFolder.lastPart))
    for label in pairs.unused where folders.contains(label.path.parentFolder.lastPart) {
      let named = splitOfPath(label.path).flatMap { splits.names.contains($0) ? $0 : nil }
      guard (named ?? splits.names.first) == split else { continue }
      report.add(.labelsWithoutImage, "\(place.folder)/\(label.path)", unread.reason(label))
    }
    let isUnlabeled = !splits.isSeeded && !splits[split].contains(where: isLabeled)
    let chosen = splits[split].map { images[$0] }
    let (pairs, root, imageRoot) = (pairs, place.folder, imageRoot)
    let others = OtherLabels(place)
    let twins = AnnotationPaths.twins(images, label: pairs.path(for:))
    return SplitContent(classNames: classNames, imageCount: chosen.count) { index, report in
      let image = chosen[index]
      if let several = pairs.ambiguous[image] {
        report.add(
          .disagreement, "\(imageRoot)/\(image)",
          "several label files of this name: \(several.joined(separator: ", "))")
        return nil
      }
      let name = image.lastPart.withoutExtension
      guard let label = pairs.path(for: image) else {
        guard isUnlabeled else {
          let path = "\(imageRoot)/\(image)"
          report.add(.unlistedImage, path, others.reason(of: path, "no label file of its name"))
          return nil
        }
        return AnnotatedImage(
          name: name, picture: .file("\(imageRoot)/\(image)"), annotation: "\(imageRoot)/\(image)",
          isUnlabeled: true)
      }
      guard let objects = read("\(root)/\(label)", &report) else { return nil }
      if let twins = twins[image] {
        report.add(.disagreement, "\(root)/\(label)", AnnotationPaths.reason(twins: twins))
      }
      return AnnotatedImage(
        name: name, picture: .file("\(imageRoot)/\(image)"), annotation: "\(root)/\(label)",
        objects: objects)
    }
  }
}
