import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A file that is written a piece at a time.
package final class GrowingFile: Sendable {
  /// The path of the file in the end.
  package let path: String
  /// The name until it is finished; nil of a file that has its own from the beginning.
  private let temporary: String?
  private let descriptor: Int32
  private let place: Int?

  /// Makes a file that others read while it grows. It has its name at once.
  ///
  /// - Parameter path: of a file that is not there yet.
  /// - Throws: ``FileError`` with the system's reason.
  package convenience init(making path: String) throws(FileError) {
    try self.init(path, temporary: nil)
  }

  /// Opens a file that is there, to add to it.
  ///
  /// - Parameter path: of the file.
  /// - Throws: ``FileError`` with the system's reason.
  package convenience init(extending path: String) throws(FileError) {
    try self.init(path, temporary: nil, flags: O_APPEND)
  }

  /// Begins a file that nobody sees before it is whole: see ``finish()``.
  ///
  /// - Parameter path: of the file; its folder must exist.
  /// - Throws: ``FileError`` with the system's reason.
  package convenience init(beginning path: String) throws(FileError) {
    try self.init(path, temporary: UnfinishedFiles.temporaryPath(of: path))
  }

  private init(
    _ path: String, temporary: String?, flags: Int32 = O_CREAT | O_EXCL
  ) throws(FileError) {
    try FolderLock.checkPlace(of: path)
    self.path = path
    self.temporary = temporary
    place = temporary.flatMap(UnfinishedFiles.begin)
    descriptor = open(temporary ?? path, O_WRONLY | O_CLOEXEC | flags, 0o644)
    guard descriptor >= 0 else { throw Self.error(path, errno) }
    if temporary != nil { flock(descriptor, LOCK_EX | LOCK_NB) }
  }

  // Also of a value whose initializer threw.
  deinit {
    close(descriptor)
    // Finished it is not there any more.
    if let temporary { unlink(temporary) }
    UnfinishedFiles.end(place)
  }

  /// Adds to the end.
  ///
  /// - Parameter data: a record, whole.
  /// - Throws: ``FileError`` with the system's reason; a part may be there.
  package func append(_ data: Data) throws(FileError) {
    let number = data.withUnsafeBytes { Descriptor.writeAll($0, to: descriptor) }
    guard number == 0 else { throw Self.error(path, number) }
  }

  /// Makes what was added durable.
  ///
  /// - Throws: ``FileError`` with the system's reason.
  package func sync() throws(FileError) {
    let number = Descriptor.sync(descriptor)
    guard number == 0 else { throw Self.error(path, number) }
  }

  /// Puts a file that was begun, and is durable now, at its path.
  ///
  /// - Throws: ``FileError`` with the system's reason; the old file is as it was.
  package func finish() throws(FileError) {
    try sync()
    guard rename(temporary ?? path, path) == 0 else { throw Self.error(path, errno) }
    AtomicFile.syncFolder(of: path)
  }

  private static func error(_ path: String, _ number: Int32) -> FileError {
    FileError(path: path, reason: "cannot be written: \(String(cString: strerror(number)))")
  }
}
