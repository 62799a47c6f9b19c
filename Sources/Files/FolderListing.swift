import Foundation
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The names in a folder, without what systems leave there, and found as they are meant.
public struct FolderListing: Sendable {
  /// Names of files, sorted.
  public private(set) var files: [String] = []
  /// Names of folders, and of links to folders, sorted.
  public private(set) var folders: [String] = []
  /// Names that are no UTF-8, shown with replacement characters: such a file cannot be named here.
  public private(set) var unreadableNames: [String] = []
  /// For a name in composed Unicode and lower case the first that is not written so.
  private var otherCases: [String: String] = [:]
  /// Names that another one in the folder is in another Unicode form: hardly ever any.
  private var otherForms: [String] = []

  /// Lists a folder; nil where it is none or cannot be read.
  ///
  /// Left out are hidden files, among them the `._` twins of macOS, and the `Thumbs.db` and
  /// `desktop.ini` of Windows; and what is neither file nor folder, as a device or a pipe, whose
  /// bytes need not end.
  ///
  /// - Parameter path: of a folder, or of a link to one.
  public init?(_ path: String) {
    guard let listing = try? FolderListing(of: path) else { return nil }
    self = listing
  }

  /// - Throws: ``FileError`` with the system's reason, missing where it is no folder.
  package init(of path: String) throws(FileError) {
    DiskTrace.note(path)
    guard let folder = opendir(path.isEmpty ? "." : path) else {
      throw Self.error(path, errno)
    }
    defer { closedir(folder) }
    while true {
      // The end and an error are told apart by the number alone.
      errno = 0
      guard let entry = readdir(folder) else { break }
      let isFolder: Bool?
      switch Int32(entry.pointee.d_type) {
      case Int32(DT_DIR): isFolder = true
      case Int32(DT_REG): isFolder = false
      default: isFolder = nil
      }
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: UInt8.self, capacity: 256) { bytes in
          var length = 0
          while length < 256, bytes[length] != 0 { length += 1 }
          let raw = UnsafeBufferPointer(start: bytes, count: length)
          if let name = String(validating: raw, as: UTF8.self) { return Optional(name) }
          unreadableNames.append(String(decoding: raw, as: UTF8.self))
          return nil
        }
      }
      guard let name, !name.hasPrefix("."), !Self.leftBehind.contains(name.lowercased()) else {
        continue
      }
      let whole = "\(path.isEmpty ? "." : path)/\(name)"
      if isFolder == nil, Self.isSpecial(whole) { continue }
      // Links, and file systems that do not tell.
      if isFolder ?? FolderListing.isFolder(whole) {
        folders.append(name)
      } else {
        files.append(name)
      }
    }
    if errno != 0 { throw Self.error(path, errno) }
    files.sort()
    folders.sort()
    unreadableNames.sort()
    for names in [files, folders] {
      otherForms += zip(names, names.dropFirst()).lazy.filter { $0 == $1 }.map(\.1)
      for name in names where !name.utf8.allSatisfy(Self.isPlain) {
        let key = name.composed.lowercased()
        if key != name, otherCases[key] == nil { otherCases[key] = name }
      }
    }
    otherForms += folders.filter { Self.same($0, in: files) != nil }
  }

  /// Says that a byte is one of ASCII that is no capital letter.
  private static func isPlain(_ byte: UInt8) -> Bool {
    byte < 0x80 && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
  }

  /// The first of sorted names that is the same, in whatever Unicode form.
  ///
  /// By halves: a dictionary of a million names would take as much memory as they do.
  private static func same(_ name: String, in names: [String]) -> String? {
    var (lower, upper) = (0, names.count)
    while lower < upper {
      let middle = (lower + upper) / 2
      if names[middle] < name { lower = middle + 1 } else { upper = middle }
    }
    return lower < names.count && names[lower] == name ? names[lower] : nil
  }

  private static func error(_ path: String, _ number: Int32) -> FileError {
    FileError(path: path, reason: InputFile.reason(number))
  }

  private static let leftBehind: Set = ["thumbs.db", "desktop.ini", "__macosx"]

  /// Returns a name as the folder spells it: the same name, else the same in another Unicode form,
  /// else in other case; nil where there is none.
  ///
  /// - Parameter name: of a file or folder directly in it.
  public func spelling(of name: String) -> String? {
    // Swift takes both forms for one text; files differ in their bytes.
    if otherForms.contains(where: { $0.utf8.elementsEqual(name.utf8) }) { return name }
    func same(_ name: String) -> String? {
      Self.same(name, in: files) ?? Self.same(name, in: folders)
    }
    if let found = same(name) { return found }
    let key = name.composed.lowercased()
    return same(key) ?? otherCases[key]
  }

  /// Says whether a path is a folder, or a link to one.
  ///
  /// - Parameter path: of anything, there or not.
  public static func isFolder(_ path: String) -> Bool {
    DiskTrace.note(path)
    var status = stat()
    return stat(path, &status) == 0 && (status.st_mode & S_IFMT) == S_IFDIR
  }

  /// Whether something other than a file or a folder is there.
  private static func isSpecial(_ path: String) -> Bool {
    DiskTrace.note(path)
    var status = stat()
    return stat(path, &status) == 0 && ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
  }

  /// Says whether a path is a file, or a link to one.
  ///
  /// - Parameter path: of anything, there or not.
  public static func isFile(_ path: String) -> Bool {
    DiskTrace.note(path)
    var status = stat()
    return stat(path, &status) == 0 && (status.st_mode & S_IFMT) != S_IFDIR
  }
}

/// Listings of folders, each read once.
public final class FolderTree: Sendable {
  private let listings = Mutex([String: Result<FolderListing, FileError>]())

  /// Creates an empty store.
  public init() {}

  /// Returns the listing of a folder; nil where it is none or cannot be read.
  ///
  /// - Parameter path: of the folder.
  public func listing(_ path: String) -> FolderListing? {
    if let known = listings.withLock({ $0[path] }) { return try? known.get() }
    let listing = Result { () throws(FileError) in try FolderListing(of: path) }
    listings.withLock { $0[path] = listing }
    return try? listing.get()
  }

  /// The paths of what cannot be named in the folders that were listed so far, sorted: see
  /// ``FolderListing/unreadableNames``.
  public var unreadableNames: [String] {
    listings.withLock { all in
      all.flatMap { path, listing in
        ((try? listing.get())?.unreadableNames ?? []).map { "\(path)/\($0)" }
      }
    }.sorted()
  }

  /// The folders that are there and could not be listed so far, with the reasons, by their paths.
  public var unreadableFolders: [FileError] {
    listings.withLock { all in
      all.values.compactMap { listing in
        guard case .failure(let error) = listing, !error.isMissing else { return nil }
        return error
      }
    }.sorted { $0.path < $1.path }
  }

  /// Returns the path as the disk spells it, where something is there: each part the same, else in
  /// another Unicode form, else in other case.
  ///
  /// - Parameters:
  ///   - path: parts with `/` between them, below `folder`; `..` goes up.
  ///   - folder: is taken as it is.
  public func find(_ path: String, in folder: String) -> String? {
    var found = folder
    // Mostly a name alone.
    let parts = path.utf8.contains(UInt8(ascii: "/")) ? path.split(separator: "/") : [path[...]]
    for part in parts where part != "." && !part.isEmpty {
      if part == ".." {
        found = Self.parent(of: found) ?? "\(found)/.."
        continue
      }
      guard let name = listing(found)?.spelling(of: String(part)) else { return nil }
      found = found.isEmpty ? name : found == "/" ? "/\(name)" : Self.path(found, name)
    }
    return found
  }

  /// The path of a name in a folder, in no more memory than it needs: interpolation doubles what it
  /// has, and there may be a million.
  private static func path(_ folder: String, _ name: String) -> String {
    var path = ""
    path.reserveCapacity(folder.utf8.count + 1 + name.utf8.count)
    path += folder
    path += "/"
    path += name
    return path
  }

  /// The folder above, so that one file has one path; nil where that is not in the path's parts, as
  /// behind a link.
  private static func parent(of path: String) -> String? {
    DiskTrace.note(path)
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    var status = stat()
    guard parts.count > 1, let last = parts.last, !["", ".", ".."].contains(last),
      lstat(path, &status) == 0, (status.st_mode & S_IFMT) == S_IFDIR
    else { return nil }
    let parent = parts.dropLast().joined(separator: "/")
    return parent.isEmpty ? nil : parent
  }

  /// Returns the paths of all files below a folder, sorted, with `/` between their parts.
  ///
  /// Links to folders are followed; a folder that was seen already, as in a ring of links, is not
  /// entered again.
  ///
  /// - Parameters:
  ///   - folder: where to look; the paths begin below it.
  ///   - isLeftOut: is asked for each folder in it, by its path and what it holds; one that it says
  ///     yes to is not entered.
  public func files(
    below folder: String, leavingOut isLeftOut: (String, FolderListing) -> Bool = { _, _ in false }
  ) -> [String] {
    var result: [String] = []
    var seen: Set<FileIdentity> = []
    func walk(_ path: String, _ prefix: String) {
      guard let identity = FileIdentity(path), seen.insert(identity).inserted,
        let listing = listing(path), prefix.isEmpty || !isLeftOut(path, listing)
      else { return }
      result += listing.files.map { prefix + $0 }
      for name in listing.folders { walk("\(path)/\(name)", "\(prefix)\(name)/") }
    }
    walk(folder.isEmpty ? "." : folder, "")
    return result.sorted()
  }
}

/// A file or folder, whatever paths lead to it.
public struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let number: UInt64

  /// Looks at what a path leads to, through links; nil where nothing is there.
  ///
  /// - Parameter path: of a file or folder.
  public init?(_ path: String) {
    DiskTrace.note(path)
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// Looks at what is open; nil where nothing is.
  ///
  /// - Parameter descriptor: of a file or folder.
  init?(open descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  /// - Parameter status: what the system says of a file or folder.
  init(_ status: stat) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    number = UInt64(status.st_ino)
  }
}
