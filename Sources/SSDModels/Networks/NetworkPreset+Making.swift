import MultiBox
import Runs
import Torch

extension NetworkPreset {
  /// Makes the network with the initial weights of a seed.
  ///
  /// - Parameters:
  ///   - classCount: without background.
  ///   - specification: the default boxes, for the network's feature maps.
  ///   - imageSide: of the square input in pixels.
  ///   - seed: of the initial weights.
  ///   - device: where the network computes.
  /// - Throws: ``ModelError`` for a preset whose network is not in this package, and when the
  ///   default boxes do not fit the network's feature maps.
  public func makeNetwork(
    classCount: Int, specification: DefaultBoxSpecification, imageSide: Int, seed: UInt64,
    device: Device = .cpu
  ) throws -> any SSDNetwork {
    guard let make = NetworkMakers.byName[name] else { throw ModelError.unknown(name: name) }
    return try make(
      classCount, specification, imageSide, VariableStore(seed: seed, device: device))
  }
}
