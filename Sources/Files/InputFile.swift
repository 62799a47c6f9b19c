import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Reads whole files.
public enum InputFile {
  /// Returns the bytes of a file, mapped where that is safe: a part that is not looked at is not
  /// read.
  ///
  /// - Parameter path: of the file.
  /// - Throws: ``FileError`` that tells a missing file or a folder, else the system's reason.
  public static func contents(_ path: String) throws(FileError) -> Data {
    // Foundation opens a pipe and says that it may not.
    guard isRegular(path) else { return try MappedFile(path).data }
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      let system = (error as? CocoaError)?.underlying as? POSIXError
      throw FileError(path: path, reason: reason(system?.code.rawValue))
    }
  }

  /// Also of what is not there: its error is Foundation's.
  private static func isRegular(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) != 0 || (status.st_mode & S_IFMT) == S_IFREG
  }

  /// Says why a file cannot be read, by the system's number; nil where it gave none.
  static func reason(_ number: Int32?) -> String {
    switch number {
    case nil: "cannot be read"
    case ENOENT?: FileError.missing
    case EISDIR?: "a folder, not a file"
    case let number?: "cannot be read: \(String(cString: strerror(number)))"
    }
  }

  /// Returns the number of bytes of a file; nil where there is none.
  package static func size(_ path: String) -> Int? {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : nil
  }
}
