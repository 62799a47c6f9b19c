import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Whether something may be written at a path: asked before the work begins, so that nothing is
/// done in vain, and no input is lost.
public enum OutputPath {
  /// Refuses a path that leads to a file that is read, whatever path that was read by.
  ///
  /// - Parameters:
  ///   - path: of the file to be written.
  ///   - inputs: paths of files.
  ///   - reason: what the error says.
  /// - Throws: ``FileError`` naming the path.
  public static func check(
    _ path: String, isNoneOf inputs: some Sequence<String>,
    because reason: String = "is read here, so it cannot be written"
  ) throws(FileError) {
    guard let identity = FileIdentity(path),
      inputs.contains(where: { FileIdentity($0) == identity })
    else { return }
    throw FileError(path: path, reason: reason)
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

  /// Refuses the path of a file that is there and is something else than what will be written: what
  /// a mistyped command would lose.
  ///
  /// - Parameters:
  ///   - path: of the file to be written. A pipe or a device is written to, not over.
  ///   - kind: what such files are, for the error: `a page`.
  ///   - isOne: says whether the file at the path is of the kind.
  /// - Throws: ``FileError`` naming the path.
  public static func check(
    _ path: String, isNewOr kind: String, _ isOne: (String) -> Bool
  ) throws(FileError) {
    guard FileIdentity(path) != nil, !StreamOutput.isMeant(by: path),
      !(isRegular(path) && isOne(path))
    else { return }
    throw FileError(
      path: path, reason: "expected a new file or \(kind), found another; not written over")
  }

  /// Refuses the path of a file that is there and has another ending than files of its kind.
  ///
  /// - Parameters:
  ///   - path: of the file to be written.
  ///   - kind: what such files are, for the error: `a page`.
  ///   - endings: in small letters; the error names the first.
  /// - Throws: ``FileError`` naming the path.
  public static func check(
    _ path: String, isNewOr kind: String, ending endings: [String]
  ) throws(FileError) {
    try check(path, isNewOr: "\(kind) (.\(endings[0]))") {
      endings.contains(($0 as NSString).pathExtension.lowercased())
    }
  }

  /// A link may lead to a pipe: who reads that waits until somebody writes.
  private static func isRegular(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && (status.st_mode & S_IFMT) == S_IFREG
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
}
