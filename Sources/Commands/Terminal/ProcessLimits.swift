import Files
import Foundation

/// The limits that the system sets for this process.
enum ProcessLimits {
  /// Files that every command may have open at a time, with room: the system's libraries end a
  /// process that has none left for their own.
  static let leastFiles = 32

  /// Lets the process have all files that it may, and looks whether they are enough.
  ///
  /// - Throws: `FileError` that names the limit.
  static func check() throws {
    var limit = rlimit()
    let kind = fileLimit
    guard getrlimit(kind, &limit) == 0 else { return }
    if limit.rlim_cur < limit.rlim_max, limit.rlim_cur < leastFiles {
      limit.rlim_cur = min(limit.rlim_max, rlim_t(leastFiles))
      setrlimit(kind, &limit)
    }
    guard limit.rlim_cur < leastFiles else { return }
    throw FileError(
      path: "open files",
      reason: "expected a limit of at least \(leastFiles), found \(limit.rlim_cur) (ulimit -n)")
  }

  #if canImport(Darwin)
    private static var fileLimit: Int32 { RLIMIT_NOFILE }
  #else
    private static var fileLimit: __rlimit_resource_t {
      __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    }
  #endif
}
