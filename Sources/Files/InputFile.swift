import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Reads whole files.
public enum InputFile {
  /// Returns the bytes of a file; a large one is mapped, so that a part that is not looked at is
  /// not read.
  ///
  /// - Parameters:
  ///   - path: of the file, a pipe or a terminal; other devices need not end.
  ///   - isMapped: false reads large files too, whose bytes then stay whoever cuts the file.
  /// - Throws: ``FileError`` that tells a missing file, a folder or a device, else the system's
  ///   reason.
  public static func contents(
    _ path: String, isMapped: Bool = true
  ) throws(FileError) -> Data {
    let file = try MappedFile(path, isMapped: isMapped)
    guard file.count > 0 else { return Data() }
    return Data(
      bytesNoCopy: UnsafeMutableRawPointer(mutating: file.start), count: file.count,
      deallocator: .custom { _, _ in withExtendedLifetime(file) {} })
  }

  /// Says whether something is at a path.
  ///
  /// - Parameter path: of anything, there or not.
  /// - Throws: ``FileError`` where the system does not tell, as of a folder that one may not look
  ///   into: what is there must not be taken for missing.
  package static func isThere(_ path: String) throws(FileError) -> Bool {
    DiskTrace.note(path)
    var status = stat()
    if stat(path, &status) == 0 { return true }
    let error = FileError(path: path, reason: reason(errno))
    guard error.isMissing else { throw error }
    return false
  }

  /// Returns the bytes of a file that an option names, where it is none of the names that the
  /// option knows.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - names: what else the option takes; the error of a missing file tells them.
  /// - Throws: ``FileError`` that tells a missing file or a folder, else the system's reason.
  package static func contents(
    _ path: String, orOneOf names: [String]
  ) throws(FileError) -> Data {
    do {
      return try contents(path)
    } catch {
      guard error.isMissing else { throw error }
      throw FileError(
        path: path,
        reason: "\(FileError.missing), and not one of \(names.joined(separator: ", "))")
    }
  }

  /// Says why a file cannot be read, by the system's number. Where something is there it is told to
  /// the trace: a disk that fails, too many open files or a right may be otherwise later.
  static func reason(_ number: Int32) -> String {
    switch number {
    // A part of the path that is a file holds nothing.
    case ENOENT, ENOTDIR: FileError.missing
    case EISDIR: "a folder, not a file"
    default: failure(number)
    }
  }

  private static func failure(_ number: Int32) -> String {
    DiskTrace.noteFailure()
    return "cannot be read: \(String(cString: strerror(number)))"
  }

  /// Returns the number of bytes of a file; nil where there is none.
  package static func size(_ path: String) -> Int? {
    DiskTrace.note(path)
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : nil
  }
}
