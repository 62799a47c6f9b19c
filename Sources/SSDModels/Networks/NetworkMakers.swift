import MultiBox
import Runs

/// How a network is made.
///
/// Throws ``ModelError`` when the default boxes do not fit the network's feature maps.
typealias NetworkMaker =
  @Sendable (
    _ classCount: Int, _ defaultBoxes: DefaultBoxSpecification, _ imageSide: Int,
    _ store: VariableStore
  ) throws -> any SSDNetwork

/// How each network of this package is made.
enum NetworkMakers {
  static let byName: [String: NetworkMaker] = [
    ssd(.ssdCompact, .convolution(.normal(deviation: 0.01))) { store, _ in
      try CompactBackbone(store)
    },
    ssd(.ssd300VGG16) { store, _ in try VGG16Backbone(store, size: .pixels300) },
    ssd(.ssd512VGG16) { store, _ in try VGG16Backbone(store, size: .pixels512) },
    ssd(.ssdlite320MobileNetV2, .depthwiseSeparable) { store, defaultBoxes in
      try MobileNetV2Backbone(store, hasFineMap: defaultBoxes.featureMaps.count == 7)
    },
    ssd(.ssdMobileNetV2FPN, .convolution(.normal(deviation: 0.01))) { store, _ in
      try MobileNetV2Pyramid(store)
    },
    ssd(.ssdEfficientNetLite0FPN, .convolution(.normal(deviation: 0.01))) { store, _ in
      try EfficientNetLitePyramid(store)
    },
    ssd(.ssdlite320MobileNetV3, .depthwiseSeparable) { store, _ in
      try MobileNetV3Backbone(store)
    },
    mobileNetV1(.ssd300MobileNetV1, 1), mobileNetV1(.ssd300MobileNetV1Width75, 0.75),
    mobileNetV1(.ssd300MobileNetV1Width50, 0.5),
  ].reduce(into: [:]) { $0[$1.name] = $1.maker }

  private static func mobileNetV1(
    _ preset: NetworkPreset, _ depthMultiplier: Double
  ) -> (name: String, maker: NetworkMaker) {
    ssd(preset, .convolution(.normal(deviation: 0.03), kernel: 1)) { store, _ in
      try MobileNetV1Backbone(store, depthMultiplier: depthMultiplier)
    }
  }

  private static func ssd<Body: Backbone & SendableMetatype>(
    _ preset: NetworkPreset, _ predictor: SSDHead.Predictor = .convolution(),
    _ backbone: @escaping @Sendable (VariableStore, DefaultBoxSpecification) throws -> Body
  ) -> (name: String, maker: NetworkMaker) {
    let name = preset.name
    return (
      name,
      { classCount, defaultBoxes, imageSide, store in
        try SSD(
          backbone(store, defaultBoxes), classCount: classCount, defaultBoxes: defaultBoxes,
          imageHeight: imageSide, imageWidth: imageSide, predictor: predictor, store: store,
          name: name)
      }
    )
  }
}
