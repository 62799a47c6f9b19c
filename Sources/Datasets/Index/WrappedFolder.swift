import Files
import Foundation

/// The folder of a dataset that is packed into others: archives hold one folder, and that one
/// another.
enum WrappedFolder {
  /// The folder inside of a path that holds the dataset: one after the other is entered while
  /// there is nothing beside it.
  ///
  /// - Parameters:
  ///   - path: of a folder.
  ///   - tree: lists it.
  static func innermost(of path: String, _ tree: FolderTree) -> String {
    var path = path
    // Links may lead in a circle.
    for _ in 0..<8 {
      guard let next = only(in: path, tree), !isOfLayout(next) else { break }
      path += "/\(next)"
    }
    return path
  }

  /// The only folder, where no file beside it could be of a dataset.
  private static func only(in path: String, _ tree: FolderTree) -> String? {
    guard let listing = tree.listing(path), listing.files.allSatisfy(isJunk) else { return nil }
    let folders = listing.folders.filter { $0 != "__MACOSX" }
    return folders.count == 1 ? folders[0] : nil
  }

  /// Folders that say something of what is in them, as which split it is, are for the layouts.
  private static func isOfLayout(_ name: String) -> Bool {
    SplitFolders.neutral.contains(name.lowercased())
      || name.split { !$0.isLetter && !$0.isNumber }.contains { SplitFolders.isUsual(String($0)) }
  }

  /// Whether a file says something to people alone.
  private static func isJunk(_ name: String) -> Bool {
    let texts = ["readme", "license", "licence", "notice", "citation", "copying", "changelog"]
    let endings: Set = [
      "md", "rst", "pdf", "html", "htm", "docx", "url", "bib", "zip", "gz", "tgz", "tar", "7z",
      "rar",
      "py", "ipynb", "sh", "m", "log", "md5", "sha1", "sha256",
    ]
    return texts.contains { name.lowercased().hasPrefix($0) }
      || endings.contains(name.fileExtension)
  }
}
