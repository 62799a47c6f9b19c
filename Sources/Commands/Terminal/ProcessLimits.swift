import Files
import Foundation

/// The limits that the system sets for this process.
package enum ProcessLimits {
  /// Files that every command may have open at a time, with room: the system's libraries end a
  /// process that has none left for their own.
  static let leastFiles = 32

  /// The bytes of a stack, with room: with 64 KiB Swift's runtime ends the largest command while it
  /// looks its types up. Threads beside the first get what the process began with, so the limit
  /// cannot be raised from here.
  static let leastStack = 512 << 10

  /// Looks whether the stack and the files that it may have open are enough for every command.
  ///
  /// - Throws: `FileError` that names the limit.
  static func check() throws {
    if let limit = limit(of: stackLimit), limit.rlim_cur < leastStack {
      throw FileError(
        path: "stack",
        reason: "expected a limit of at least \(leastStack >> 10) KiB, found"
          + " \(limit.rlim_cur >> 10) KiB (ulimit -s)")
    }
    try allow(files: 0)
  }

  /// Lets the process have more files open at a time than every command has.
  ///
  /// - Parameters:
  ///   - count: how many more.
  ///   - purpose: what they are for, as `64 connections`.
  /// - Throws: `FileError` where the system allows fewer.
  package static func allow(files count: Int, for purpose: String? = nil) throws {
    let least = rlim_t(leastFiles + count)
    guard var limit = limit(of: fileLimit) else { return }
    if limit.rlim_cur < limit.rlim_max, limit.rlim_cur < least {
      var wider = limit
      wider.rlim_cur = min(limit.rlim_max, least)
      // A system may refuse less than its own maximum.
      if setrlimit(fileLimit, &wider) == 0 { limit = wider }
    }
    guard limit.rlim_cur < least else { return }
    let what = purpose.map { " for \($0)" } ?? ""
    throw FileError(
      path: "open files",
      reason: "expected a limit of at least \(least)\(what), found \(limit.rlim_cur) (ulimit -n)")
  }

  #if canImport(Darwin)
    private static var fileLimit: Int32 { RLIMIT_NOFILE }
    private static var stackLimit: Int32 { RLIMIT_STACK }

    private static func limit(of kind: Int32) -> rlimit? {
      var limit = rlimit()
      return getrlimit(kind, &limit) == 0 ? limit : nil
    }
  #else
    private static var fileLimit: __rlimit_resource_t {
      __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    }
    private static var stackLimit: __rlimit_resource_t {
      __rlimit_resource_t(RLIMIT_STACK.rawValue)
    }

    private static func limit(of kind: __rlimit_resource_t) -> rlimit? {
      var limit = rlimit()
      return getrlimit(kind, &limit) == 0 ? limit : nil
    }
  #endif
}
