import Foundation
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Writes files so that a reader sees the old content or the new, never a part.
public enum AtomicFile {
  /// Writes to a temporary name in the same folder, syncs, renames, and syncs the folder.
  ///
  /// A pipe or a device, as `/dev/stdout`, gets the bytes and stays what it is.
  ///
  /// - Parameters:
  ///   - data: the whole content of the file.
  ///   - path: of the file; its folder must exist.
  /// - Throws: ``FileError`` with the system's reason; the old file is as it was.
  public static func write(_ data: some DataProtocol, to path: String) throws(FileError) {
    guard !StreamOutput.isMeant(by: path) else { return try StreamOutput.write(data, to: path) }
    try replace(path, with: data.regions.lazy.map { $0 as any ContiguousBytes })
  }

  /// Writes the pieces of a file as ``write(_:to:)`` does the whole.
  package static func write(
    regions: [any ContiguousBytes], to path: String
  ) throws(FileError) {
    try replace(path, with: regions)
  }

  /// Folders that this process has written into, and where it has removed what others left.
  private static let visited = Mutex<Set<String>>([])

  private static func replace(
    _ path: String, with regions: some Sequence<any ContiguousBytes>
  ) throws(FileError) {
    try FolderLock.checkPlace(of: path)
    let folder = path.parentFolder
    if visited.withLock({ $0.insert(folder).inserted }) {
      _ = UnfinishedFiles.removeLeftovers(in: folder)
    }
    let temporary = UnfinishedFiles.temporaryPath(of: path)
    let place = UnfinishedFiles.begin(temporary)
    defer { UnfinishedFiles.end(place) }
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw FileError(path: path, reason: "cannot be written: \(systemReason())")
    }
    // While it is held nobody takes the file for a leftover; dies with the process.
    flock(descriptor, LOCK_EX | LOCK_NB)
    // Who may read and write a file is its owner's choice.
    var old = stat()
    if stat(path, &old) == 0 { fchmod(descriptor, old.st_mode & 0o7777) }
    var reason: String?
    for region in regions where reason == nil {
      let number = region.withUnsafeBytes { Descriptor.writeAll($0, to: descriptor) }
      if number != 0 { reason = systemReason(number) }
    }
    if reason == nil {
      let number = Descriptor.sync(descriptor)
      if number != 0 { reason = systemReason(number) }
    }
    // Interrupted it is closed all the same.
    if close(descriptor) != 0, errno != EINTR, reason == nil { reason = systemReason() }
    // Again: a large file takes its time.
    if reason == nil {
      do {
        try FolderLock.checkPlace(of: path)
      } catch {
        unlink(temporary)
        throw error
      }
      if rename(temporary, path) != 0 { reason = systemReason() }
    }
    if let reason {
      unlink(temporary)
      throw FileError(path: path, reason: "cannot be written: \(reason)")
    }
    syncFolder(of: path)
  }

  /// The rename itself is durable only once the folder is. Some file systems cannot sync folders;
  /// the file is whole there too.
  static func syncFolder(of path: String) {
    let descriptor = open(path.parentFolder, O_RDONLY)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  static func systemReason(_ number: Int32 = errno) -> String {
    String(cString: strerror(number))
  }
}
