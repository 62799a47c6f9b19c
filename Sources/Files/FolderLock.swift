#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A folder that one process at a time works in. The lock ends with its value, or with the process,
/// however that dies; it is no file.
package final class FolderLock {
  private let descriptor: Int32

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
    guard flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK else { return }
    throw FileError(path: folder, reason: "\(work) is at work in it: one at a time")
  }

  // Also of a value whose initializer threw.
  deinit { close(descriptor) }
}
