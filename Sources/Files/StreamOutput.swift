import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A pipe, a device or an open descriptor: it takes bytes, and must not be replaced by a file.
enum StreamOutput {
  /// Says whether a path is one. A link in a folder of the user is none, wherever it leads.
  static func isMeant(by path: String) -> Bool {
    // Links here lead to what is open already, as /dev/stdout does.
    if path.hasPrefix("/dev/") || path.hasPrefix("/proc/") { return true }
    var status = stat()
    return lstat(path, &status) == 0
      && ![S_IFREG, S_IFDIR, S_IFLNK].contains(status.st_mode & S_IFMT)
  }

  /// Writes what a file would hold.
  ///
  /// - Throws: ``FileError`` with the system's reason; a part may have arrived.
  static func write(_ data: some DataProtocol, to path: String) throws(FileError) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    var number = descriptor < 0 ? errno : 0
    if descriptor >= 0 {
      for region in data.regions where number == 0 {
        number = region.withUnsafeBytes { Descriptor.writeAll($0, to: descriptor) }
      }
      if close(descriptor) != 0, number == 0 { number = errno }
    }
    guard number == 0 else {
      throw FileError(
        path: path, reason: "cannot be written: \(String(cString: strerror(number)))")
    }
  }
}
