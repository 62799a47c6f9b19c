import DetectionData
import MultiBox
import SSDModels
import Torch

/// A trained network that finds objects: images in, detections out.
public final class RunDetector {
  public let configuration: TrainingConfiguration
  private let network: any SSDNetwork
  private let precision: Precision
  private let defaultBoxes: DefaultBoxes
  private let decoder: DetectionDecoder

  /// Wraps a network that is at hand.
  init(
    configuration: TrainingConfiguration, network: any SSDNetwork, precision: Precision
  ) throws {
    self.configuration = configuration
    self.network = network
    self.precision = precision
    defaultBoxes = DefaultBoxes(network.defaultBoxSpecification)
    decoder = DetectionDecoder(
      DetectionDecoder.Configuration(boxCoder: configuration.loss.boxCoder))
  }

  /// Loads the weights of a run.
  ///
  /// - Parameter precision: float32 gives the same detections on every processor, nearly; bfloat16 is faster.
  public convenience init(
    _ folder: RunFolder, precision: Precision = .float32, threadCount: Int
  ) throws {
    let configuration = try folder.configuration()
    try TorchRuntime.setThreadCount(threadCount)
    let network = try configuration.makeNetwork()
    try network.store.load(from: folder.weightsPath)
    try self.init(configuration: configuration, network: network, precision: precision)
  }

  /// Finds objects in the images of a batch, in normalized corners, best first.
  public func detections(in batch: Batch) throws -> [[Detection]] {
    try Gradients.unrecorded {
      let output = try precision.compute {
        try network(Tensor(batch), isTraining: false)
      }
      let boxes = defaultBoxes.count
      return try output.logits.withFloats { logits in
        try output.offsets.withFloats { offsets in
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
    }
  }
}

extension Tensor {
  /// Takes over the pixels of a batch: `[N, 3, H, W]`, channels-last in memory.
  convenience init(_ batch: Batch) throws {
    try self.init(
      channelsLast: batch.pixels, shape: [batch.count, batch.height, batch.width, 3])
  }
}
