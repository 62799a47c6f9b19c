import Detectors
import Foundation
import ImageFiles
import MultiBox
import NetworkInput
import Runs
import SSDModels
import Torch

/// A network on LibTorch that finds objects: images in, detections out.
///
/// May be used from several threads; calls compute one after the other.
public final class NetworkDetector: PredictingDetector, @unchecked Sendable {
  // Unchecked: the network's tensors are touched under the lock alone, the counts under theirs.

  /// Its classes, input and thresholds.
  public let description: DetectorDescription
  public var classNames: ClassNames { description.classNames }
  /// Images that are computed together where there are many.
  public let batchSize: Int
  public let scoreThreshold: Double
  public var bestThresholds: BestThresholds? { description.thresholds.best }
  public var tileSide: Int? { description.tileSide }

  package let network: any SSDNetwork
  private let precision: Precision
  private let threadCount: Int
  private let transform: InputTransform
  private let defaultBoxes: DefaultBoxes
  private let decoder: DetectionDecoder
  private let lock = NSLock()
  private let countLock = NSLock()
  private var droppedSoFar = DroppedDetections()

  /// Wraps a network.
  ///
  /// - Parameters:
  ///   - network: with its weights; nobody else may compute with it meanwhile.
  ///   - description: of its classes, input and thresholds.
  ///   - precision: float32 gives the same detections on every processor, nearly; bfloat16 is
  ///     faster.
  ///   - threadCount: threads of each operation.
  ///   - batchSize: images that are computed together where there are many.
  ///   - scoreThreshold: the lowest score that is kept; nil takes the description's.
  public init(
    _ network: any SSDNetwork, _ description: DetectorDescription, precision: Precision = .float32,
    threadCount: Int, batchSize: Int = 8, scoreThreshold: Double? = nil
  ) {
    self.description = description
    self.network = network
    self.precision = precision
    self.threadCount = threadCount
    self.batchSize = batchSize
    self.scoreThreshold = scoreThreshold ?? description.thresholds.score
    transform = InputTransform(description.input)
    defaultBoxes = DefaultBoxes(network.defaultBoxSpecification)
    decoder = DetectionDecoder(description.decoding(scoreThreshold: scoreThreshold))
  }

  /// Makes the network of a run.
  ///
  /// - Parameters:
  ///   - folder: the run.
  ///   - isTrained: loads the run's weights, or where it has measured nothing yet those of its
  ///     checkpoint, as `RunFolder.progress()` tells; false keeps the initial ones of its seed.
  ///   - device: where the network computes.
  ///   - precision: float32 gives the same detections on every processor, nearly; bfloat16 is
  ///     faster.
  ///   - threadCount: threads of each operation.
  ///   - batchSize: images that are computed together where there are many.
  ///   - scoreThreshold: the lowest score that is kept; nil takes the usual one.
  /// - Throws: `FileError` naming the file; an error of LibTorch.
  public convenience init(
    _ folder: RunFolder, isTrained: Bool = true, device: Device = .cpu,
    precision: Precision = .float32, threadCount: Int, batchSize: Int = 8,
    scoreThreshold: Double? = nil
  ) throws {
    let configuration = try folder.configuration()
    let network = try configuration.makeNetwork(on: device)
    if isTrained { try network.store.load(detectionWeightsOf: folder) }
    let description =
      isTrained ? try folder.detector(configuration) : configuration.detector
    self.init(
      network, description, precision: precision, threadCount: threadCount,
      batchSize: batchSize, scoreThreshold: scoreThreshold)
  }

  public func detections(in images: [RGBImage]) throws -> [[PixelDetection]] {
    try withPredictions(for: images) { logits, offsets in
      let (boxes, logitCount) = (defaultBoxes.count, classNames.count + 1)
      return try images.enumerated().map { index, image in
        try detections(
          in: image, part(logits, index, size: boxes * logitCount),
          part(offsets, index, size: boxes * 4))
      }
    }
  }

  /// Decodes the logits, `D × K`, and offsets, `D × 4`, of an image.
  private func detections(
    in image: RGBImage, _ logits: UnsafeBufferPointer<Float>,
    _ offsets: UnsafeBufferPointer<Float>
  ) throws -> [PixelDetection] {
    let found = try decoder.decode(logits: logits, offsets: offsets, defaultBoxes: defaultBoxes)
    countLock.withLock { droppedSoFar.add(found) }
    return transform.placed(found.detections, width: image.width, height: image.height)
  }

  public var dropped: DroppedDetections { countLock.withLock { droppedSoFar } }

  public func predictions(for image: RGBImage) throws -> Predictions {
    try withPredictions(for: [image]) { logits, offsets in
      Predictions(
        logits: Array(logits), offsets: Array(offsets), defaultBoxes: defaultBoxes)
    }
  }

  public func predictedDetections(
    in image: RGBImage
  ) throws -> (detections: [PixelDetection], predictions: Predictions) {
    try withPredictions(for: [image]) { logits, offsets in
      (
        try detections(in: image, logits, offsets),
        Predictions(logits: Array(logits), offsets: Array(offsets), defaultBoxes: defaultBoxes)
      )
    }
  }

  /// Computes logits, `N × D × K`, and offsets, `N × D × 4`, and hands them to `body`.
  private func withPredictions<Result>(
    for images: [RGBImage],
    _ body: (UnsafeBufferPointer<Float>, UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    let input = transform.input
    let size = transform.valueCount
    var pixels = [Float](repeating: 0, count: images.count * size)
    pixels.withUnsafeMutableBufferPointer { pixels in
      for (index, image) in images.enumerated() {
        transform.write(
          image, .interleaved,
          to: UnsafeMutableBufferPointer(rebasing: pixels[index * size..<(index + 1) * size]))
      }
    }
    return try lock.withLock {
      // Of the calling thread: each has a number of its own.
      try TorchRuntime.setThreadCount(threadCount)
      return try Gradients.unrecorded {
        let output = try precision.compute {
          try network(
            Tensor(
              channelsLast: pixels, shape: [images.count, input.height, input.width, 3],
              on: network.store.device),
            isTraining: false)
        }
        return try output.logits.withFloats { logits in
          try output.offsets.withFloats { offsets in
            try body(logits, offsets)
          }
        }
      }
    }
  }

  private func part(
    _ values: UnsafeBufferPointer<Float>, _ index: Int, size: Int
  ) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(rebasing: values[index * size..<(index + 1) * size])
  }
}
