import Files
import Foundation
import ImageFiles
import Synchronization

/// Finds the pictures that annotations name: annotations move, and keep the paths of another
/// machine.
final class ImageFinder: Sendable {
  private let place: DatasetPlace
  private let folders: [String]
  private let byName = Mutex([String: [String]]?.none)
  private let unread = Mutex(UnreadPictures?.none)

  /// - Parameters:
  ///   - place: the dataset.
  ///   - imageFolder: the folder to look in before all others.
  init(_ place: DatasetPlace, imageFolder: String?) {
    self.place = place
    folders = [imageFolder].compactMap { $0 }
  }

  /// The path of an image's picture; nil where there is none, and for pixels that are in no file of
  /// their own.
  func path(of image: AnnotatedImage) -> String? {
    switch image.picture {
    case .file(let path): path
    case .written(let written, let folders):
      ([written] + image.otherNames).lazy.compactMap { self.find($0, in: folders) }.first
    case .embedded, .generated: nil
    }
  }

  /// Where images lie when an annotation does not say it.
  private static let usualFolders = [
    "", "images", "data", "JPEGImages", "Images", "img", "imgs", "image", "photos", "frames",
  ]

  /// Returns the path of a picture; nil where there is none, or several and nothing tells which.
  ///
  /// The path as written counts, then its last parts: in the folder that the user names, in
  /// `preferred`, in the usual folders. At last the name alone, anywhere in the dataset, if one
  /// file has it.
  ///
  /// - Parameters:
  ///   - written: as the annotation has it; `\` counts as `/`.
  ///   - preferred: folders that the layout knows.
  func find(_ written: String, in preferred: [String]) -> String? {
    var written = written.replacingOccurrences(of: "\\", with: "/")
    if let scheme = written.range(of: "://") { written = String(written[scheme.upperBound...]) }
    guard !written.isEmpty, !written.hasSuffix("/") else { return nil }
    if written.hasPrefix("/"), folders.isEmpty, let found = existing(written) { return found }
    var parts = written.split(separator: "/").map(String.init).filter { $0 != "." }
    // A drive of Windows.
    if let first = parts.first, first.count == 2, first.hasSuffix(":") { parts.removeFirst() }
    let bases =
      folders + preferred
      + Self.usualFolders.compactMap { $0.isEmpty ? place.folder : place.find($0) }
    // Longer ends of the path say more; below the preferred folders in their order.
    var ends = parts.indices.map { parts[$0...] }
    if !written.hasPrefix("/") {
      ends = ends.filter { $0.first != ".." || $0.count == parts.count }
    }
    for end in ends where end.last != ".." {
      for base in bases {
        if let found = existing(end.joined(separator: "/"), in: base) { return found }
      }
    }
    return anywhere(parts.last ?? "")
  }

  /// The picture of a name, whatever its ending, where its format is not read; nil without one.
  func unreadPicture(_ written: String) -> String? {
    let name = written.replacingOccurrences(of: "\\", with: "/").lastPart
    return unread.withLock { known in
      let pictures = known ?? UnreadPictures(place)
      known = pictures
      return pictures[name.isImagePath ? name.withoutExtension : name]
    }
  }

  /// A file of this path; without an ending, an image of this name.
  private func existing(_ path: String, in folder: String = "/") -> String? {
    if let found = place.tree.find(path, in: folder), FolderListing.isFile(found),
      path.fileExtension != "" || found.isImagePath
    {
      return found
    }
    guard !path.isImagePath else { return nil }
    for ending in ImageFile.extensions {
      if let found = place.tree.find("\(path).\(ending)", in: folder) { return found }
    }
    return nil
  }

  /// Returns how many files anywhere in the dataset have the name that a path ends in.
  func count(of written: String) -> Int {
    filesAnywhere(written.replacingOccurrences(of: "\\", with: "/").lastPart).count
  }

  private func anywhere(_ name: String) -> String? {
    let found = filesAnywhere(name)
    return found.count == 1 ? found[0] : nil
  }

  private func filesAnywhere(_ name: String) -> [String] {
    byName.withLock { known in
      let index = known ?? makeIndex()
      known = index
      return index[Self.key(name)] ?? (name.isImagePath ? nil : index["\(Self.key(name)).*"]) ?? []
    }
  }

  private func makeIndex() -> [String: [String]] {
    var index: [String: [String]] = [:]
    for file in place.allFiles() where file.isImagePath {
      let name = Self.key(file.lastPart)
      let path = "\(place.folder)/\(file)"
      index[name, default: []].append(path)
      index["\(name.withoutExtension).*", default: []].append(path)
    }
    return index
  }

  private static func key(_ name: String) -> String {
    name.precomposedStringWithCanonicalMapping.lowercased()
  }
}
