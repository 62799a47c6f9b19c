#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What lies at a path, in the words of errors.
package enum PathKind {
  /// Returns `a file`, `a folder`, `a pipe`, `a socket`, `a device` or, where that leads nowhere,
  /// `a broken link`; nil where nothing is, or the system does not tell.
  ///
  /// - Parameter path: of anything; what a link leads to counts.
  package static func words(_ path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      return lstat(path, &status) == 0 ? "a broken link" : nil
    }
    return switch status.st_mode & S_IFMT {
    case S_IFREG: "a file"
    case S_IFDIR: "a folder"
    case S_IFIFO: "a pipe"
    case S_IFSOCK: "a socket"
    default: "a device"
    }
  }
}
