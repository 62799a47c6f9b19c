import Datasets
import Foundation
import ImageFiles

/// Reads images and keeps decoded ones while they fit the memory given.
///
/// Small datasets are decoded once and augmented in every epoch. What is kept changes nothing but
/// the speed.
public final class ImageCache: @unchecked Sendable {
  // Unchecked: what changes is behind the lock.

  private let byteLimit: Int
  private let read: @Sendable (DatasetImage) throws -> RGBImage
  private let lock = NSLock()
  private var kept: [String: RGBImage] = [:]
  private var byteCount = 0

  /// Creates an empty cache.
  ///
  /// - Parameters:
  ///   - byteLimit: for decoded pixels; 1 GiB by default.
  ///   - read: reads or makes the pixels of an image.
  public init(
    byteLimit: Int = 1 << 30,
    read: @escaping @Sendable (DatasetImage) throws -> RGBImage = { try $0.pixels() }
  ) {
    self.byteLimit = byteLimit
    self.read = read
  }

  /// Returns the pixels of an image, kept or read now.
  ///
  /// - Parameter image: of a dataset; its file's path, or the name of a made one, is the key.
  /// - Throws: `ImageError` naming the file.
  public func pixels(of image: DatasetImage) throws -> RGBImage {
    let key =
      switch image.source {
      case .file(let path): path
      case .embedded(let part): part.description
      case .generated: image.name
      }
    if let pixels = lock.withLock({ kept[key] }) { return pixels }
    let pixels = try read(image)
    lock.withLock {
      let size = pixels.pixels.count
      if kept[key] == nil, byteCount + size <= byteLimit {
        kept[key] = pixels
        byteCount += size
      }
    }
    return pixels
  }
}
