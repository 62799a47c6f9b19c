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
  /// The file's content tells what it is, never its name.
  ///
  /// - Parameters:
  ///   - path: of the file to be written. A pipe or a device is written to, not over.
  ///   - kind: what such files are, for the error: `a page`.
  ///   - isOne: says whether the file at the path is of the kind.
  /// - Throws: ``FileError`` naming the path; also where the system does not tell what is there.
  public static func check(
    _ path: String, isNewOr kind: String, _ isOne: (String) -> Bool
  ) throws(FileError) {
    guard !StreamOutput.isMeant(by: path), try InputFile.isThere(path),
      !(isRegular(path) && isOne(path))
    else { return }
    throw FileError(
      path: path, reason: "expected a new file or \(kind), found another; not written over")
  }

  /// Refuses outputs of which two would be one file or folder, and one that lies in a folder that
  /// another output fills.
  ///
  /// - Parameters:
  ///   - outputs: paths of files, and of folders that may hold others' files too; nil is left out.
  ///   - newFolders: paths of folders whose whole content one output makes; nil is left out.
  /// - Throws: ``FileError`` naming the path.
  public static func checkApart(
    _ outputs: [String?], newFolders: [String?] = []
  ) throws(FileError) {
    let filled = newFolders.compactMap { $0 }
    let all = outputs.compactMap { $0 } + filled
    let places = all.map(real)
    for (index, place) in places.enumerated() {
      if places[..<index].contains(place), !StreamOutput.isMeant(by: all[index]) {
        throw FileError(
          path: all[index], reason: "expected a path for each output, found one for two")
      }
      if let folder = filled.first(where: { place.hasPrefix(real($0) + "/") }) {
        throw FileError(
          path: all[index], reason: "lies in \(folder), which another output fills; name another")
      }
    }
  }

  /// The absolute path that a path leads to through links, also where only its beginning is there.
  ///
  /// - Parameter path: of anything, there or not; a relative one is from the working folder.
  public static func real(_ path: String) -> String {
    let whole =
      path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    var parts: [Substring] = []
    for part in whole.split(separator: "/") where part != "." {
      if part == ".." {
        _ = parts.popLast()
        continue
      }
      parts.append(part)
      guard let found = realpath("/" + parts.joined(separator: "/"), nil) else { continue }
      defer { free(found) }
      parts = String(cString: found).split(separator: "/")
    }
    return "/" + parts.joined(separator: "/")
  }

  /// Refuses the path of a folder that holds something, and that of a file.
  ///
  /// - Parameter path: of the folder to be filled, there or not.
  /// - Throws: ``FileError`` naming the path, and the first name that is in it.
  public static func checkIsNewFolder(_ path: String) throws(FileError) {
    guard try InputFile.isThere(path) else { return }
    var found: String?
    if FolderListing.isFolder(path) {
      // Its error is the system's; hidden files count too.
      _ = try FolderListing(of: path)
      found = (try? FileManager.default.contentsOfDirectory(atPath: path))?.min()
    } else {
      found = PathKind.words(path)
    }
    guard let found else { return }
    throw FileError(path: path, reason: "expected a new or empty folder, found \(found)")
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
    try make(folder: path.parentFolder)
  }

  /// Makes a folder, and those around it, where they are not there.
  ///
  /// - Parameter path: of the folder.
  /// - Throws: ``FileError`` naming the folder, or what lies in the place of one.
  public static func make(folder path: String) throws(FileError) {
    guard !FolderListing.isFolder(path) else { return }
    try checkCanBeFolder(path)
    let parent = path.parentFolder
    if parent != path, parent != "." { try make(folder: parent) }
    guard mkdir(path, 0o777) != 0 else { return }
    let number = errno
    // Another process may have made it in the meantime.
    guard !FolderListing.isFolder(path) else { return }
    throw FileError(path: path, reason: "cannot be made: \(String(cString: strerror(number)))")
  }

  /// Refuses the path of a folder where something else lies at it, or at a part of it.
  ///
  /// - Parameter path: of a folder, there or not.
  /// - Throws: ``FileError`` naming what is no folder.
  public static func checkCanBeFolder(_ path: String) throws(FileError) {
    var place = path
    while true {
      if let found = PathKind.words(place) {
        guard !FolderListing.isFolder(place) else { return }
        throw FileError(path: place, reason: "expected a folder, found \(found)")
      }
      let parent = place.parentFolder
      guard parent != place else { return }
      place = parent
    }
  }
}
