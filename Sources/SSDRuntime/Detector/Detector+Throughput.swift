import DetectionData
import Foundation
import MultiBox

extension Detector {
  /// Finds objects in many pictures, with as many requests in flight as keep the processor busy.
  ///
  /// Loading, resizing and decoding run beside the inference of other pictures. Made for a detector
  /// with `isForThroughput`; works with any.
  ///
  /// - Parameters:
  ///   - count: of the pictures.
  ///   - load: reads a picture by its position; called from several threads.
  ///   - body: gets the results in the order of the positions, one at a time.
  /// - Throws: the first error by position, of loading, inference or `body`.
  public func forEachPicture(
    count: Int, load: @escaping @Sendable (Int) throws -> RGBImage,
    _ body: (_ position: Int, _ image: RGBImage, _ detections: [Detection]) throws -> Void
  ) throws {
    let workerCount = min(requestCount + 1, count)
    let work = OrderedWork<(RGBImage, [Detection])>(end: count, limit: workerCount * 2)
    for index in 0..<workerCount {
      let thread = Thread {
        work.run { position in
          let image = try load(position)
          return (image, try self.detections(in: image))
        }
      }
      thread.name = "detector-\(index)"
      thread.start()
    }
    defer { work.cancel() }
    var position = 0
    while let (image, found) = try work.next() {
      try body(position, image, found)
      position += 1
    }
  }
}
