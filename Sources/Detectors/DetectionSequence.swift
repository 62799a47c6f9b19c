import Dispatch
import ImageFiles
import MultiBox

extension ObjectDetector {
  /// Finds objects in one `image` without holding up the caller's thread.
  ///
  /// - Throws: what the detector throws, and `CancellationError` where the task was cancelled
  ///   before: a call of the detector that has begun goes on to its end.
  public func detections(in image: RGBImage) async throws -> [PixelDetection] {
    try Task.checkCancellation()
    return try await withCheckedThrowingContinuation { continuation in
      // The engine blocks: it must not do so on one of the few threads that tasks share.
      DispatchQueue.global().async {
        continuation.resume(with: Result { try self.detections(in: [image])[0] })
      }
    }
  }

  /// Finds objects in a sequence of `images`, in its order.
  ///
  /// The next image is asked for only while fewer than ``ObjectDetector/concurrency`` + 1 are in
  /// work, so a slow consumer slows its source down, and memory stays bounded.
  public func detections<Images: AsyncSequence>(
    in images: Images
  ) -> DetectionSequence<Images> where Images.Element == RGBImage {
    DetectionSequence(detector: self, images: images)
  }
}

/// The detections of a sequence of images, each beside its image.
///
/// Whoever stops asking, or whose task is cancelled, ends the work on the images behind: what has
/// not begun does not begin.
public struct DetectionSequence<Images: AsyncSequence>: AsyncSequence
where Images.Element == RGBImage {
  /// An image with its detections.
  public typealias Element = DetectedImage

  let detector: any ObjectDetector
  let images: Images

  public func makeAsyncIterator() -> Iterator {
    let detector = detector
    return Iterator(images: images.makeAsyncIterator(), concurrency: detector.concurrency) {
      try await detector.detections(in: $0)
    }
  }

  /// Asks for images and waits for their detections.
  public struct Iterator: AsyncIteratorProtocol {
    private let concurrency: Int
    private let detections: @Sendable (RGBImage) async throws -> [PixelDetection]
    private var images: Images.AsyncIterator?
    private let work = ImagesInWork()
    private var position = 0

    init(
      images: Images.AsyncIterator, concurrency: Int,
      detections: @escaping @Sendable (RGBImage) async throws -> [PixelDetection]
    ) {
      self.images = images
      self.concurrency = concurrency
      self.detections = detections
    }

    /// Returns the next image with its detections; nil at the end.
    ///
    /// - Throws: what the sequence of images or the detector threw, or `CancellationError`; the
    ///   sequence ends with it.
    public mutating func next() async throws -> DetectedImage? {
      do {
        try Task.checkCancellation()
        while images != nil, work.items.count <= concurrency {
          guard let image = try await images?.next() else {
            images = nil
            break
          }
          let detections = detections
          work.items.append((image, Task { try await detections(image) }))
        }
        guard let (image, task) = work.items.first else { return nil }
        let tasks = work.items.map(\.task)
        let found = try await withTaskCancellationHandler {
          try await task.value
        } onCancel: {
          for task in tasks { task.cancel() }
        }
        work.items.removeFirst()
        defer { position += 1 }
        return DetectedImage(position: position, image: image, detections: found)
      } catch {
        images = nil
        work.cancel()
        throw error
      }
    }
  }
}

/// What an iterator has begun; cancelled with it.
private final class ImagesInWork {
  var items: [(image: RGBImage, task: Task<[PixelDetection], any Error>)] = []

  func cancel() {
    for item in items { item.task.cancel() }
    items = []
  }

  deinit { cancel() }
}
