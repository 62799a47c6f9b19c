import MultiBox

/// How a network is made: of the number of classes without background, the default boxes, the side
/// of the square input, and the store that its variables belong to.
///
/// Throws ``ModelError`` when the default boxes do not fit the network's feature maps.
public typealias NetworkMaker =
  @Sendable (
    _ classCount: Int, _ defaultBoxes: DefaultBoxSpecification, _ imageSide: Int,
    _ store: VariableStore
  ) throws -> any SSDNetwork

/// The networks of this package.
public enum NetworkMakers {
  /// How each network is made, by its name.
  public static let byName: [String: NetworkMaker] = [
    ssd("ssd-compact", .convolution(.normal(deviation: 0.01))) { store, _ in
      try CompactBackbone(store)
    },
    ssd("ssd300-vgg16") { store, _ in try VGG16Backbone(store, size: .pixels300) },
    ssd("ssd512-vgg16") { store, _ in try VGG16Backbone(store, size: .pixels512) },
    ssd("ssdlite320-mobilenet-v2", .depthwiseSeparable) { store, defaultBoxes in
      try MobileNetV2Backbone(store, hasFineMap: defaultBoxes.featureMaps.count == 7)
    },
    ssd("ssdlite320-mobilenet-v3-large", .depthwiseSeparable) { store, _ in
      try MobileNetV3Backbone(store)
    },
  ].reduce(into: [:]) { $0[$1.name] = $1.maker }

  /// Makes a network by its name.
  ///
  /// - Parameters:
  ///   - classCount: without background.
  ///   - imageSide: of the square input.
  ///   - store: an empty store, whose generator the weights start from.
  /// - Throws: ``ModelError`` for a name that no network has, and when the default boxes do not fit
  ///   the network's feature maps.
  public static func make(
    _ name: String, classCount: Int, defaultBoxes: DefaultBoxSpecification, imageSide: Int,
    store: VariableStore
  ) throws -> any SSDNetwork {
    guard let maker = byName[name] else {
      throw ModelError.unknownNetwork(name: name, known: byName.keys.sorted())
    }
    return try maker(classCount, defaultBoxes, imageSide, store)
  }

  private static func ssd<Body: Backbone & SendableMetatype>(
    _ name: String, _ predictor: SSDHead.Predictor = .convolution(),
    _ backbone: @escaping @Sendable (VariableStore, DefaultBoxSpecification) throws -> Body
  ) -> (name: String, maker: NetworkMaker) {
    (
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
