import Foundation
import ImageFiles

/// The pictures of a dataset whose formats are not read: why a label has no image.
struct UnreadPictures: Sendable {
  /// Their paths below the dataset.
  let all: [String]
  private let paths: [String: String]

  /// - Parameter place: the dataset.
  init(_ place: DatasetPlace) {
    all = place.allFiles().filter {
      !$0.isImagePath && Self.endings.contains($0.fileExtension)
    }
    paths = Dictionary(
      all.map { (Self.key($0.lastPart.withoutExtension), $0) }, uniquingKeysWith: { a, _ in a })
  }

  /// The path below the dataset of a picture that is not read; nil where there is none.
  ///
  /// - Parameter stem: its name without ending.
  subscript(stem: String) -> String? { paths[Self.key(stem)] }

  /// The reason why a label file of a name has no image.
  func reason(_ stem: String) -> String {
    self[stem].map { "its image \($0) is of a format that is not read" }
      ?? "no image of this name"
  }

  /// The reason why no image takes a label file.
  func reason(_ unused: AnnotationPaths.Unused) -> String {
    unused.taken.map { "\($0) has its name, but another label file, folder, ending or split" }
      ?? reason(unused.path.lastPart.withoutExtension)
  }

  /// What tells names of pictures apart.
  static func key(_ name: String) -> String {
    name.composed.lowercased()
  }

  /// Says whether an ending, in lower case, is one of pictures, whether they are read or not.
  static func isPicture(_ ending: String) -> Bool { endings.contains(ending) }

  /// Endings of pictures, whether they are read or not.
  private static let endings: Set = [
    "apng", "arw", "avif", "bmp", "cr2", "cr3", "dcm", "dng", "emf", "eps", "exr", "gif", "hdr",
    "heic", "heif", "ico", "j2k", "jfif", "jp2", "jpe", "jpeg", "jpg", "jxl", "nef", "npy", "orf",
    "pbm", "pcx", "pgm", "pic", "png", "pnm", "ppm", "psd", "raf", "raw", "rw2", "sgi", "svg",
    "tga", "tif", "tiff", "webp", "wmf", "xbm", "xcf", "xpm",
  ]
}
