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
    case .written(_, let folders):
      image.spellings.lazy.compactMap { self.find($0, in: folders) }.first
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
  /// The path as written counts, then its last parts: in the folder that the user names, in
  /// `preferred`, in the usual folders. At last the name alone, anywhere in the dataset, if one
  /// file has it.
  ///
  /// - Parameters:
  ///   - written: as the annotation has it; `\` counts as `/`.
  ///   - preferred: folders that the layout knows.
  func find(_ written: String, in preferred: [String]) -> Found? {
    var written = written.replacingOccurrences(of: "\\", with: "/")
    if let scheme = written.range(of: "://") { written = String(written[scheme.upperBound...]) }
    guard !written.isEmpty, !written.hasSuffix("/") else { return nil }
    if written.hasPrefix("/"), folders.isEmpty, let found = existing(written) {
      return Found(path: found, likeness: .all)
    }
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
        guard let found = existing(end.joined(separator: "/"), in: base) else { continue }
        return Found(path: found, likeness: end.count == parts.count ? .all : .end)
      }
    }
    return anywhere(parts.last ?? "").map { Found(path: $0, likeness: .name) }
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
