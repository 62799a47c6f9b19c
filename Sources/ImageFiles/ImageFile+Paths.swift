import Files
import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension ImageFile {
  /// Returns the image files that arguments name.
  ///
  /// A file stands for itself, a folder for its images and those of the folders in it, and a
  /// pattern with `*`, `?` or `[` for what matches it; folders and patterns in alphabetic order.
  /// Hidden folders are left out, and a folder that links lead back to is looked at once.
  ///
  /// - Parameters:
  ///   - arguments: paths of files and folders, and patterns.
  ///   - output: a folder that pictures are written into: what is in it is left out where it lies
  ///     in one of the folders; nil leaves nothing out.
  /// - Throws: ``ImageError`` for a folder without images, a pattern that nothing matches, and a
  ///   match whose name is no UTF-8: it could not be found by the text that is made of it. In a
  ///   folder such a file is left out; ``unreadable(in:)`` tells it.
  public static func paths(
    _ arguments: [String], leavingOut output: String? = nil
  ) throws -> [String] {
    try arguments.flatMap { argument in
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: argument, isDirectory: &isFolder) {
        guard isFolder.boolValue else { return [argument] }
        do throws(FileError) {
          _ = try FolderListing(of: argument)
        } catch {
          throw ImageError(path: argument, reason: error.reason)
        }
        let images = files(in: argument, with: extensions, leavingOut: output)
        guard !images.isEmpty else {
          if let error = unreadable(in: [argument]).first { throw error }
          let unread = files(in: argument, with: unreadExtensions)
          throw ImageError(
            path: argument,
            reason: unread.isEmpty
              ? "holds no image" : "holds no image that this build reads, but \(count(unread))")
        }
        return images
      }
      guard argument.contains(where: { "*?[".contains($0) }) else { return [argument] }
      var found = glob_t()
      defer { globfree(&found) }
      guard glob(argument, 0, nil, &found) == 0 else {
        throw ImageError(path: argument, reason: "no file matches")
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
  }

  private static func unreadableName(_ shown: String) -> ImageError {
    ImageError(
      path: shown, reason: "expected a name in UTF-8, found another encoding; rename the file")
  }

  /// Returns an error for each image in folders that ``paths(_:leavingOut:)`` leaves out, because
  /// its name is no UTF-8, and for each folder in them that cannot be listed.
  ///
  /// - Parameter arguments: as for ``paths(_:leavingOut:)``; only folders are looked at.
  public static func unreadable(in arguments: [String]) -> [ImageError] {
    arguments.filter(FolderListing.isFolder).flatMap { folder in
      let tree = FolderTree()
      _ = tree.files(below: folder)
      return tree.unreadableNames.filter { extensions.contains(self.extension($0)) }
        .map(unreadableName)
        + tree.unreadableFolders.map { ImageError(path: $0.path, reason: $0.reason) }
    }
  }

  /// Returns the images in folders that ``paths(_:leavingOut:)`` leaves out, because this build
  /// does not read their format.
  ///
  /// - Parameter arguments: as for ``paths(_:leavingOut:)``; only folders are looked at.
  public static func unreadPaths(_ arguments: [String]) -> [String] {
    arguments.flatMap { files(in: $0, with: unreadExtensions) }
  }

  /// In alphabetic order; none where the folder cannot be read.
  private static func files(
    in folder: String, with extensions: [String], leavingOut output: String? = nil
  ) -> [String] {
    guard FolderListing.isFolder(folder) else { return [] }
    let root = OutputPath.real(folder) + "/"
    let inner = output.map { OutputPath.real($0) + "/" }.flatMap { output in
      output != root && output.hasPrefix(root) ? output.dropFirst(root.count) : nil
    }
    return FolderTree().files(below: folder)
      .filter { name in
        extensions.contains(self.extension(name)) && !(inner.map(name.hasPrefix) ?? false)
      }
      .map { "\(folder)/\($0)" }
  }

  private static func `extension`(_ name: String) -> String {
    (name as NSString).pathExtension.lowercased()
  }

  /// `3 heic, 1 svg`.
  private static func count(_ paths: [String]) -> String {
    Dictionary(grouping: paths, by: self.extension).map { ($0.key, $0.value.count) }
      .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
      .map { "\($1) \($0)" }.joined(separator: ", ")
  }
}
