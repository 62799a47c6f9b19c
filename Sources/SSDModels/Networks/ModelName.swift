import MultiBox

/// The networks that a run can be made of.
public enum ModelName: String, Hashable, Sendable, Codable, CaseIterable {
  case ssdCompact = "ssd-compact"
  case ssd300VGG16 = "ssd300-vgg16"
  case ssd512VGG16 = "ssd512-vgg16"
  case ssdlite320MobileNetV2 = "ssdlite320-mobilenet-v2"
  case ssdlite320MobileNetV3 = "ssdlite320-mobilenet-v3-large"

  /// Returns the side of the square input: fixed, or the given one where the network takes any.
  public func imageSide(requested: Int) -> Int {
    switch self {
    case .ssdCompact: requested
    case .ssd300VGG16: 300
    case .ssd512VGG16: 512
    case .ssdlite320MobileNetV2, .ssdlite320MobileNetV3: 320
    }
  }

  /// Whether torchvision has a class that loads the network's weights.
  public var hasTorchvisionsNames: Bool {
    switch self {
    case .ssd300VGG16, .ssdlite320MobileNetV3: true
    case .ssdCompact, .ssd512VGG16, .ssdlite320MobileNetV2: false
    }
  }

  /// Returns the default boxes that the network is usually trained with.
  public func defaultSpecification(imageSide: Int) -> DefaultBoxSpecification {
    switch self {
    case .ssdCompact: .compact(side: imageSide)
    case .ssd300VGG16: DefaultBoxPreset.ssd300VOC.specification()
    case .ssd512VGG16: DefaultBoxPreset.ssd512VOC.specification()
    case .ssdlite320MobileNetV2, .ssdlite320MobileNetV3: DefaultBoxPreset.ssdlite320.specification()
    }
  }

  /// Mean and deviation of each channel, in grey levels, that the network's input is normalized by.
  public var inputStatistics: (mean: [Float], deviation: [Float]) {
    switch self {
    // −1…1, as torchvision's SSDLite.
    case .ssdCompact, .ssdlite320MobileNetV2, .ssdlite320MobileNetV3:
      ([127.5, 127.5, 127.5], [127.5, 127.5, 127.5])
    // The mean of ImageNet, no scaling, as the original VGG.
    case .ssd300VGG16, .ssd512VGG16: ([123, 117, 104], [1, 1, 1])
    }
  }

  /// Returns the learning rate that trains the network from scratch, for the number of images a
  /// step.
  public func learningRate(batchSize: Int) -> Double {
    switch self {
    case .ssdCompact: 0.02 * Double(batchSize) / 8
    // Without norms a large rate diverges.
    case .ssd300VGG16, .ssd512VGG16: 0.001 * Double(batchSize) / 32
    case .ssdlite320MobileNetV2, .ssdlite320MobileNetV3: 0.02 * Double(batchSize) / 8
    }
  }

  /// Makes the network with the initial weights of a seed.
  ///
  /// - Throws: ``ModelError`` when the default boxes do not fit the network's feature maps.
  public func make(
    classCount: Int, specification: DefaultBoxSpecification, imageSide: Int, seed: UInt64
  ) throws -> any SSDNetwork {
    try NetworkMakers.make(
      rawValue, classCount: classCount, defaultBoxes: specification, imageSide: imageSide,
      store: VariableStore(seed: seed))
  }
}
