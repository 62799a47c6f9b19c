import Torch

/// MobileNetV2 as the backbone of SSDLite.
///
/// torchvision has SSDLite on MobileNetV3 only; this is the same construction on V2. Maps of
/// 320 × 320 pixels: the expansion of the first block of stride 32 (20 × 20), the last convolution
/// (10 × 10) and four extra maps (5, 3, 2, 1). A finer one for small objects, the expansion of the
/// first block of stride 16 (40 × 40), stands before them where it is wanted. Below `backbone.`
/// stand the names of torchvision's `mobilenet_v2`, `features.0.0.weight` and so on, so its weights
/// map by that prefix; extra maps are named as in torchvision's SSDLite.
///
/// - SeeAlso: Sandler et al., "MobileNetV2" (arXiv:1801.04381), §6.2 for SSDLite.
public struct MobileNetV2Backbone: Backbone {
  public let maps: [BackboneMap]
  public var stages: [[String]] { features.stages }

  private let features: MobileNetV2Features
  private let extras: SSDLiteExtras

  /// Makes six maps, or seven with the fine one.
  ///
  /// - Parameters:
  ///   - store: an empty store, whose generator the weights start from.
  ///   - hasFineMap: puts a map of stride 8 before the six of SSDLite.
  public init(_ store: VariableStore, hasFineMap: Bool = false) throws {
    features = try MobileNetV2Features(
      store.root("backbone")("features"), strides: hasFineMap ? [8, 16, 32] : [16, 32])
    extras = try SSDLiteExtras(store.root("backbone")("extra"), input: 1280)
    maps = features.maps + SSDLiteExtras.maps(after: 32)
  }

  public func callAsFunction(_ images: Tensor, isTraining: Bool) throws -> [Tensor] {
    let found = try features(images, isTraining: isTraining)
    return try found + extras(found[found.count - 1], isTraining: isTraining)
  }
}

/// MobileNetV2 with a top-down path, for inputs of any side that is a multiple of 32.
///
/// Below `backbone.` stand the names of torchvision's `mobilenet_v2`, as in
/// ``MobileNetV2Backbone``, whose maps of stride 8, 16 and 32 the path begins with.
public struct MobileNetV2Pyramid: Backbone {
  public let maps = TopDownPath.maps
  public var stages: [[String]] { features.stages }

  /// The layers before the top-down path.
  let features: MobileNetV2Features
  private let neck: TopDownPath

  /// Makes five maps; `DefaultBoxSpecification.compact(side:)` gives the usual default boxes.
  ///
  /// - Parameter store: an empty store, whose generator the weights start from.
  public init(_ store: VariableStore) throws {
    features = try MobileNetV2Features(store.root("backbone")("features"), strides: [8, 16, 32])
    neck = try TopDownPath(store.root("neck"), inputs: features.maps.map(\.channels))
  }

  public func callAsFunction(_ images: Tensor, isTraining: Bool) throws -> [Tensor] {
    try neck(features(images, isTraining: isTraining), isTraining: isTraining)
  }
}
