import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Files that stay open between readings of their parts.
///
/// A shard has thousands of samples, and each is read by its place: its labels, its picture's
/// header, and its picture in every pass. To open the file for each of them is two calls of the
/// system too many, and on a file server's disk ways through the net. A path is still looked at
/// before each reading: of a file that another one has replaced nothing is read, and one that was
/// removed is missing.
///
/// Few stay open, of the 256 or more that systems allow: for a new one that is closed which nobody
/// has asked for longest, as soon as nobody reads it any more.
final class OpenFiles: Sendable {
  /// Of this process: eight to ten shards are read at a time (`ShardedOrder` of `TrainingInput`),
  /// and as many by each core when labels are read.
  static let shared = OpenFiles(capacity: 32)

  /// A file, closed with its last reference.
  final class File: Sendable {
    let descriptor: Int32
    fileprivate let identity: FileIdentity

    fileprivate init(_ descriptor: Int32, _ identity: FileIdentity) {
      self.descriptor = descriptor
      self.identity = identity
    }

    deinit { close(descriptor) }
  }

  private struct State {
    var files: [String: (file: File, lastUse: Int)] = [:]
    var useCount = 0
    var openCount = 0

    mutating func file(of path: String) -> File? {
      useCount += 1
      files[path]?.lastUse = useCount
      return files[path]?.file
    }

    /// Keeps a file, and returns those that are not kept for it.
    mutating func keep(_ file: File, of path: String, capacity: Int) -> [File] {
      useCount += 1
      openCount += 1
      var released = [files.updateValue((file, useCount), forKey: path)?.file]
      if files.count > capacity, let oldest = files.min(by: { $0.value.lastUse < $1.value.lastUse })
      {
        released.append(files.removeValue(forKey: oldest.key)?.file)
      }
      return released.compactMap(\.self)
    }
  }

  private let capacity: Int
  private let state = Mutex(State())

  /// - Parameter capacity: files that stay open, at least 1.
  init(capacity: Int) {
    precondition(capacity > 0, "room for \(capacity) files")
    self.capacity = capacity
  }

  /// Files that are kept open now.
  var count: Int { state.withLock(\.files.count) }

  /// How often a file was opened.
  var openCount: Int { state.withLock(\.openCount) }

  /// Returns a file to read from, and what the system says of it now.
  ///
  /// - Parameter path: of any file; one that is no plain file is not kept.
  /// - Throws: ``FileError`` where it is missing or cannot be opened.
  func open(_ path: String) throws(FileError) -> (file: File, status: stat) {
    var status = stat()
    if let known = state.withLock({ $0.file(of: path) }) {
      guard stat(path, &status) == 0 else {
        let number = errno
        let released = state.withLock { $0.files.removeValue(forKey: path) }
        withExtendedLifetime(released) {}
        throw FileError(path: path, reason: InputFile.reason(number))
      }
      // A number is nobody else's as long as its file is open.
      if known.identity == FileIdentity(status) { return (known, status) }
    }
    var descriptor = Self.descriptor(of: path)
    if descriptor < 0, errno == EMFILE || errno == ENFILE {
      // Others need more of what the system allows.
      closeAll()
      descriptor = Self.descriptor(of: path)
    }
    guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
      let number = errno
      if descriptor >= 0 { close(descriptor) }
      throw FileError(path: path, reason: InputFile.reason(number))
    }
    let file = File(descriptor, FileIdentity(status))
    if status.st_mode & S_IFMT == S_IFREG {
      // Closed behind the lock, for which others wait.
      let released = state.withLock { $0.keep(file, of: path, capacity: capacity) }
      withExtendedLifetime(released) {}
    }
    return (file, status)
  }

  /// Closes the files that nobody reads now.
  private func closeAll() {
    let released = state.withLock { state in
      defer { state.files = [:] }
      return state.files
    }
    withExtendedLifetime(released) {}
  }

  private static func descriptor(of path: String) -> Int32 {
    #if canImport(Darwin)
      Darwin.open(path, O_RDONLY | O_CLOEXEC)
    #else
      Glibc.open(path, O_RDONLY | O_CLOEXEC)
    #endif
  }
}
