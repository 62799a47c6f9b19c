import Files
import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The image files that arguments name, and what was passed over on the way.
///
/// A file stands for itself, a folder for its images and those of the folders in it, and a pattern
/// with `*`, `?` or `[` for what matches it; folders and patterns in alphabetic order. Hidden
/// folders are left out, and a folder that links lead back to is looked at once.
public struct ImageSearch: Sendable {
  /// The images.
  public private(set) var paths: [String] = []
  /// Images in the folder that pictures are written into.
  public private(set) var leftOut: [String] = []
  /// Pictures in folders that a command drew before.
  public private(set) var drawn: [String] = []
  /// Folders in folders that were not looked into.
  public private(set) var leftOutFolders: [String] = []
  /// Images in folders whose format this build does not read, and files without an ending, which
  /// may be images.
  public private(set) var unread: [String] = []
  /// An error for each image in folders whose name is no UTF-8, and for each folder in them that
  /// cannot be listed.
  public private(set) var unreadable: [ImageError] = []

  /// Looks once at each file and folder that is named.
  ///
  /// - Parameters:
  ///   - arguments: paths of files and folders, and patterns.
  ///   - output: a folder that pictures are written into: what is in it is left out where it lies
  ///     in one of the folders; nil leaves nothing out.
  ///   - mark: of pictures that are left out where they lie in one of the folders: drawn on, one
  ///     is no photo any more. Nil leaves none out.
  ///   - isLeftOut: says of a folder in one of the folders, by what it holds, whether it is passed
  ///     over.
  /// - Throws: ``ImageError`` for a folder without images, a pattern that nothing matches, and a
  ///   match whose name is no UTF-8: it could not be found by the text that is made of it.
  public init(
    _ arguments: [String], leavingOut output: String? = nil, drawnWith mark: PictureMark? = nil,
    foldersLeftOut isLeftOut: (FolderListing) -> Bool = { _ in false }
  ) throws {
    for argument in arguments {
      if FolderListing.isFolder(argument) {
        try addFolder(argument, leavingOut: output, mark, isLeftOut)
      } else if FileIdentity(argument) == nil, argument.contains(where: { "*?[".contains($0) }) {
        paths += try Self.matches(argument)
      } else {
        paths.append(argument)
      }
    }
  }

  private mutating func addFolder(
    _ folder: String, leavingOut output: String?, _ mark: PictureMark?,
    _ isLeftOut: (FolderListing) -> Bool
  ) throws {
    let tree = FolderTree()
    let root = OutputPath.real(folder) + "/"
    let inner = output.map { OutputPath.real($0) + "/" }.flatMap { output in
      output != root && output.hasPrefix(root) ? output.dropFirst(root.count) : nil
    }
    var images: [String] = []
    var others: [String] = []
    var marked: [String] = []
    var folders: [String] = []
    let names = tree.files(below: folder) { path, listing in
      guard isLeftOut(listing) else { return false }
      folders.append(path)
      return true
    }
    for name in names {
      let path = "\(folder)/\(name)"
      if ImageFile.extensions.contains(name.fileExtension) {
        if inner.map(name.hasPrefix) ?? false {
          leftOut.append(path)
        } else if mark?.isIn(path) ?? false {
          marked.append(path)
        } else {
          images.append(path)
        }
      } else if name.fileExtension.isEmpty
        || ImageFile.unreadExtensions.contains(name.fileExtension)
      {
        others.append(path)
      }
    }
    let errors =
      tree.unreadableNames.filter { ImageFile.extensions.contains($0.fileExtension) }
      .map(Self.unreadableName)
      + tree.unreadableFolders.map { ImageError(path: $0.path, reason: $0.reason) }
    guard !images.isEmpty else {
      let found: String? =
        if !others.isEmpty {
          "that this build reads, but \(Self.count(others))"
        } else if let mark, !marked.isEmpty {
          "but \(marked.count) drawn by \(mark.text)"
        } else {
          folders.first.map { "outside of \($0)" }
        }
      throw errors.first
        ?? ImageError(
          path: folder,
          reason: "holds no image" + (found.map { " \($0)" } ?? ""))
    }
    paths += images
    drawn += marked
    leftOutFolders += folders
    unread += others
    unreadable += errors
  }

  private static func matches(_ pattern: String) throws -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, 0, nil, &found) == 0 else {
      throw ImageError(path: pattern, reason: "no file matches")
    }
    return try (0..<Int(found.gl_pathc)).compactMap { index in
      try found.gl_pathv[index].map { bytes in
        guard let path = String(validatingCString: bytes) else {
          throw unreadableName(String(cString: bytes))
        }
        return path
      }
    }
  }

  private static func unreadableName(_ shown: String) -> ImageError {
    ImageError(
      path: shown, reason: "expected a name in UTF-8, found another encoding; rename the file")
  }

  /// `3 heic, 1 svg, 1 (no ending)`.
  private static func count(_ paths: [String]) -> String {
    Dictionary(grouping: paths, by: \.fileExtension).map { ($0.key, $0.value.count) }
      .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
      .map { "\($1) \($0.isEmpty ? "(no ending)" : $0)" }.joined(separator: ", ")
  }
}
