import MultiBox
import Runs
import Torch

extension NetworkPreset {
  /// Makes the network with the initial weights of a seed.
  ///
  /// - Throws: ``ModelError`` when the default boxes do not fit the network's feature maps.
  public func makeNetwork(
    classCount: Int, specification: DefaultBoxSpecification, imageSide: Int, seed: UInt64
  ) throws -> any SSDNetwork {
    guard let make = Self.makers[name] else { throw ModelError.unknown(name: name) }
    var expected = defaultBoxes(side: imageSide).featureMaps
    let found = specification.featureMaps
    let fine = DefaultBoxPreset.ssdlite320Fine.specification().featureMaps
    if name == Self.ssdlite320MobileNetV2.name, found.count == fine.count { expected = fine }
    guard expected.count == found.count else {
      throw ModelError.featureMapCount(
        network: name, expected: expected.count, found: found.count)
    }
    for (index, (own, given)) in zip(expected, found).enumerated()
    where own.rows != given.rows || own.columns != given.columns {
      throw ModelError.featureMapSize(
        network: name, index: index, expected: "\(own.rows) × \(own.columns)",
        found: "\(given.rows) × \(given.columns)")
    }
    return try make(classCount, specification, VariableStore(seed: seed))
  }

  private typealias Make =
    @Sendable (
      _ classCount: Int, _ specification: DefaultBoxSpecification, _ store: VariableStore
    ) throws -> any SSDNetwork

  /// How the network of each name is made.
  private static let makers: [String: Make] = [
    ssdCompact.name: { try SSDCompact(classCount: $0, specification: $1, store: $2) },
    ssd300VGG16.name: {
      try SSDVGG16(classCount: $0, size: .pixels300, specification: $1, store: $2)
    },
    ssd512VGG16.name: {
      try SSDVGG16(classCount: $0, size: .pixels512, specification: $1, store: $2)
    },
    ssdlite320MobileNetV2.name: {
      try SSDLiteMobileNetV2(classCount: $0, specification: $1, store: $2)
    },
    ssdlite320MobileNetV3.name: {
      try SSDLiteMobileNetV3(classCount: $0, specification: $1, store: $2)
    },
  ]
}

/// Why a network cannot be made.
public enum ModelError: Error, Hashable, Sendable, CustomStringConvertible {
  case unknown(name: String)
  case featureMapCount(network: String, expected: Int, found: Int)
  case featureMapSize(network: String, index: Int, expected: String, found: String)

  public var description: String {
    switch self {
    case .unknown(let name):
      "no network is named \(name); known are"
        + " \(NetworkPreset.all.map(\.name).joined(separator: ", "))"
    case .featureMapCount(let network, let expected, let found):
      "default boxes for \(network): expected \(expected) feature maps, found \(found)"
    case .featureMapSize(let network, let index, let expected, let found):
      "default boxes for \(network), feature map \(index): expected \(expected) cells,"
        + " found \(found)"
    }
  }
}
