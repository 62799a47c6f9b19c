import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A problem with a file: which one, and why.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file's path, as it was given.
  public let path: String
  /// The reason, in words that follow the path and are one line: `no such file`.
  public let reason: String

  /// Creates an error of a file and a reason, of which a space takes the place of line ends.
  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason.inOneLine
  }

  /// One line for people: the path, a colon and the reason.
  public var description: String { "\(path): \(reason)".inOneLine }
}

/// Writes files so that a reader sees the old content or the new, never a part.
public enum AtomicFile {
  /// Writes to a temporary name in the same folder, syncs, renames, and syncs the folder.
  ///
  /// - Parameters:
  ///   - data: the whole content of the file.
  ///   - path: of the file; its folder must exist.
  /// - Throws: ``FileError`` with the system's reason; the old file is as it was.
  public static func write(_ data: some DataProtocol, to path: String) throws(FileError) {
    let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max)).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0o644)
    guard descriptor >= 0 else {
      throw FileError(path: path, reason: "cannot be written: \(systemReason())")
    }
    var reason: String?
    for region in data.regions where reason == nil {
      let number = region.withUnsafeBytes { Descriptor.writeAll($0, to: descriptor) }
      if number != 0 { reason = systemReason(number) }
    }
    if reason == nil, fsync(descriptor) != 0 { reason = systemReason() }
    if close(descriptor) != 0, reason == nil { reason = systemReason() }
    if reason == nil, rename(temporary, path) != 0 { reason = systemReason() }
    if let reason {
      unlink(temporary)
      throw FileError(path: path, reason: "cannot be written: \(reason)")
    }
    syncFolder(of: path)
  }

  /// Refuses a path that leads to a file that is read, whatever path that was read by.
  ///
  /// - Parameters:
  ///   - path: of the file to be written.
  ///   - inputs: paths of files.
  /// - Throws: ``FileError`` naming the path.
  public static func check(
    _ path: String, isNoneOf inputs: some Sequence<String>
  ) throws(FileError) {
    guard let identity = FileIdentity(path),
      inputs.contains(where: { FileIdentity($0) == identity })
    else { return }
    throw FileError(path: path, reason: "is read here, so it cannot be written")
  }

  /// Makes the folder of a file, and those around it, where they are not there.
  ///
  /// - Parameter path: of the file.
  /// - Throws: ``FileError`` naming the folder.
  public static func makeFolder(of path: String) throws(FileError) {
    let folder = (path as NSString).deletingLastPathComponent
    guard !folder.isEmpty else { return }
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw FileError(path: folder, reason: "cannot be made: \(error.localizedDescription)")
    }
  }

  /// The rename itself is durable only once the folder is. Some file systems cannot sync folders;
  /// the file is whole there too.
  private static func syncFolder(of path: String) {
    let folder = (path as NSString).deletingLastPathComponent
    let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private static func systemReason(_ number: Int32 = errno) -> String {
    String(cString: strerror(number))
  }
}
