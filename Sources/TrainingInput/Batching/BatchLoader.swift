import Datasets
import Files
import Foundation
import MultiBox
import NetworkInput

/// Delivers the batches of one pass over a dataset, read and augmented ahead on threads of its own.
///
/// Which images a batch holds and how they are augmented follow from seed, epoch and position
/// alone: the same batches come for every number of threads, and a pass can start in its middle.
/// Several processes that have a share each see the images that one would see.
public final class BatchLoader {
  /// The images of a pass, their order and their changes.
  public struct Configuration: Hashable, Sendable {
    /// N, images of a batch.
    public var batchSize: Int
    /// The size of the output, and how pixels become numbers.
    public var input: InputSpecification
    /// The random changes.
    public var augmentation: AugmentationPolicy
    /// The seed of order and changes.
    public var seed: UInt64
    /// The number of the pass, from 0; each has an order and changes of its own.
    public var epoch: Int
    /// Batches of the pass that are left out at its start.
    public var startingBatch: Int
    /// Visits the images in a random order.
    public var shuffles: Bool
    /// How often a random order has each image.
    public var sampling: ImageSampling
    /// Leaves out a smaller batch at the end; the only batch stays.
    public var dropsLast: Bool
    /// Threads that read and augment.
    public var workerCount: Int
    /// Batches that may wait, or be made by a thread; each further thread has one more in hand.
    public var prefetchCount: Int
    /// Bytes of the batches that may wait or be made, all threads' together; nil takes
    /// ``prefetchCount``. One batch is made whatever it takes.
    public var prefetchByteCount: Int?
    /// The part of each batch that is made.
    public var share: BatchShare
    /// The form of the pixels.
    public var format: Batch.Format

    /// Creates the configuration of a pass.
    ///
    /// - Precondition: sizes and counts are above 0, ``startingBatch`` is not below.
    public init(
      batchSize: Int, input: InputSpecification, augmentation: AugmentationPolicy, seed: UInt64,
      epoch: Int, startingBatch: Int = 0, shuffles: Bool, sampling: ImageSampling = .uniform,
      dropsLast: Bool, workerCount: Int = 1, prefetchCount: Int = 4,
      prefetchByteCount: Int? = nil, share: BatchShare = .whole,
      format: Batch.Format = .normalized
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
      self.sampling = sampling
      self.dropsLast = dropsLast
      self.workerCount = workerCount
      self.prefetchCount = prefetchCount
      self.share = share
      self.prefetchByteCount = prefetchByteCount
      self.format = format
    }

    /// Batches that may be ahead of who takes them.
    var batchesAhead: Int {
      guard let bytes = prefetchByteCount else { return prefetchCount + workerCount - 1 }
      let images = share.range(of: batchSize).count
      return max(bytes / Batch.byteCount(images, of: input, as: format), 1)
    }

    /// Returns a pass that shows every image as it is, in order.
    ///
    /// - Parameters:
    ///   - batchSize: N; the last batch may be smaller.
    ///   - input: the size of the output, and how pixels become numbers.
    ///   - workerCount: threads that read.
    public static func sequential(
      batchSize: Int, input: InputSpecification, workerCount: Int = 1
    ) -> Configuration {
      Configuration(
        batchSize: batchSize, input: input, augmentation: .none, seed: 0, epoch: 0, shuffles: false,
        dropsLast: false,
        workerCount: workerCount)
    }

    /// Returns the positions in the dataset that the pass visits, in order; as many as it has
    /// images. Many images of shards come by ``ShardedOrder``.
    ///
    /// - Parameter dataset: the images, and the classes in them.
    public func order(of dataset: DetectionDataset) -> [Int] { pass(over: dataset).images }

    /// Returns the order, and which of its images are near each other.
    func pass(over dataset: DetectionDataset) -> PassOrder {
      guard shuffles else { return PassOrder(Array(dataset.images.indices)) }
      var generator = stream.split(.max)
      let sharded = ShardedOrder(of: dataset)
      let order =
        sharded?.images(using: &generator)
        ?? dataset.images.indices.shuffled(using: &generator)
      switch sampling {
      case .uniform:
        return PassOrder(
          sharded?.shuffled(order, using: &generator) ?? order, window: sharded?.window)
      case .balanced:
        let sample = RepeatFactors(of: dataset).sample(order, using: &generator)
        return PassOrder(
          sharded?.shuffled(sample, using: &generator) ?? sample.shuffled(using: &generator),
          window: sharded?.window)
      }
    }

    /// Returns the number of batches of a whole pass.
    ///
    /// - Parameter imageCount: images of the dataset.
    public func batchCount(imageCount: Int) -> Int {
      if dropsLast, imageCount >= batchSize { return imageCount / batchSize }
      return (imageCount + batchSize - 1) / batchSize
    }

    fileprivate var stream: SeededGenerator { SeededGenerator(seed: seed).split(UInt64(epoch)) }
  }

  private let work: OrderedWork<Batch>

  /// Starts the threads.
  ///
  /// - Parameters:
  ///   - dataset: the images.
  ///   - cache: shared by the passes of a training.
  ///   - configuration: order, changes and sizes.
  public init(dataset: DetectionDataset, cache: ImageCache, configuration: Configuration) {
    let order = configuration.pass(over: dataset)
    let work = OrderedWork<Batch>(
      next: configuration.startingBatch,
      end: configuration.batchCount(imageCount: dataset.images.count),
      limit: configuration.batchesAhead)
    self.work = work
    let producer = BatchProducer(
      configuration: configuration, repetitions: Self.repetitions(in: order.images),
      composer: PictureComposer(
        dataset: dataset, cache: cache, policy: configuration.augmentation, order: order,
        width: configuration.input.width, height: configuration.input.height))
    work.start(threadCount: configuration.workerCount, name: "batch-loader") {
      try producer.batch($0)
    }
  }

  deinit {
    work.cancel()
  }

  /// Returns for each position of a pass how often its image came before.
  private static func repetitions(in order: [Int]) -> [Int] {
    var counts: [Int: Int] = [:]
    return order.map { index in
      defer { counts[index, default: 0] += 1 }
      return counts[index, default: 0]
    }
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
  let configuration: BatchLoader.Configuration
  let repetitions: [Int]
  let composer: PictureComposer

  func batch(_ number: Int) throws -> Batch {
    let order = composer.order.images
    let start = number * configuration.batchSize
    let whole = start..<min(start + configuration.batchSize, order.count)
    let own = configuration.share.range(of: whole.count)
    let first = start + own.lowerBound
    let indices = Array(order[first..<first + own.count])
    let (width, height) = (configuration.input.width, configuration.input.height)
    var pixels = BatchPixels(
      imageCount: indices.count, of: configuration.input, as: configuration.format)
    var groundTruth: [[LabeledBox]] = []
    for (number, index) in indices.enumerated() {
      let position = first + number
      let input = try composer.input(
        at: position, using: stream(of: index, repetition: repetitions[position]))
      pixels.write(input, number)
      groundTruth.append(input.groundTruth(width: width, height: height))
    }
    return Batch(
      values: pixels.values, height: height, width: width, groundTruth: groundTruth,
      indices: indices, names: indices.map { composer.dataset.images[$0].name })
  }

  /// Each image has a stream of its own, so that no other image's draws can shift it; one that
  /// comes again has another.
  private func stream(of index: Int, repetition: Int) -> SeededGenerator {
    let own = configuration.stream.split(UInt64(index))
    return repetition == 0 ? own : own.split(.max - UInt64(repetition))
  }
}
