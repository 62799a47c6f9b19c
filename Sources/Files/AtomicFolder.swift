import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Writes folders of a few files that belong together, so that a reader sees the old ones or the
/// new, never a part.
package enum AtomicFolder {
  /// Writes to a temporary name beside the folder, syncs, and renames.
  ///
  /// A folder that holds something cannot be renamed over: the old one is set aside for a moment,
  /// as `path.old`. That stays where the process is killed just then, and goes with the next write.
  ///
  /// - Parameters:
  ///   - files: the names below the folder, and the whole content of each.
  ///   - path: of the folder; the one around it must exist. A folder that is there goes.
  /// - Throws: ``FileError`` with the system's reason; the old folder is as it was.
  package static func write(
    _ files: [(name: String, data: Data)], to path: String
  ) throws(FileError) {
    try withTemporary(beside: path) { temporary throws(FileError) in
      for file in files {
        var place = "\(temporary)/\(file.name)"
        try OutputPath.makeFolder(of: place)
        try AtomicFile.write(file.data, to: place)
        // The folders between, whose names are new, too.
        while place.parentFolder != temporary {
          place = place.parentFolder
          AtomicFile.syncFolder(of: place)
        }
      }
      try FolderLock.checkPlace(of: path)
      try exchange(temporary, path)
      AtomicFile.syncFolder(of: path)
      try? FileManager.default.removeItem(atPath: aside(path))
    }
  }

  /// Makes an empty folder beside a path for as long as `body` works in it. One whose process was
  /// killed goes with the next write there.
  ///
  /// - Parameters:
  ///   - path: of what is to be written; the folder around it must exist.
  ///   - body: gets the path of the folder, and may give it another name.
  /// - Returns: what `body` does.
  /// - Throws: ``FileError`` with the system's reason, and what `body` throws.
  package static func withTemporary<Result>(
    beside path: String, _ body: (String) throws(FileError) -> Result
  ) throws(FileError) -> Result {
    try FolderLock.checkPlace(of: path)
    _ = UnfinishedFiles.removeLeftovers(in: path.parentFolder)
    let temporary = UnfinishedFiles.temporaryPath(of: path)
    guard mkdir(temporary, 0o777) == 0 else { throw unwritten(path) }
    defer { try? FileManager.default.removeItem(atPath: temporary) }
    // While it is held nobody takes the folder for a leftover.
    let lock = try FolderLock(temporary, work: "another process")
    defer { withExtendedLifetime(lock) {} }
    return try body(temporary)
  }

  private static func aside(_ path: String) -> String { path + ".old" }

  private static func exchange(_ new: String, _ path: String) throws(FileError) {
    let isThere = FolderListing.isFolder(path)
    if isThere {
      try? FileManager.default.removeItem(atPath: aside(path))
      guard rename(path, aside(path)) == 0 else { throw unwritten(path) }
    }
    guard rename(new, path) == 0 else {
      let error = unwritten(path)
      if isThere { rename(aside(path), path) }
      throw error
    }
  }

  private static func unwritten(_ path: String) -> FileError {
    FileError(path: path, reason: "cannot be written: \(AtomicFile.systemReason())")
  }
}
