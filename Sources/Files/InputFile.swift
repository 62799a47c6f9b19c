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
  /// - Throws: ``FileError`` that tells a missing file from one that cannot be read.
  public static func contents(_ path: String) throws(FileError) -> Data {
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      let exists = FileManager.default.fileExists(atPath: path)
      throw FileError(path: path, reason: exists ? "cannot be read" : "no such file")
    }
  }

  /// Returns the number of bytes of a file; nil where there is none.
  package static func size(_ path: String) -> Int? {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : nil
  }
}
