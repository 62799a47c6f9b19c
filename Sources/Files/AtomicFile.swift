import Foundation
import Synchronization

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

  static let missing = "no such file"

  /// Says whether there is no file, in the words of the readers of this module.
  package var isMissing: Bool { reason == Self.missing }

  /// One line for people: the path, a colon and the reason.
  public var description: String { "\(path): \(reason)".inOneLine }
}

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
    try replace(path, with: data)
  }

  /// Folders that this process has written into, and where it has removed what others left.
  private static let visited = Mutex<Set<String>>([])

  private static func replace(_ path: String, with data: some DataProtocol) throws(FileError) {
    let folder = (path as NSString).deletingLastPathComponent
    if visited.withLock({ $0.insert(folder).inserted }) {
      _ = removeLeftovers(in: folder.isEmpty ? "." : folder)
    }
    let temporary = temporaryPath(of: path)
    let place = UnfinishedFiles.begin(temporary)
    defer { UnfinishedFiles.end(place) }
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw FileError(path: path, reason: "cannot be written: \(systemReason())")
    }
    // Who may read and write a file is its owner's choice.
    var old = stat()
    if stat(path, &old) == 0 { fchmod(descriptor, old.st_mode & 0o7777) }
    var reason: String?
    for region in data.regions where reason == nil {
      let number = region.withUnsafeBytes { Descriptor.writeAll($0, to: descriptor) }
      if number != 0 { reason = systemReason(number) }
    }
    if reason == nil {
      let number = Descriptor.sync(descriptor)
      if number != 0 { reason = systemReason(number) }
    }
    // Interrupted it is closed all the same.
    if close(descriptor) != 0, errno != EINTR, reason == nil { reason = systemReason() }
    if reason == nil, rename(temporary, path) != 0 { reason = systemReason() }
    if let reason {
      unlink(temporary)
      throw FileError(path: path, reason: "cannot be written: \(reason)")
    }
    syncFolder(of: path)
  }

  /// Adds to the end of a file, and syncs it. What is killed in between leaves a part.
  ///
  /// - Parameters:
  ///   - data: what is added.
  ///   - path: of a file that is there.
  /// - Throws: ``FileError`` with the system's reason.
  package static func append(_ data: Data, to path: String) throws(FileError) {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw FileError(path: path, reason: "cannot be written: \(systemReason())")
    }
    defer { close(descriptor) }
    var number = data.withUnsafeBytes { Descriptor.writeAll($0, to: descriptor) }
    if number == 0 { number = Descriptor.sync(descriptor) }
    guard number == 0 else {
      throw FileError(path: path, reason: "cannot be written: \(systemReason(number))")
    }
  }

  /// The longest name of a file that file systems have, in bytes.
  private static let nameLimit = 255

  /// A name that no other process takes, in the same folder; of a long name the end is left out.
  static func temporaryPath(of path: String) -> String {
    let suffix = ".\(getpid()).\(UInt32.random(in: 0 ... .max)).multibox.tmp"
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let start = slash.map { path.utf8.index(after: $0) } ?? path.startIndex
    var name = path[start...]
    while name.utf8.count + suffix.utf8.count > nameLimit, !name.isEmpty { name.removeLast() }
    return path[..<start] + name + suffix
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

  /// Refuses a path that leads to a file in a folder whose files are read, unless it is not there
  /// yet.
  ///
  /// - Parameters:
  ///   - path: of the file to be written.
  ///   - folders: paths of folders, or of files.
  /// - Throws: ``FileError`` naming path and folder.
  public static func check(
    _ path: String, isNewIn folders: some Sequence<String>
  ) throws(FileError) {
    guard FolderListing.isFile(path) else { return }
    let file = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    for folder in folders {
      let place = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
      guard file == place || file.hasPrefix(place + "/") else { continue }
      throw FileError(
        path: path, reason: "is there already, in \(folder), which is read here; name another")
    }
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

  /// Removes the temporary files in a folder of processes that were killed while they wrote.
  ///
  /// - Parameter folder: its own files are looked at, not those of folders in it.
  /// - Returns: the number of files that are gone now.
  package static func removeLeftovers(in folder: String) -> Int {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.count { name in
      guard let parts = name.wholeMatch(of: /.*\.(\d+)\.\d+\.multibox\.tmp/),
        let process = Int32(parts.1),
        // Of a process that lives it is no leftover.
        kill(process, 0) != 0, errno == ESRCH
      else { return false }
      return unlink("\(folder)/\(name)") == 0
    }
  }

  /// The rename itself is durable only once the folder is. Some file systems cannot sync folders;
  /// the file is whole there too.
  static func syncFolder(of path: String) {
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
