import CXXHash

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What the system says of a file or folder, so that a change of it is seen without reading it.
///
/// Made of its kind, inode, size, and the times of its last change of content and of what the
/// system keeps of it, in nanoseconds. Whoever writes and puts the time of the content back
/// changes the other one. The device is not in it: network file systems change its number.
package struct DiskStamp: Hashable, Sendable {
  /// 0 for what is not there.
  package let digest: UInt64
  /// The later one of both times, in nanoseconds since 1970.
  let changed: Int
  /// Says that it is a file, a folder, or not there: of others, as of a pipe, nothing can be said.
  let isOrdinary: Bool

  /// Looks at what a path leads to, through links.
  package init(_ path: UnsafePointer<CChar>) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      digest = 0
      changed = 0
      isOrdinary = errno == ENOENT || errno == ENOTDIR
      return
    }
    #if canImport(Darwin)
      let (content, kept) = (status.st_mtimespec, status.st_ctimespec)
    #else
      let (content, kept) = (status.st_mtim, status.st_ctim)
    #endif
    let kind = status.st_mode & S_IFMT
    let numbers = [
      UInt64(kind), UInt64(status.st_ino), UInt64(bitPattern: Int64(status.st_size)),
      UInt64(bitPattern: Int64(content.tv_sec)), UInt64(bitPattern: Int64(content.tv_nsec)),
      UInt64(bitPattern: Int64(kept.tv_sec)), UInt64(bitPattern: Int64(kept.tv_nsec)),
    ]
    let hash = numbers.withUnsafeBytes { XXH3_64bits($0.baseAddress, $0.count) }
    digest = max(hash, 1)
    changed = max(Self.nanoseconds(content), Self.nanoseconds(kept))
    isOrdinary = kind == S_IFREG || kind == S_IFDIR
  }

  /// The time of now, as of ``changed``.
  static var now: Int {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return nanoseconds(time)
  }

  private static func nanoseconds(_ time: timespec) -> Int {
    // A time that a file system makes up must not overflow.
    let seconds = Int(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
    let sum = seconds.partialValue.addingReportingOverflow(Int(time.tv_nsec))
    return seconds.overflow || sum.overflow ? .max : sum.partialValue
  }
}
