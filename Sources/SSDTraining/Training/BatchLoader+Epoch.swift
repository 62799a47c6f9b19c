import Runs
import Torch
import TrainingInput

extension BatchLoader {
  /// Creates the loader of an epoch of a training.
  ///
  /// - Parameters:
  ///   - epoch: from 0.
  ///   - batch: the first one that is wanted of the epoch, from 0.
  ///   - data: the images.
  ///   - configuration: of the training.
  ///   - share: the part of each batch that is wanted.
  ///   - format: the form of the pixels; `Device.batchFormat` says that of a device.
  convenience init(
    epoch: Int, startingAt batch: Int, of data: TrainingData,
    _ configuration: TrainingConfiguration, share: BatchShare = .whole,
    format: Batch.Format = .normalized
  ) {
    let optimization = configuration.optimization
    self.init(
      dataset: data.training, cache: data.cache,
      configuration: Configuration(
        batchSize: optimization.batchSize, input: configuration.network.input,
        augmentation: configuration.augmentation.inEpoch(epoch, of: optimization.epochs),
        seed: optimization.seed, epoch: epoch, startingBatch: batch, shuffles: true,
        sampling: optimization.sampling, dropsLast: true,
        workerCount: configuration.execution.loaderThreadCount,
        prefetchByteCount: configuration.execution.prefetchMemory, share: share,
        format: format))
  }
}

extension Device {
  /// The form of the batches for a network on the device.
  var batchFormat: Batch.Format { self == .cpu ? .normalized : .bytes }
}
