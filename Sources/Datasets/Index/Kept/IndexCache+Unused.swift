import Files
import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension IndexCache {
  /// Says that a name is one of ``path(_:)``: in a folder that the user names there may be others'
  /// indexes too.
  private static func isOwn(_ name: String) -> Bool {
    name.utf8.count == 32 + ending.utf8.count && name.hasSuffix(ending)
      && name.utf8.prefix(32).allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
      }
  }

  /// How long an index is kept that nobody opens.
  private static let unusedDays = 30

  /// Removes those that nobody opened for so long.
  func removeUnused() {
    let limit = time(nil) - Self.unusedDays * 24 * 3600
    for name in FolderListing(folder)?.files ?? [] where Self.isOwn(name) {
      let path = "\(folder)/\(name)"
      var status = stat()
      guard stat(path, &status) == 0 else { continue }
      #if canImport(Darwin)
        let used = status.st_mtimespec.tv_sec
      #else
        let used = status.st_mtim.tv_sec
      #endif
      if used < limit { unlink(path) }
    }
  }
}
