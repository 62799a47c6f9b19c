import ArgumentParser
import MultiBox
import Runs
import SSDModels
import SSDTraining
import TrainingInput

/// `--network`.
struct NetworkOptions: ParsableArguments {
  @Option(
    help: "The network.",
    transform: { name in
      guard let preset = NetworkPreset.named(name) else {
        throw ValidationError("expected one of \(NetworkPreset.all), found \(name)")
      }
      return preset
    })
  var network: NetworkPreset
}

extension NetworkPreset {
  /// The training as torchvision has it: its default boxes, its loss, its decoding, its step.
  func torchvisionConfiguration(
    logitCount: Int, seed: UInt64, batchSize: Int = 1
  ) -> TrainingConfiguration {
    let preset: DefaultBoxPreset = self == .ssd300VGG16 ? .ssd300COCO : .ssdlite320
    var network = TrainingConfiguration.Network(self)
    network.defaultBoxes = preset.specification(clipping: .sizes)
    var result = TrainingConfiguration(
      data: TrainingDataSource(
        paths: [""], format: .voc, classNames: ClassNames((1..<logitCount).map { "class \($0)" })),
      network: network, loss: LossPreset.torchvision.loss,
      suppression: NonMaximumSuppression())
    result.loss.boxCoder = BoxCoder(maximumSizeOffset: BoxCoder.torchvisionMaximumSizeOffset)
    result.optimization.batchSize = batchSize
    result.optimization.seed = seed
    result.optimization.gradientLimit = 0
    // The moving average is not of torchvision's step.
    result.optimization.averageDecay = 0
    return result
  }
}
