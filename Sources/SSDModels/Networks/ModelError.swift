import MultiBox
import Runs

/// A network that cannot be made, or cannot predict.
public enum ModelError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A preset names a network that this package does not have.
  case unknown(name: String)
  /// Default boxes have another number of feature maps than the network.
  case featureMapCount(network: String, expected: Int, found: Int)
  /// Default boxes have a feature map of another size than the network.
  case featureMapSize(network: String, index: Int, expected: String, found: String)
  /// Default boxes are for images of another size.
  case imageSize(network: String, expected: String, found: String)
  /// A backbone gave another number of feature maps than it states.
  case backboneMapCount(network: String, expected: Int, found: Int)
  /// A backbone gave a feature map of another shape than it states.
  case backboneMapShape(network: String, index: Int, expected: [Int], found: [Int])

  /// One line for people.
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
    case .imageSize(let network, let expected, let found):
      "default boxes for \(network): expected an image of \(expected) pixels, found \(found)"
    case .backboneMapCount(let network, let expected, let found):
      "the backbone of \(network): expected \(expected) feature maps, found \(found)"
    case .backboneMapShape(let network, let index, let expected, let found):
      "the backbone of \(network), feature map \(index): expected the shape \(expected),"
        + " found \(found)"
    }
  }

  /// Checks that default boxes fit a network.
  ///
  /// - Parameter expected: sizes of the network's feature maps.
  static func check(
    _ specification: DefaultBoxSpecification, expected: [(rows: Int, columns: Int)],
    imageHeight: Int, imageWidth: Int, network: String
  ) throws(ModelError) {
    let found = specification.featureMaps
    guard expected.count == found.count else {
      throw .featureMapCount(network: network, expected: expected.count, found: found.count)
    }
    for (index, (own, given)) in zip(expected, found).enumerated()
    where own.rows != given.rows || own.columns != given.columns {
      throw .featureMapSize(
        network: network, index: index, expected: "\(own.rows) × \(own.columns)",
        found: "\(given.rows) × \(given.columns)")
    }
    let (height, width) = (
      specification.imageHeightInPixels, specification.imageWidthInPixels
    )
    guard height == imageHeight && width == imageWidth else {
      throw .imageSize(
        network: network, expected: "\(imageWidth) × \(imageHeight)", found: "\(width) × \(height)")
    }
  }
}
