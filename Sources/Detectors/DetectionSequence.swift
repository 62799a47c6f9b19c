import Dispatch
import ImageFiles
import MultiBox

extension ObjectDetector {
  /// Finds objects in one `image` without holding up the caller's thread.
  public func detections(in image: RGBImage) async throws -> [PixelDetection] {
    try await withCheckedThrowingContinuation { continuation in
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
public struct DetectionSequence<Images: AsyncSequence>: AsyncSequence
where Images.Element == RGBImage {
  /// An image with its detections.
  public typealias Element = DetectedImage

  let detector: any ObjectDetector
  let images: Images

  public func makeAsyncIterator() -> Iterator {
    Iterator(detector: detector, images: images.makeAsyncIterator())
  }

  /// Asks for images and waits for their detections.
  public struct Iterator: AsyncIteratorProtocol {
    private let detector: any ObjectDetector
    private var images: Images.AsyncIterator?
    private var inWork: [(image: RGBImage, task: Task<[PixelDetection], any Error>)] = []
    private var position = 0

    init(detector: any ObjectDetector, images: Images.AsyncIterator) {
      self.detector = detector
      self.images = images
    }

    /// Returns the next image with its detections; nil at the end.
    ///
    /// - Throws: what the sequence of images or the detector threw; the sequence ends with it.
    public mutating func next() async throws -> DetectedImage? {
      while images != nil, inWork.count <= detector.concurrency {
        guard let image = try await images?.next() else {
          images = nil
          break
        }
        let detector = detector
        inWork.append((image, Task { try await detector.detections(in: image) }))
      }
      guard !inWork.isEmpty else { return nil }
      let (image, task) = inWork.removeFirst()
      defer { position += 1 }
      do {
        return DetectedImage(
          position: position, image: image, detections: try await task.value)
      } catch {
        images = nil
        inWork = []
        throw error
      }
    }
  }
}
