import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The folder that relative paths begin in. Libraries that need one end the process without it.
package enum WorkingFolder {
  /// Makes sure that the user may look for files in it.
  ///
  /// - Parameter library: needs that; for the error.
  /// - Throws: ``FileError`` with the system's reason.
  package static func checkIsOpen(for library: String) throws(FileError) {
    guard access(".", X_OK) != 0 else { return }
    throw error(errno, library)
  }

  /// Makes sure that it was not removed.
  ///
  /// - Parameter library: needs it; for the error.
  /// - Throws: ``FileError`` with the system's reason.
  package static func checkIsThere(for library: String) throws(FileError) {
    guard let path = getcwd(nil, 0) else { throw error(errno, library) }
    free(path)
  }

  private static func error(_ number: Int32, _ library: String) -> FileError {
    FileError(
      path: "the working folder",
      reason: "\(String(cString: strerror(number))); \(library) needs one that is there and open:"
        + " begin in another")
  }
}
