import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The temporary files of writes that are under way, so that a signal that ends the process takes
/// them along.
package enum UnfinishedFiles {
  /// Writes at once that are known; one beyond leaves its file behind if it is killed.
  private static let capacity = 16
  private static let pathCapacity = Int(PATH_MAX)
  private static let lock = NSLock()
  // A signal's handler may neither wait for a lock nor meet memory that is gone: so the places are
  // made once and kept, and one that is empty begins with 0.
  nonisolated(unsafe) private static let places: UnsafeMutablePointer<CChar> = {
    let places = UnsafeMutablePointer<CChar>.allocate(capacity: capacity * pathCapacity)
    places.initialize(repeating: 0, count: capacity * pathCapacity)
    return places
  }()

  /// Makes the memory that ``removeAll()`` reads, which a signal's handler must not.
  package static func prepare() { _ = places }

  /// Notes a file that is about to be made.
  ///
  /// - Returns: what ``end(_:)`` takes; nil where it could not be noted.
  package static func begin(_ path: String) -> Int? {
    lock.withLock {
      let place = (0..<capacity).first { places[$0 * pathCapacity] == 0 }
      guard let place else { return nil }
      return path.withCString { text in
        let length = strlen(text)
        guard length > 0, length < pathCapacity else { return nil }
        let start = places + place * pathCapacity
        // The first byte last: until then nobody takes the place for a path.
        memcpy(start + 1, text + 1, length)
        start[0] = text[0]
        return place
      }
    }
  }

  /// Forgets a file that has its name, or is gone.
  package static func end(_ place: Int?) {
    guard let place else { return }
    lock.withLock { places[place * pathCapacity] = 0 }
  }

  /// Removes all; may be called by a signal's handler.
  package static func removeAll() {
    for place in 0..<capacity where places[place * pathCapacity] != 0 {
      unlink(places + place * pathCapacity)
    }
  }

  /// The longest name of a file that file systems have, in bytes.
  private static let nameLimit = 255

  /// Makes a name that no other process takes, in the same folder; of a long name the end is left
  /// out.
  ///
  /// - Parameter path: of the file, or of the folder, that is to be written.
  package static func temporaryPath(of path: String) -> String {
    let suffix = ".\(getpid()).\(UInt32.random(in: 0 ... .max)).multibox.tmp"
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let start = slash.map { path.utf8.index(after: $0) } ?? path.startIndex
    var name = path[start...]
    while name.utf8.count + suffix.utf8.count > nameLimit, !name.isEmpty { name.removeLast() }
    return path[..<start] + name + suffix
  }

  /// Who writes a file, or works in a folder, has it locked: processes of another container have
  /// numbers that say nothing.
  private static func isHeld(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }

  /// Removes the temporary files and folders in a folder of processes that were killed while they
  /// wrote.
  ///
  /// - Parameter folder: what lies in it is looked at, not what lies in the folders in it.
  /// - Returns: the number of files and folders that are gone now.
  package static func removeLeftovers(in folder: String) -> Int {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.count { name in
      guard let parts = name.wholeMatch(of: /.*\.(\d+)\.\d+\.multibox\.tmp/),
        let process = Int32(parts.1),
        // Of a process that lives it is no leftover.
        kill(process, 0) != 0, errno == ESRCH, !isHeld("\(folder)/\(name)")
      else { return false }
      return (try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")) != nil
    }
  }
}
