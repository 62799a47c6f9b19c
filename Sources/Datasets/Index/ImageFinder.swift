import Files
import Foundation
import ImageFiles
import Synchronization

/// Finds the pictures that annotations name: annotations move, and keep the paths of another
/// machine.
final class ImageFinder: Sendable {
  private let place: DatasetPlace
  private let imageFolder: String?
  private let known = Mutex(PictureIndex?.none)
  private let unread = Mutex(UnreadPictures?.none)
  private let bases = Mutex([LabelPlace: [String]]())
  private let last = Mutex(Asked?.none)

  /// - Parameters:
  ///   - place: the dataset.
  ///   - imageFolder: the folder to look in before all others.
  init(_ place: DatasetPlace, imageFolder: String?) {
    self.place = place
    self.imageFolder = imageFolder
  }

  /// How much of what an annotation says of its picture's place is so, the least first.
  enum Likeness: Int, Comparable, Sendable {
    /// Its name alone, anywhere in the dataset.
    case name
    /// The last parts of its path.
    case end
    /// All of it.
    case all

    static func < (a: Likeness, b: Likeness) -> Bool { a.rawValue < b.rawValue }
  }

  /// A picture that was found.
  struct Found: Sendable {
    let path: String
    let likeness: Likeness
  }

  /// The picture of an image; nil where there is none, and for pixels that are in no file of their
  /// own.
  func picture(of image: AnnotatedImage) -> Found? {
    switch image.picture {
    case .file(let path): Found(path: path, likeness: .all)
    case .written(let written, let folders):
      image.spellings.lazy.compactMap { name -> Found? in
        guard let found = self.find(name, of: image.annotation, in: folders) else { return nil }
        // A mask of another of its names, somewhere, is not the picture.
        let isOther =
          found.likeness == .name && written.isImagePath
          && found.path.fileExtension != written.fileExtension && name != written
        return isOther ? nil : found
      }.first
    case .embedded, .generated: nil
    }
  }

  /// The path of ``picture(of:)``.
  func path(of image: AnnotatedImage) -> String? { picture(of: image)?.path }

  /// Where images lie when an annotation does not say it.
  private static let usualFolders = [
    "", "images", "data", "JPEGImages", "Images", "img", "imgs", "image", "photos", "frames",
  ]

  /// Returns a picture; nil where there is none, or several and nothing tells which.
  ///
  /// The path as written counts, then its last parts: in the folder that the user names, below that
  /// of the label file, in `preferred`, in folders of the label file's split, in the usual folders;
  /// where the place holds no picture at all, in those of the folder above it. At last the name
  /// alone, anywhere in the dataset, if one file has it.
  ///
  /// Folders that both have must agree: `cam1/a.jpg` is not `cam2/a.jpg` where `cam1` is there, and
  /// the name alone leads into no folder of another split than the label file's.
  ///
  /// - Parameters:
  ///   - written: as the annotation has it; `\` counts as `/`.
  ///   - annotation: the label file.
  ///   - preferred: folders that the layout knows.
  func find(_ written: String, of annotation: String, in preferred: [String]) -> Found? {
    var written = written.withSlashes
    if written.utf8.contains(UInt8(ascii: ":")), let scheme = written.range(of: "://") {
      written = String(written[scheme.upperBound...])
    }
    guard !written.isEmpty, !written.hasSuffix("/") else { return nil }
    if written.hasPrefix("/"), imageFolder == nil, let found = existing(written) {
      return Found(path: found, likeness: .all)
    }
    var parts =
      written.utf8.contains(UInt8(ascii: "/"))
      ? written.split(separator: "/").map(String.init) : [written]
    parts.removeAll { $0 == "." }
    // A drive of Windows.
    if let first = parts.first, first.utf8.last == UInt8(ascii: ":"), first.count == 2 {
      parts.removeFirst()
    }
    // Longer ends of the path say more; below the folders in their order.
    var ends = parts.indices.map { parts[$0...] }
    if !written.hasPrefix("/") {
      ends = ends.filter { $0.first != ".." || $0.count == parts.count }
    }
    func find(in bases: [String]) -> Found? {
      for end in ends where end.last != ".." {
        let path = end.joined(separator: "/")
        for base in bases {
          guard let found = existing(path, in: base) else { continue }
          let dropped = parts.dropLast(end.count)
          guard base == imageFolder || dropped.isEmpty || !index.contradicts(found, dropped) else {
            continue
          }
          return Found(path: found, likeness: end.count == parts.count ? .all : .end)
        }
      }
      return nil
    }
    let (labels, bases) = bases(of: annotation, preferred)
    if let found = find(in: bases) { return found }
    if index.isEmpty, let found = find(in: basesAbove(labels)) { return found }
    return anywhere(parts, of: labels).map { Found(path: $0, likeness: .name) }
  }

  /// A label file of which pictures were looked for, and where they were.
  private struct Asked {
    let annotation: String
    let preferred: [String]
    let labels: LabelPlace
    let bases: [String]
  }

  /// Where a label file is, and the folders where its pictures are looked for. One file may name a
  /// million, one after the other.
  private func bases(of annotation: String, _ preferred: [String]) -> (LabelPlace, [String]) {
    if let last = last.withLock({ $0 }), last.annotation == annotation, last.preferred == preferred
    {
      return (last.labels, last.bases)
    }
    let labels = LabelPlace(annotation, in: place, preferred: preferred)
    let bases = bases(of: labels)
    last.withLock {
      $0 = Asked(annotation: annotation, preferred: preferred, labels: labels, bases: bases)
    }
    return (labels, bases)
  }

  /// The folders where the pictures of label files are looked for, one after the other.
  private func bases(of labels: LabelPlace) -> [String] {
    if let known = bases.withLock({ $0[labels] }) { return known }
    let isInner = labels.folder != place.folder
    let below = labels.preferred.filter {
      !isInner || $0 == labels.folder || $0.hasPrefix(labels.folder + "/")
    }
    let all =
      [imageFolder].compactMap(\.self) + below + (isInner ? usualFolders(in: labels.folder) : [])
      + labels.preferred + splitFolders(labels, in: place.folder) + usualFolders(in: place.folder)
    var seen: Set<String> = []
    let result = all.filter { seen.insert($0).inserted }
    bases.withLock { $0[labels] = result }
    return result
  }

  /// As of `annotations` beside `images`, where a user names the labels alone.
  private func basesAbove(_ labels: LabelPlace) -> [String] {
    guard let above = place.tree.find("..", in: place.folder) else { return [] }
    return splitFolders(labels, in: above) + usualFolders(in: above)
  }

  private func usualFolders(in folder: String) -> [String] {
    Self.usualFolders.compactMap { $0.isEmpty ? folder : place.tree.find($0, in: folder) }
  }

  private func splitFolders(_ labels: LabelPlace, in folder: String) -> [String] {
    guard let split = labels.split else { return [] }
    return [split, "images/\(split)"].compactMap { place.tree.find($0, in: folder) }
  }

  /// The picture of a name, whatever its ending, where its format is not read; nil without one.
  func unreadPicture(_ written: String) -> String? {
    let name = written.withSlashes.lastPart
    return unread.withLock { known in
      let pictures = known ?? UnreadPictures(place)
      known = pictures
      return pictures[name.isImagePath ? name.withoutExtension : name]
    }
  }

  /// A file of this path; one without an ending if it is an image, else an image of this name.
  private func existing(_ path: String, in folder: String = "/") -> String? {
    if let found = place.tree.find(path, in: folder), FolderListing.isFile(found),
      path.fileExtension != "" || ImageFile.isImage(found)
    {
      return found
    }
    guard !path.isImagePath else { return nil }
    for ending in ImageFile.extensions {
      if let found = place.tree.find("\(path).\(ending)", in: folder) { return found }
    }
    return nil
  }

  /// Returns the files anywhere in the dataset of the name that a path ends in.
  func namesakes(of written: String) -> [String] {
    index.files(ofName: written.withSlashes.lastPart)
  }

  /// The only file of a path's name, or the only one below the label file's folder.
  private func anywhere(_ parts: [String], of labels: LabelPlace) -> String? {
    let found = index.files(ofName: parts.last ?? "").filter {
      !index.contradicts($0, parts.dropLast()) && !index.isOfAnotherSplit($0, than: labels.split)
    }
    guard found.count > 1 else { return found.first }
    let near = found.filter { $0.hasPrefix(labels.folder + "/") }
    return near.count == 1 ? near[0] : nil
  }

  private var index: PictureIndex {
    known.withLock { known in
      let index = known ?? PictureIndex(place)
      known = index
      return index
    }
  }
}

/// Where a label file is, which says where its pictures are looked for.
private struct LabelPlace: Hashable {
  /// The folder of the file.
  let folder: String
  /// As its name or a folder of it says; nil where nothing does.
  let split: String?
  /// Folders that the layout knows.
  let preferred: [String]

  init(_ file: String, in place: DatasetPlace, preferred: [String]) {
    folder = file.parentFolder
    self.preferred = preferred
    let below = folder.hasPrefix(place.folder + "/") ? folder.dropFirst(place.folder.count + 1) : ""
    split =
      LabelEntries.split(ofName: file.lastPart.withoutExtension)
      ?? below.split(separator: "/").map(String.init).last(where: SplitFolders.isUsual)
  }
}
