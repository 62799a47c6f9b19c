import Files
import Foundation
import ImageFiles
import MultiBox

/// One image and the objects that a detector found in it.
public struct DetectedImage: Sendable {
  /// The place in the sequence, from 0.
  public let position: Int
  /// The image.
  public let image: RGBImage
  /// The detections in pixels of the image, best first.
  public let detections: [PixelDetection]
}

/// Images of one call, or why they could not be loaded.
private typealias LoadedImages = [Result<RGBImage, any Error>]

extension ObjectDetector {
  /// Finds objects in many images, with as much at once as the detector asks for.
  ///
  /// A detector that takes one call at a time computes on the calling thread, while the next images
  /// are loaded on another; else loading and computing go on side by side. At most twice the images
  /// in work wait to be taken.
  ///
  /// - Parameters:
  ///   - count: the number of images.
  ///   - load: reads an image by its position; called on other threads.
  ///   - unread: gets the position of an image that `load` failed for, in its turn, and the error;
  ///     throws it where nothing else is given.
  ///   - body: gets the results in the order of the positions, one at a time, on this thread.
  /// - Throws: the first error by position, of the detector, `unread` or `body`.
  public func forEachDetectedImage(
    count: Int, load: @escaping @Sendable (Int) throws -> RGBImage,
    unread: (Int, any Error) throws -> Void = { throw $1 },
    _ body: (DetectedImage) throws -> Void
  ) throws {
    let size = batchSize
    let groupCount = (count + size - 1) / size
    let loadGroup: @Sendable (Int) -> LoadedImages = { group in
      (group * size..<min((group + 1) * size, count)).map { number in
        Result { try load(number) }
      }
    }
    @Sendable func find(_ images: LoadedImages) throws -> [[PixelDetection]] {
      let read = images.compactMap { try? $0.get() }
      return read.isEmpty ? [] : try self.detections(in: read)
    }
    func deliver(_ images: LoadedImages, _ found: [[PixelDetection]], group: Int) throws {
      var found = found.makeIterator()
      for (offset, image) in images.enumerated() {
        let position = group * size + offset
        switch image {
        case .failure(let error): try unread(position, error)
        case .success(let image):
          try body(
            DetectedImage(position: position, image: image, detections: found.next() ?? []))
        }
      }
    }
    if concurrency == 1 {
      let work = OrderedWork<LoadedImages>(end: groupCount, limit: 2)
      work.start(threadCount: 1, name: "image-loader", loadGroup)
      defer { work.cancel() }
      for group in 0..<groupCount {
        guard let images = try work.next() else { return }
        try deliver(images, find(images), group: group)
      }
    } else {
      let threadCount = min(concurrency + 1, groupCount)
      let work = OrderedWork<(LoadedImages, [[PixelDetection]])>(
        end: groupCount, limit: threadCount * 2)
      work.start(threadCount: threadCount, name: "detector") { group in
        let images = loadGroup(group)
        return (images, try find(images))
      }
      defer { work.cancel() }
      for group in 0..<groupCount {
        guard let (images, found) = try work.next() else { return }
        try deliver(images, found, group: group)
      }
    }
  }
}
