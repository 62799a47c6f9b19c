import Files
import Foundation
import ImageFiles
import MultiBox

/// The images in a dataset's folder that no split names: nobody says that nothing is in them, so
/// they are left out, and told.
struct UnlistedImages {
  private let reader: any LabelFormat
  private let place: DatasetPlace
  private let finder: ImageFinder
  private let imageFolder: String?
  private let unreadLabels: UnreadLabels

  /// - Parameters:
  ///   - reader: says which images there should be.
  ///   - place: the dataset.
  ///   - finder: finds them.
  ///   - imageFolder: another folder of images that the user names.
  ///   - unread: label files of other layouts.
  init(
    _ reader: any LabelFormat, of place: DatasetPlace, finder: ImageFinder, imageFolder: String?,
    unread: UnreadLabels
  ) {
    self.reader = reader
    self.place = place
    self.finder = finder
    self.imageFolder = imageFolder
    unreadLabels = unread
  }

  /// Names those that lie in the folder of a split; those that lie in no split's with `train`, or
  /// with the first split.
  ///
  /// - Parameters:
  ///   - split: its name.
  ///   - known: paths of pictures that it has, which are not looked for once more.
  ///   - report: takes what is told.
  func report(
    of split: String, besides known: [String], _ report: inout DatasetReport
  ) throws {
    let splits = try reader.splits()
    var left = Left(candidates(split, of: splits, besides: Set(known)))
    var unread = unreadPictures(split, of: splits)
    // Mostly every picture is known, and a list of a million is not made.
    guard !left.isEmpty || !unread.isEmpty, let own = try reader.listedImages(of: split) else {
      return
    }
    var read: Set<String> = []
    for other in [split] + splits.filter({ $0 != split }) where !left.isEmpty || !unread.isEmpty {
      let listed = try other == split ? own : reader.listedImages(of: other) ?? []
      let found = concurrentMap(
        count: listed.count, threadCount: AvailableProcessors.count
      ) { finder.path(of: listed[$0]) }
      left.remove(found.compactMap(\.self))
      read.formUnion(Set(listed.map(\.annotation)).map(\.absolutePath))
      if !unread.isEmpty {
        let known = Set(found.lazy.compactMap { $0?.absolutePath })
        unread = unread.filter { !known.contains("\(place.folder)/\($0)".absolutePath) }
      }
      for (image, path) in zip(listed, found) where path == nil {
        for name in image.spellings {
          if let path = finder.unreadPicture(name) { unread.remove(path) }
        }
      }
    }
    let others = OtherLabels(place)
    let reason =
      reader.unreadFiles().isEmpty
      ? "no label file names it" : "no label file that can be read names it"
    var passedOver: [String: String?] = [:]
    for path in left.paths {
      let folder = path.parentFolder
      let file = passedOver[folder] ?? self.passedOver(above: folder, read) ?? unreadLabels.first
      passedOver[folder] = .some(file)
      report.add(
        .unlistedImage, path,
        others.reason(
          of: path,
          file.map { "no label file that was read names it; \($0) was not" } ?? reason,
          isOfLists: true))
    }
    for path in unread.sorted() {
      report.add(
        .unlistedImage, "\(place.folder)/\(path)",
        "\(reason), and its format is not read")
    }
  }

  /// A table or JSON in a folder or above it, below the dataset's, that was not read, of more than
  /// one image.
  private func passedOver(above folder: String, _ read: Set<String>) -> String? {
    var folder = folder
    while folder.hasPrefix(place.folder + "/") {
      let names = place.tree.listing(folder)?.files ?? []
      let stems = Set(names.lazy.filter(\.isImagePath).map(\.withoutExtension))
      let found = names.first {
        ["csv", "json"].contains($0.fileExtension) && !stems.contains($0.withoutExtension)
          && !read.contains("\(folder)/\($0)".absolutePath)
      }
      if let found { return "\(folder)/\(found)" }
      folder = folder.parentFolder
    }
    return nil
  }

  /// Says that the place is a file as `data.yaml`, which describes what lies in its folder.
  private var isOfFolder: Bool {
    guard let file = place.file, ["yaml", "yml", "data"].contains(file.fileExtension) else {
      return false
    }
    let folder = place.folder.absolutePath + "/"
    // Or what lies elsewhere, by its paths.
    return
      ((try? reader.splits().lazy.compactMap { try? reader.listedImages(of: $0) }.joined()
      .contains { finder.path(of: $0)?.absolutePath.hasPrefix(folder) ?? false }) ?? false)
  }

  /// Paths that a split tells of, without those that are known.
  private func candidates(
    _ split: String, of splits: [String], besides known: Set<String>
  ) -> [String] {
    // What lies beside a file that was named is not the user's dataset, unless the file describes a
    // folder.
    var folders = place.file == nil || isOfFolder ? [place.folder] : []
    if let imageFolder, !folders.contains(imageFolder) { folders.append(imageFolder) }
    var seen: Set<String> = []
    return folders.flatMap { folder in
      // One after the other: mostly all are known, and there may be a million.
      let files = folder == place.folder ? place.allFiles() : place.tree.files(below: folder)
      return files.compactMap { file in
        let path = "\(folder)/\(file)"
        return !known.contains(path) && file.isImagePath
          && Self.owner(of: file, in: splits) == split ? path : nil
      }
      .filter { folders.count == 1 || seen.insert($0.absolutePath).inserted }
    }
  }

  /// Pictures of formats that are not read, as paths below the place; a label file of the name of
  /// one is told as such.
  private func unreadPictures(_ split: String, of splits: [String]) -> Set<String> {
    guard place.file == nil || isOfFolder else { return [] }
    let pictures = UnreadPictures(place).all
    guard !pictures.isEmpty else { return [] }
    let labels = Set(
      place.allFiles().lazy.filter { ["txt", "xml", "json"].contains($0.fileExtension) }
        .map { UnreadPictures.key($0.lastPart.withoutExtension) })
    return Set(
      pictures.filter {
        Self.owner(of: $0, in: splits) == split
          && !labels.contains(UnreadPictures.key($0.lastPart.withoutExtension))
      })
  }

  private static func owner(of path: String, in splits: [String]) -> String? {
    for folder in path.split(separator: "/").dropLast() {
      let name = folder.lowercased()
      if let split = splits.first(where: { $0.lowercased() == name }) { return split }
    }
    return splits.contains("train") ? "train" : splits.first
  }

  /// Paths of which those that have a label are taken away.
  private struct Left {
    private(set) var paths: [String]

    init(_ paths: [String]) { self.paths = paths }

    var isEmpty: Bool { paths.isEmpty }

    /// One file may have several paths: by links, or from another folder.
    mutating func remove(_ listed: [String]) {
      let known = Set(listed.lazy.map(\.absolutePath))
      paths.removeAll { known.contains($0.absolutePath) }
      guard !paths.isEmpty else { return }
      let files = Set(listed.lazy.compactMap(FileIdentity.init))
      paths.removeAll { FileIdentity($0).map(files.contains) ?? false }
    }
  }
}
