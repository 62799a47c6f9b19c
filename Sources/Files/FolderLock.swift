import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A folder that one process at a time works in. The lock ends with its value, or with the process,
/// however that dies; it is no file.
///
/// It is on the folder, not on its name: files that this process writes under the name are refused
/// once another folder has that.
package final class FolderLock {
  private let descriptor: Int32
  /// The names of the folders that this process has locked, as they were given, by descriptor.
  private static let held = Mutex<[Int32: String]>([:])

  /// Takes the lock.
  ///
  /// - Parameters:
  ///   - folder: must be there.
  ///   - work: for the message: `a training`.
  /// - Throws: ``FileError`` where another process, or another value of this one, has it, and where
  ///   the folder cannot be opened.
  package init(_ folder: String, work: String) throws(FileError) {
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw FileError(path: folder, reason: String(cString: strerror(errno)))
    }
    // File systems without locks answer otherwise; work there is as safe as it was.
    guard flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK else {
      Self.held.withLock { $0[descriptor] = folder }
      return
    }
    throw FileError(path: folder, reason: "\(work) is at work in it: one at a time")
  }

  // Also of a value whose initializer threw.
  deinit {
    _ = Self.held.withLock { $0.removeValue(forKey: descriptor) }
    close(descriptor)
  }

  /// Makes sure that a file that is to be written lies in no folder that was locked under a name
  /// which now is another's, or nobody's.
  ///
  /// - Parameter path: of the file, under the name that the lock was taken by.
  /// - Throws: ``FileError`` naming the folder.
  static func checkPlace(of path: String) throws(FileError) {
    let moved = held.withLock { held in
      let around = held.filter { path.utf8.starts(with: "\($0.value)/".utf8) }
      return around.values.first { folder in
        let place = FileIdentity(folder)
        return !around.contains { $0.value == folder && FileIdentity(open: $0.key) == place }
      }
    }
    guard let moved else { return }
    throw FileError(
      path: moved,
      reason: "expected the folder that the work began in, found "
        + (FolderListing.isFolder(moved) ? "another" : "none")
        + ": it was moved; nothing more is written")
  }
}
