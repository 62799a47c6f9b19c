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
  ///   - body: gets the results in the order of the positions, one at a time, on this thread.
  /// - Throws: the first error by position, of `load`, the detector or `body`.
  public func forEachDetectedImage(
    count: Int, load: @escaping @Sendable (Int) throws -> RGBImage,
    _ body: (DetectedImage) throws -> Void
  ) throws {
    let size = batchSize
    let groupCount = (count + size - 1) / size
    let loadGroup: @Sendable (Int) throws -> [RGBImage] = { group in
      try (group * size..<min((group + 1) * size, count)).map(load)
    }
    func deliver(_ images: [RGBImage], _ found: [[PixelDetection]], group: Int) throws {
      for (offset, (image, detections)) in zip(images, found).enumerated() {
        try body(
          DetectedImage(position: group * size + offset, image: image, detections: detections))
      }
    }
    if concurrency == 1 {
      let work = OrderedWork<[RGBImage]>(end: groupCount, limit: 2)
      work.start(threadCount: 1, name: "image-loader", loadGroup)
      defer { work.cancel() }
      for group in 0..<groupCount {
        guard let images = try work.next() else { return }
        try deliver(images, detections(in: images), group: group)
      }
    } else {
      let threadCount = min(concurrency + 1, groupCount)
      let work = OrderedWork<([RGBImage], [[PixelDetection]])>(
        end: groupCount, limit: threadCount * 2)
      work.start(threadCount: threadCount, name: "detector") { group in
        let images = try loadGroup(group)
        return (images, try self.detections(in: images))
      }
      defer { work.cancel() }
      for group in 0..<groupCount {
        guard let (images, found) = try work.next() else { return }
        try deliver(images, found, group: group)
      }
    }
  }
}
