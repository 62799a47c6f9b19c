import Files
import ModelFiles
import MultiBox
import NetworkInput

/// A network's values besides its layers: those that a training starts from.
///
/// The layers are made by the module SSDModels, from the name.
public struct NetworkPreset: Sendable {
  /// The name that commands and files use.
  public let name: String
  /// The side of the square input in pixels; nil where the network takes any multiple of 32.
  public let fixedSide: Int?
  /// The normalization of its input, trained from scratch.
  public let normalization: ImageNormalization
  /// The learning rate that trains it from scratch with SGD, for one image a step.
  public let learningRatePerImage: Double
  /// What it is usually trained with: AdamW where that was clearly found to be better.
  public let optimizer: OptimizerKind
  /// The loss that it is usually trained with.
  public let loss: MultiBoxLoss
  /// torchvision has a class that loads the network's weights.
  public let hasTorchvisionNames: Bool
  /// The number of its backbone's stages: a stage has all layers of one resolution.
  public let stageCount: Int
  /// The weights of an ImageNet classifier for its backbone, where `make weights` brings them.
  public let imageNetWeights: BroughtFile?
  private let makeDefaultBoxes: @Sendable (_ side: Int) -> DefaultBoxSpecification

  /// Creates a preset.
  ///
  /// - Parameters:
  ///   - name: as commands and files call it.
  ///   - fixedSide: of the square input in pixels; nil for any multiple of 32.
  ///   - normalization: of its input.
  ///   - learningRatePerImage: the rate of SGD for one image a step.
  ///   - optimizer: that it is usually trained with.
  ///   - loss: that it is usually trained with.
  ///   - hasTorchvisionNames: torchvision has a class that loads its weights.
  ///   - stageCount: of its backbone.
  ///   - imageNetWeights: the weights of an ImageNet classifier for its backbone; nil for none.
  ///   - defaultBoxes: those that the network is usually trained with, by the side of its input.
  public init(
    name: String, fixedSide: Int?, normalization: ImageNormalization, learningRatePerImage: Double,
    optimizer: OptimizerKind = .sgd, loss: MultiBoxLoss = MultiBoxLoss(),
    hasTorchvisionNames: Bool = false, stageCount: Int = 5,
    imageNetWeights: BroughtFile? = nil,
    defaultBoxes: @escaping @Sendable (_ side: Int) -> DefaultBoxSpecification
  ) {
    self.name = name
    self.fixedSide = fixedSide
    self.normalization = normalization
    self.learningRatePerImage = learningRatePerImage
    self.optimizer = optimizer
    self.loss = loss
    self.hasTorchvisionNames = hasTorchvisionNames
    self.stageCount = stageCount
    self.imageNetWeights = imageNetWeights
    makeDefaultBoxes = defaultBoxes
  }

  /// Returns the default boxes that the network is usually trained with.
  ///
  /// - Parameter side: of the input in pixels.
  public func defaultBoxes(side: Int) -> DefaultBoxSpecification { makeDefaultBoxes(side) }

  /// Returns the side of the input: the fixed one, or the one `requested`.
  public func side(requested: Int) -> Int { fixedSide ?? requested }

  /// Returns the path of the ImageNet weights of its backbone; nil where none are known.
  ///
  /// - Parameter option: names such a file otherwise; the error of a missing one says so.
  /// - Throws: `FileError` naming the file and how to get it, where it is not there.
  public func imageNetWeightsPath(option: String) throws(FileError) -> String? {
    try imageNetWeights?.path(option: option)
  }

  // MARK: The list

  /// Residual blocks with a top-down path and five maps, for training from scratch.
  public static let ssdCompact = NetworkPreset(
    name: "ssd-compact", fixedSide: nil, normalization: .unitRange,
    learningRatePerImage: 0.02 / 8, optimizer: .adamw, defaultBoxes: { .compact(side: $0) })

  /// The paper's SSD300, with torchvision's names.
  public static let ssd300VGG16 = NetworkPreset(
    name: "ssd300-vgg16", fixedSide: 300, normalization: .imageNetMean,
    learningRatePerImage: vggRate, hasTorchvisionNames: true,
    defaultBoxes: { _ in DefaultBoxPreset.ssd300VOC.specification() })

  /// The paper's SSD512.
  public static let ssd512VGG16 = NetworkPreset(
    name: "ssd512-vgg16", fixedSide: 512, normalization: .imageNetMean,
    learningRatePerImage: vggRate,
    defaultBoxes: { _ in DefaultBoxPreset.ssd512VOC.specification() })

  /// SSDLite on MobileNetV2.
  public static let ssdlite320MobileNetV2 = NetworkPreset(
    name: "ssdlite320-mobilenet-v2", fixedSide: 320, normalization: .unitRange,
    learningRatePerImage: 0.02 / 8, imageNetWeights: .mobileNetV2,
    defaultBoxes: { _ in DefaultBoxPreset.ssdlite320.specification() })

  /// torchvision's SSDLite on MobileNetV3-Large.
  public static let ssdlite320MobileNetV3 = NetworkPreset(
    name: "ssdlite320-mobilenet-v3-large", fixedSide: 320, normalization: .unitRange,
    learningRatePerImage: 0.02 / 8, hasTorchvisionNames: true,
    defaultBoxes: { _ in DefaultBoxPreset.ssdlite320.specification() })

  /// MobileNetV2 with the top-down path and the five maps of ``ssdCompact``.
  public static let ssdMobileNetV2FPN = NetworkPreset(
    name: "ssd-mobilenet-v2-fpn", fixedSide: nil, normalization: .unitRange,
    learningRatePerImage: 0.02 / 8, imageNetWeights: .mobileNetV2,
    defaultBoxes: { .compact(side: $0) })

  /// EfficientNet-Lite0 with the top-down path and the five maps of ``ssdCompact``.
  public static let ssdEfficientNetLite0FPN = NetworkPreset(
    name: "ssd-efficientnet-lite0-fpn", fixedSide: nil, normalization: .unitRange,
    learningRatePerImage: 0.02 / 8, imageNetWeights: .efficientNetLite0,
    defaultBoxes: { .compact(side: $0) })

  /// SSD on MobileNet-v1 as TensorFlow's Object Detection API has it, with sigmoid scores.
  public static let ssd300MobileNetV1 = mobileNetV1("ssd300-mobilenet-v1")

  /// ``ssd300MobileNetV1`` with three quarters of the channels: a depth multiplier of .75.
  public static let ssd300MobileNetV1Width75 = mobileNetV1("ssd300-mobilenet-v1-0.75")

  /// ``ssd300MobileNetV1`` with half of the channels: a depth multiplier of .5.
  public static let ssd300MobileNetV1Width50 = mobileNetV1("ssd300-mobilenet-v1-0.5")

  private static func mobileNetV1(_ name: String) -> NetworkPreset {
    NetworkPreset(
      name: name, fixedSide: 300, normalization: .unitRange, learningRatePerImage: 0.02 / 8,
      loss: MultiBoxLoss(confidence: .sigmoid()),
      defaultBoxes: { _ in DefaultBoxPreset.ssd300MobileNet.specification() })
  }

  /// Without norms a large rate diverges.
  private static let vggRate = 0.001 / 32

  /// All presets, in the order that lists show them.
  public static let all = [
    ssdCompact, ssdMobileNetV2FPN, ssdEfficientNetLite0FPN, ssd300VGG16, ssd512VGG16,
    ssdlite320MobileNetV2, ssdlite320MobileNetV3, ssd300MobileNetV1, ssd300MobileNetV1Width75,
    ssd300MobileNetV1Width50,
  ]

  /// Returns the preset of a name; nil for a network of somebody's own.
  public static func named(_ name: String) -> NetworkPreset? { all.first { $0.name == name } }
}

extension NetworkPreset: Hashable, CustomStringConvertible {
  // There is one preset of a name.
  public static func == (a: NetworkPreset, b: NetworkPreset) -> Bool { a.name == b.name }
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }

  public var description: String { name }
}
