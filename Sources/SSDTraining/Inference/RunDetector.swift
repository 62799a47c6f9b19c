import DetectionData
import MultiBox
import SSDModels
import Torch

/// A trained network that finds objects: images in, detections out.
public final class RunDetector {
  public let configuration: DetectorConfiguration
  private let network: any SSDNetwork
  private let precision: Precision
  private let defaultBoxes: DefaultBoxes
  private let decoder: DetectionDecoder

  /// Wraps a network that is at hand.
  init(
    _ configuration: DetectorConfiguration, network: any SSDNetwork, precision: Precision,
    scoreThreshold: Double? = nil
  ) throws {
    self.configuration = configuration
    self.network = network
    self.precision = precision
    defaultBoxes = DefaultBoxes(network.defaultBoxSpecification)
    var decoding = configuration.decoding
    decoding.scoreThreshold = scoreThreshold ?? decoding.scoreThreshold
    decoder = DetectionDecoder(decoding)
  }

  /// Makes a network with the initial weights of the configuration's seed, before any training.
  ///
  /// - Parameters:
  ///   - precision: float32 gives the same detections on every processor, nearly; bfloat16 is
  ///     faster.
  ///   - scoreThreshold: the lowest score that is kept; nil takes that of
  ///     `DetectionDecoder.Configuration`.
  public convenience init(
    untrained configuration: DetectorConfiguration, precision: Precision = .float32,
    threadCount: Int, scoreThreshold: Double? = nil
  ) throws {
    try TorchRuntime.setThreadCount(threadCount)
    try self.init(
      configuration, network: configuration.makeNetwork(), precision: precision,
      scoreThreshold: scoreThreshold)
  }

  /// Loads the weights of a run.
  ///
  /// - Parameters:
  ///   - loss: another loss to explain the run with; nil takes the run's own.
  ///   - scoreThreshold: the lowest score that is kept; nil takes that of
  ///     `DetectionDecoder.Configuration`.
  public convenience init(
    _ folder: RunFolder, loss: MultiBoxLoss? = nil, precision: Precision = .float32,
    threadCount: Int, scoreThreshold: Double? = nil
  ) throws {
    var configuration = try folder.configuration().detector
    configuration.loss = loss ?? configuration.loss
    try self.init(
      untrained: configuration, precision: precision, threadCount: threadCount,
      scoreThreshold: scoreThreshold)
    try network.store.load(from: folder.weightsPath)
  }

  /// Computes logits, `N × D × K`, and offsets, `N × D × 4`, and hands them to `body`.
  private func withPredictions<Result>(
    for batch: Batch,
    _ body: (UnsafeBufferPointer<Float>, UnsafeBufferPointer<Float>) throws -> Result
  ) throws -> Result {
    try Gradients.unrecorded {
      let output = try precision.compute {
        try network(Tensor(batch, on: network.store.device), isTraining: false)
      }
      return try output.logits.withFloats { logits in
        try output.offsets.withFloats { offsets in
          try body(logits, offsets)
        }
      }
    }
  }

  /// Finds objects in the images of a batch, in normalized corners, best first.
  public func detections(in batch: Batch) throws -> [[Detection]] {
    try withPredictions(for: batch) { logits, offsets in
      let boxes = defaultBoxes.count
      let logitCount = logits.count / (batch.count * boxes)
      return try (0..<batch.count).map { image in
        try decoder.decode(
          logits: UnsafeBufferPointer(
            rebasing: logits[image * boxes * logitCount..<(image + 1) * boxes * logitCount]),
          offsets: UnsafeBufferPointer(
            rebasing: offsets[image * boxes * 4..<(image + 1) * boxes * 4]),
          defaultBoxes: defaultBoxes
        ).detections
      }
    }
  }

  /// Explains the loss that the network has on one labelled picture, as it is, not augmented.
  ///
  /// - Parameter groundTruth: normalized to 0…1 of the picture.
  /// - Returns: the explanation in normalized coordinates, and the detections in pixels.
  public func explanation(
    of image: RGBImage, groundTruth: [LabeledBox]
  ) throws -> (loss: LossExplanation, detections: [Detection]) {
    try withPredictions(for: batch(of: image)) { logits, offsets in
      let loss = try configuration.loss.explanation(
        logits: Array(logits), offsets: Array(offsets), defaultBoxes: defaultBoxes,
        groundTruth: groundTruth)
      let found = try decoder.decode(
        logits: logits, offsets: offsets, defaultBoxes: defaultBoxes)
      return (
        loss, found.detections.map { $0.scaled(width: image.width, height: image.height) }
      )
    }
  }
}

extension RunDetector {
  /// Finds objects in all images of a dataset, in pixels of the original images, beside what stands
  /// in them.
  ///
  /// - Parameter observe: called with the number of images done and of all.
  public func evaluationImages(
    of dataset: DetectionDataset, batchSize: Int, loaderThreadCount: Int = 1,
    observe: (Int, Int) -> Void = { _, _ in }
  ) throws -> [EvaluationImage] {
    let loader = BatchLoader(
      dataset: dataset, cache: ImageCache(dataset, byteLimit: 0),
      configuration: .sequential(
        batchSize: batchSize, width: configuration.imageSide, height: configuration.imageSide,
        normalization: configuration.normalization, workerCount: loaderThreadCount))
    var result: [EvaluationImage] = []
    while let batch = try loader.next() {
      for (index, found) in zip(batch.indices, try detections(in: batch)) {
        let image = dataset.images[index]
        result.append(
          EvaluationImage(
            objects: image.evaluationObjects,
            detections: found.map {
              EvaluationDetection($0.scaled(width: image.width, height: image.height))
            }))
      }
      observe(result.count, dataset.images.count)
    }
    return result
  }

  /// Finds objects in one picture, in its pixels, best first.
  public func detections(in image: RGBImage) throws -> [Detection] {
    try detections(in: batch(of: image))[0].map {
      $0.scaled(width: image.width, height: image.height)
    }
  }

  /// The picture as the network's only input.
  private func batch(of image: RGBImage) -> Batch {
    let side = configuration.imageSide
    let assembler = BatchAssembler(
      resampler: ImageResampler(width: side, height: side),
      normalization: configuration.normalization)
    var pixels = [Float](repeating: 0, count: side * side * 3)
    pixels.withUnsafeMutableBufferPointer {
      assembler.write(
        image, draw: .unchanged(width: image.width, height: image.height), to: $0)
    }
    return Batch(
      pixels: pixels, height: side, width: side, groundTruth: [[]], indices: [0], names: [""])
  }
}

extension Detection {
  /// Returns a normalized detection in pixels.
  fileprivate func scaled(width: Int, height: Int) -> Detection {
    Detection(
      box: box.scaled(x: Double(width), y: Double(height)), classIndex: classIndex, score: score)
  }
}

extension Tensor {
  /// Takes over the pixels of a batch: `[N, 3, H, W]`, channels-last in memory.
  convenience init(_ batch: Batch, on device: Device) throws {
    try self.init(
      channelsLast: batch.pixels, shape: [batch.count, batch.height, batch.width, 3], on: device)
  }
}
