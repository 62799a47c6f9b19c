import Foundation

@testable import ImageFiles

extension FuzzTarget {
  /// Pictures, by codec, so that each has its share of the time; any reads all.
  static let images =
    ["jpeg", "png", "bmp", "webp", "tiff", "gif", "heif"].map { name in
      FuzzTarget(name: name, structure: name == "png" ? .png : .bytes, read: readImage)
    } + [
      // EXIF and XMP without a picture around them.
      FuzzTarget(name: "exif", structure: .bytes) { data in
        data.withUnsafeBytes { bytes in
          let found = EXIFOrientation(exif: bytes) { nil }
          let none = UnsafeRawBufferPointer(start: nil, count: 0)
          return found != .upright || EXIFOrientation(exif: none) { bytes } != .upright
        }
      }
    ]

  @Sendable private static func readImage(_ data: Data) throws -> Bool {
    try reading {
      let size = try ImageFile.size(of: data, path: "fuzz")
      try require(size.width > 0 && size.height > 0, "\(size)")
      _ = ImageFile.orientation(of: data)
      // Larger ones take seconds each and find nothing else.
      guard size.width * size.height <= 1 << 18 else { return }
      let image = try ImageFile.decode(data, path: "fuzz")
      try require(image.width == size.width && image.height == size.height, "\(size)")
      try require(image.pixels.count == 3 * size.width * size.height, "\(image.pixels.count)")
    }
  }
}
