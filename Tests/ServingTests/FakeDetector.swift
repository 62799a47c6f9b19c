import Detectors
import Foundation
import ImageFiles
import MultiBox
import Synchronization

/// Finds objects that it is told, and waits at a gate that a test opens.
final class FakeDetector: ObjectDetector {
  let classNames: ClassNames = ["cat", "dog", "red, light"]
  let concurrency: Int
  let batchSize: Int
  let scoreThreshold = 0.1
  let bestThresholds: BestThresholds? = BestThresholds(split: "val", scores: [0.3, nil, 0.6])
  /// Sizes of the calls so far.
  let calls = Mutex<[Int]>([])
  /// What it says that it left out.
  let leftOut = Mutex(DroppedDetections())
  var dropped: DroppedDetections { leftOut.withLock { $0 } }
  private let gate: DispatchSemaphore?

  struct Failure: Error, CustomStringConvertible { let description = "a fault\ninside" }

  /// - Parameter isGated: each call waits for ``open(_:)``.
  init(concurrency: Int = 1, batchSize: Int = 1, isGated: Bool = false) {
    self.concurrency = concurrency
    self.batchSize = batchSize
    gate = isGated ? DispatchSemaphore(value: 0) : nil
  }

  /// Lets so many calls go on.
  func open(_ count: Int = 1) { for _ in 0..<count { gate?.signal() } }

  /// Images of 13 columns are not understood.
  func detections(in images: [RGBImage]) throws -> [[PixelDetection]] {
    calls.withLock { $0.append(images.count) }
    gate?.wait()
    if images.contains(where: { $0.width == 13 }) { throw Failure() }
    return images.map { image in
      [(1, 0.9), (3, 0.65), (2, 0.5), (1, 0.31), (1, 0.2), (3, 0.15)].map { number, score in
        PixelDetection(
          box: PixelBox(xMin: 1, yMin: 2, xMax: Double(image.width), yMax: Double(image.height)),
          classIndex: number, score: score)
      }
    }
  }
}

/// Gives what its network computes too: of each of two default boxes four logits and four offsets,
/// which begin with the width of the image.
struct PredictingFakeDetector: PredictingDetector {
  let detector = FakeDetector()
  var classNames: ClassNames { detector.classNames }
  var scoreThreshold: Double { detector.scoreThreshold }
  /// The first logit; nil is the image's width.
  var logit: Float?
  var givesPredictions = true
  var isFailing = false

  func detections(in images: [RGBImage]) throws -> [[PixelDetection]] {
    try detector.detections(in: images)
  }

  func predictions(for image: RGBImage) throws -> Predictions {
    if isFailing { throw FakeDetector.Failure() }
    let first = logit ?? Float(image.width)
    return Predictions(
      logits: [first, 0.1, -2, 3, 4, 5, 6, 7], offsets: [Float(image.width), 1, 2, 3, 4, 5, 6, 7],
      defaultBoxes: try DefaultBoxes([
        CenterBox(cx: 0.25, cy: 0.5, width: 0.5, height: 1),
        CenterBox(cx: 0.75, cy: 0.5, width: 0.5, height: 1),
      ]))
  }
}

/// A picture of one colour.
func picture(width: Int = 8, height: Int = 6) -> RGBImage {
  RGBImage(
    width: width, height: height, pixels: [UInt8](repeating: 90, count: width * height * 3))
}

/// Waits until a condition holds; false where it does not within a minute.
func eventually(_ condition: () -> Bool) async throws -> Bool {
  for _ in 0..<12_000 {
    if condition() { return true }
    try await Task.sleep(for: .milliseconds(5))
  }
  return condition()
}
