import Files
import Foundation

/// The code that reads labels and pictures: what another one has read need not be what it reads.
enum ReadingCode {
  /// The program's file and those of the libraries that read files for it, as the disk has them;
  /// nil where one of them was replaced while this program runs.
  static let identity: String? = {
    #if os(Linux)
      guard let maps = try? InputFile.contents("/proc/self/maps") else { return nil }
      var paths: Set<String> = []
      for line in String(decoding: maps, as: UTF8.self).split(separator: "\n") {
        // Addresses, rights, offset, device, inode, path.
        let parts = line.split(separator: " ", maxSplits: 5)
        guard parts.count == 6, parts[1].contains("x") else { continue }
        let path = String(parts[5].drop { $0 == " " })
        if path.hasPrefix("/"), reads(path) { paths.insert(path) }
      }
      guard !paths.isEmpty, !paths.contains(where: { $0.hasSuffix(" (deleted)") }) else {
        return nil
      }
    #else
      let paths: Set = [OwnExecutable.path]
    #endif
    let system = ProcessInfo.processInfo.operatingSystemVersionString
    return system + paths.sorted().map { "\n\($0) \(DiskStamp($0).digest)" }.joined()
  }()

  /// Whether a mapped file is the program, or a library that what is read depends on: others, as an
  /// engine's, come and go while it runs.
  private static func reads(_ path: String) -> Bool {
    let name = path.lastPart
    return !name.contains(".so") || libraries.contains { name.hasPrefix($0) }
  }

  private static let libraries = [
    "libFoundation", "lib_Foundation", "libswift", "libc.", "libjpeg", "libturbojpeg", "libpng",
    "libtiff", "libwebp", "libgif", "libheif", "libde265", "libexif", "libxml2", "libz.",
    "libxxhash", "libyaml",
  ]
}
