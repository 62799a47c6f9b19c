import Files
import Foundation
import ImageFiles
import Synchronization

/// The folder or file that a user names as a dataset, and what is in it.
public final class DatasetPlace: Sendable {
  /// The path as it was given.
  public let path: String
  /// The file, where the path names one.
  public let file: String?
  /// The folder of the dataset: the one that the path names, or the one that lies in it alone, as
  /// archives have it; the folder of a file.
  public let folder: String
  /// Listings of folders, each read once.
  public let tree: FolderTree
  /// Asked for by every layout that may be meant; a list of a million is not made each time, and
  /// not kept while the images are read.
  private let found = Mutex([String]?.none)
  /// What its JSON files begin with.
  let outlines: JSONOutlines

  /// Looks at a path.
  ///
  /// - Throws: ``DatasetError/missing(path:expected:)`` where nothing is there.
  public init(_ path: String) throws(DatasetError) {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    self.path = path
    tree = FolderTree()
    outlines = JSONOutlines()
    if ShapesSpecification.isMeant(by: path) {
      file = nil
      folder = path
    } else if FolderListing.isFolder(path) {
      file = nil
      folder = WrappedFolder.innermost(of: path, tree)
    } else if FolderListing.isFile(path) {
      file = path
      folder = path.parentFolder
    } else {
      do {
        _ = try InputFile.isThere(path)
      } catch {
        throw .missing(path: path, expected: error.reason)
      }
      throw .missing(path: path, expected: "no such folder")
    }
  }

  /// A file of a place as if the user had named it.
  ///
  /// - Parameters:
  ///   - file: its path.
  ///   - place: the one that it lies in, whose files are not read once more.
  init(file: String, of place: DatasetPlace) {
    path = file
    self.file = file
    folder = file.parentFolder
    tree = place.tree
    outlines = place.outlines
  }

  /// Returns the path of a file or folder below this one, as the disk spells it; nil without one.
  ///
  /// - Parameter name: a path from here.
  public func find(_ name: String) -> String? { tree.find(name, in: folder) }

  /// The files directly in a folder below this one, by their ending in lower case; empty without
  /// such a folder.
  ///
  /// - Parameters:
  ///   - subfolder: below this one; empty for this one itself.
  ///   - extensions: in lower case.
  public func files(in subfolder: String = "", _ extensions: Set<String>) -> [String] {
    guard let path = subfolder.isEmpty ? folder : find(subfolder) else { return [] }
    return (tree.listing(path)?.files ?? []).filter { extensions.contains($0.fileExtension) }
  }

  /// The folders directly in this one.
  public var folders: [String] { tree.listing(folder)?.folders ?? [] }

  /// The files below this folder, with the parts of their paths from here.
  public func allFiles() -> [String] {
    if let known = found.withLock({ $0 }) { return known }
    let all = tree.files(below: folder)
    found.withLock { $0 = all }
    return all
  }

  /// Gives back the memory of the list of all files, which is made anew when it is asked for.
  func releaseFiles() { found.withLock { $0 = nil } }
}

extension String {
  /// A path from the root, without `.` and `..`; links are not followed.
  package var absolutePath: String {
    let whole =
      hasPrefix("/") ? self : FileManager.default.currentDirectoryPath + "/" + self
    // By its bytes: of a million paths hardly one is written so.
    let slash = UInt8(ascii: "/")
    let hasDots = zip(whole.utf8, whole.utf8.dropFirst()).contains {
      $0 == slash && ($1 == slash || $1 == UInt8(ascii: "."))
    }
    guard hasDots || whole.utf8.last == slash else { return whole }
    var parts: [Substring] = []
    for part in whole.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }
  /// Whether the ending says that a file is an image that is read here.
  package var isImagePath: Bool { ImageFile.extensions.contains(fileExtension) }
}
