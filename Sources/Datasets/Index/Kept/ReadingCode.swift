import Files
import Foundation

/// The code that reads labels and pictures: what another one has read need not be what it reads.
enum ReadingCode {
  /// The program's file and those of the libraries that read files for it, as the disk has them;
  /// nil where one of them was replaced while this program runs.
  static let identity: String? = {
    #if os(Linux)
      guard let maps = try? InputFile.contents("/proc/self/maps") else { return nil }
      let paths = files(
        maps: String(decoding: maps, as: UTF8.self), around: UInt(bitPattern: #dsohandle))
      guard !paths.isEmpty, !paths.contains(where: { $0.hasSuffix(" (deleted)") }) else {
        return nil
      }
    #else
      let paths: Set = [OwnExecutable.path]
    #endif
    let system = ProcessInfo.processInfo.operatingSystemVersionString
    return system + paths.sorted().map { "\n\($0) \(DiskStamp($0).digest)" }.joined()
  }()

  /// The files that a process has mapped and that read files for it.
  ///
  /// - Parameters:
  ///   - maps: the lines of `/proc/PID/maps`.
  ///   - own: an address in the program or library that this code is linked into.
  static func files(maps: String, around own: UInt) -> Set<String> {
    var paths: Set<String> = []
    for line in maps.split(separator: "\n") {
      // Addresses, rights, offset, device, inode, path.
      let parts = line.split(separator: " ", maxSplits: 5)
      guard parts.count == 6 else { continue }
      let path = String(parts[5].drop { $0 == " " })
      guard path.hasPrefix("/") else { continue }
      let ends = parts[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      let isOwn = ends.count == 2 && ends[0] <= own && own < ends[1]
      if isOwn || parts[1].contains("x") && reads(path) { paths.insert(path) }
    }
    return paths
  }

  /// Whether a mapped file is the program, or a library that what is read depends on: others, as an
  /// engine's, come and go while it runs.
  private static func reads(_ path: String) -> Bool {
    let name = path.lastPart
    return !name.contains(".so") || libraries.contains { name.hasPrefix($0) }
  }

  private static let libraries = [
    "libFoundation", "lib_Foundation", "libswift", "libc.", "libjpeg", "libturbojpeg", "libpng",
    "libtiff", "libwebp", "libgif", "libheif", "libexif", "libxml2", "libz.", "libxxhash",
    "libyaml",
    // What those of HEIF and TIFF decode with.
    "libde265", "libaom", "libdav1d", "libdeflate", "libjbig", "libLerc", "liblzma", "libzstd",
  ]
}
