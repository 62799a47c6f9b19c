import Foundation

/// Reads the images of a dataset and keeps decoded ones while they fit the memory given.
///
/// Small datasets are decoded once and augmented in every epoch. What is kept changes nothing but
/// the speed.
public final class ImageCache: @unchecked Sendable {
  private let images: [DatasetImage]
  private let byteLimit: Int
  private let read: @Sendable (String) throws -> RGBImage
  private let lock = NSLock()
  private var kept: [Int: RGBImage] = [:]
  private var byteCount = 0

  /// - Parameters:
  ///   - byteLimit: for decoded pixels; 1 GiB by default.
  ///   - read: decodes a file.
  public init(
    _ dataset: DetectionDataset, byteLimit: Int = 1 << 30,
    read: @escaping @Sendable (String) throws -> RGBImage = { try ImageFile.read($0) }
  ) {
    images = dataset.images
    self.byteLimit = byteLimit
    self.read = read
  }

  /// Returns the pixels of an image of the dataset.
  ///
  /// - Throws: ``ImageError`` naming the file.
  public func image(at index: Int) throws -> RGBImage {
    if let image = lock.withLock({ kept[index] }) { return image }
    let image =
      switch images[index].source {
      case .file(let path): try read(path)
      case .generated(let make): make()
      }
    lock.withLock {
      let size = image.pixels.count
      if kept[index] == nil, byteCount + size <= byteLimit {
        kept[index] = image
        byteCount += size
      }
    }
    return image
  }
}
