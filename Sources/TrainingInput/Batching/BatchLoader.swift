import Datasets
import Files
import Foundation
import MultiBox
import NetworkInput

/// Delivers the batches of one pass over a dataset, read and augmented ahead on threads of its own.
///
/// Which images a batch holds and how they are augmented follow from seed, epoch and position
/// alone: the same batches come for every number of threads, and a pass can start in its middle.
public final class BatchLoader {
  /// What a pass is made of.
  public struct Configuration: Hashable, Sendable {
    public var batchSize: Int
    /// Size of the output, and how pixels become numbers.
    public var input: InputSpecification
    public var augmentation: AugmentationPolicy
    public var seed: UInt64
    public var epoch: Int
    /// Batches of the pass that are left out at its start.
    public var startingBatch: Int
    public var shuffles: Bool
    /// Whether a smaller batch at the end is left out; the only batch never is.
    public var dropsLast: Bool
    /// Threads that read and augment.
    public var workerCount: Int
    /// Batches that may wait.
    public var prefetchCount: Int

    public init(
      batchSize: Int, input: InputSpecification, augmentation: AugmentationPolicy, seed: UInt64,
      epoch: Int, startingBatch: Int = 0, shuffles: Bool, dropsLast: Bool, workerCount: Int = 1,
      prefetchCount: Int = 4
    ) {
      precondition(
        batchSize > 0 && workerCount > 0 && prefetchCount > 0 && startingBatch >= 0,
        "batch size \(batchSize), \(workerCount) workers, \(prefetchCount) batches ahead")
      self.batchSize = batchSize
      self.input = input
      self.augmentation = augmentation
      self.seed = seed
      self.epoch = epoch
      self.startingBatch = startingBatch
      self.shuffles = shuffles
      self.dropsLast = dropsLast
      self.workerCount = workerCount
      self.prefetchCount = prefetchCount
    }

    /// A pass that shows every image as it is, in order.
    public static func sequential(
      batchSize: Int, input: InputSpecification, workerCount: Int = 1
    ) -> Configuration {
      Configuration(
        batchSize: batchSize, input: input, augmentation: .none, seed: 0, epoch: 0, shuffles: false,
        dropsLast: false,
        workerCount: workerCount)
    }

    /// Returns the positions in the dataset that the pass visits, in order.
    public func order(imageCount: Int) -> [Int] {
      guard shuffles else { return Array(0..<imageCount) }
      var generator = stream.split(.max)
      return (0..<imageCount).shuffled(using: &generator)
    }

    /// The batches of a whole pass.
    public func batchCount(imageCount: Int) -> Int {
      if dropsLast, imageCount >= batchSize { return imageCount / batchSize }
      return (imageCount + batchSize - 1) / batchSize
    }

    fileprivate var stream: SeededGenerator { SeededGenerator(seed: seed).split(UInt64(epoch)) }
  }

  private let work: OrderedWork<Batch>

  /// Starts the threads.
  ///
  /// - Parameter cache: shared by the passes of a training.
  public init(dataset: DetectionDataset, cache: ImageCache, configuration: Configuration) {
    let order = configuration.order(imageCount: dataset.images.count)
    let work = OrderedWork<Batch>(
      next: configuration.startingBatch,
      end: configuration.batchCount(imageCount: dataset.images.count),
      limit: configuration.prefetchCount)
    self.work = work
    let producer = BatchProducer(
      dataset: dataset, cache: cache, configuration: configuration, order: order)
    work.start(threadCount: configuration.workerCount, name: "batch-loader") {
      try producer.batch($0)
    }
  }

  deinit {
    work.cancel()
  }

  /// Returns the next batch, or nil when the pass is over.
  ///
  /// - Throws: what reading an image threw.
  public func next() throws -> Batch? {
    try work.next()
  }
}

/// Makes any batch of a pass.
private struct BatchProducer: Sendable {
  let dataset: DetectionDataset
  let cache: ImageCache
  let configuration: BatchLoader.Configuration
  let order: [Int]

  func batch(_ number: Int) throws -> Batch {
    let first = number * configuration.batchSize
    let indices = Array(order[first..<min(first + configuration.batchSize, order.count)])
    let transform = InputTransform(configuration.input)
    let (width, height) = (configuration.input.width, configuration.input.height)
    let size = transform.valueCount
    var pixels = [Float](repeating: 0, count: indices.count * size)
    var groundTruth: [[LabeledBox]] = []
    for (position, index) in indices.enumerated() {
      let labelled = dataset.images[index]
      let image = try cache.pixels(of: labelled)
      let labels = labelled.groundTruth
      // Each image has a stream of its own, so that no other image's draws can shift it.
      var generator = configuration.stream.split(UInt64(index))
      let draw = configuration.augmentation.draw(
        width: image.width, height: image.height, groundTruth: labels, using: &generator)
      pixels.withUnsafeMutableBufferPointer { buffer in
        transform.write(
          image, draw: draw,
          to: UnsafeMutableBufferPointer(
            rebasing: buffer[position * size..<(position + 1) * size]))
      }
      groundTruth.append(
        draw.applied(
          to: labels, minimumWidth: 1 / Double(width), minimumHeight: 1 / Double(height)))
    }
    return Batch(
      pixels: pixels, height: height, width: width, groundTruth: groundTruth, indices: indices,
      names: indices.map { dataset.images[$0].name })
  }
}
