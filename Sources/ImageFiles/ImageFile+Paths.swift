import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension ImageFile {
  /// Returns the image files that arguments name.
  ///
  /// A file stands for itself, a folder for its images, and a pattern with `*`, `?` or `[` for what
  /// matches it; folders and patterns in alphabetic order.
  ///
  /// - Parameter arguments: paths of files and folders, and patterns.
  /// - Throws: ``ImageError`` for a folder without images and a pattern that nothing matches.
  public static func paths(_ arguments: [String]) throws -> [String] {
    try arguments.flatMap { argument in
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: argument, isDirectory: &isFolder) {
        guard isFolder.boolValue else { return [argument] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: argument)) ?? []
        let images = names.filter {
          ImageFile.extensions.contains(($0 as NSString).pathExtension.lowercased())
        }
        guard !images.isEmpty else {
          throw ImageError(path: argument, reason: "holds no JPEG, PNG or BMP file")
        }
        return images.sorted().map { "\(argument)/\($0)" }
      }
      guard argument.contains(where: { "*?[".contains($0) }) else { return [argument] }
      var found = glob_t()
      defer { globfree(&found) }
      guard glob(argument, 0, nil, &found) == 0 else {
        throw ImageError(path: argument, reason: "no file matches")
      }
      return (0..<Int(found.gl_pathc)).compactMap { index in
        found.gl_pathv[index].map { String(cString: $0) }
      }
    }
  }
}
