import Foundation
import Synchronization

/// A folder for the files of one target: what is read by path must be on a disk.
///
/// One for each name and process; a second caller of the name waits.
final class FuzzFolder: Sendable {
  private static let folders = Mutex<[String: FuzzFolder]>([:])
  private let path: String
  private let lock = NSRecursiveLock()

  private init(path: String) { self.path = path }

  /// Makes the folder, or returns the one of that name.
  static func named(_ name: String) throws -> FuzzFolder {
    try folders.withLock { folders in
      if let folder = folders[name] { return folder }
      let path = FileManager.default.temporaryDirectory.path + "/fuzz-\(getpid())-\(name)"
      try? FileManager.default.removeItem(atPath: path)
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let folder = FuzzFolder(path: path)
      folders[name] = folder
      return folder
    }
  }

  /// Writes files and calls `body` with the folder.
  func with<Result>(
    _ files: [(name: String, content: Data)], _ body: (String) throws -> Result
  ) throws -> Result {
    lock.lock()
    defer { lock.unlock() }
    for (name, content) in files {
      let file = path + "/" + name
      if name.contains("/") {
        try FileManager.default.createDirectory(
          atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      }
      try content.write(to: URL(fileURLWithPath: file))
    }
    return try body(path)
  }
}
