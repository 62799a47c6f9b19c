import NetworkInput
import Runs

/// The system whose names the arrays of a weights file carry, and the way from them to this
/// project's.
public enum WeightLayout: String, Hashable, Sendable, CaseIterable {
  /// This project's own, which are torchvision's where torchvision has the network.
  case own
  /// torchvision's ImageNet classifier `mobilenet_v2`, as a backbone.
  case mobileNetV2 = "mobilenet_v2"
  /// torchvision's ImageNet classifier `vgg16`, up to conv5_3.
  case vgg16
  /// The SSD300 of ssd.pytorch, heads included.
  case ssdPyTorch = "ssd.pytorch"

  /// Tells the layout by the `names` of arrays that only one system has.
  public static func recognized(_ names: some Sequence<String>) -> WeightLayout {
    let names = Set(names)
    if names.contains("vgg.0.weight") { return .ssdPyTorch }
    if names.contains("features.18.0.weight") { return .mobileNetV2 }
    if names.contains("features.28.weight") { return .vgg16 }
    return .own
  }

  /// Tells a `network` that such weights belong to.
  public func fits(_ network: NetworkPreset) -> Bool {
    switch self {
    case .own: true
    case .mobileNetV2: network == .ssdlite320MobileNetV2
    case .vgg16: network == .ssd300VGG16 || network == .ssd512VGG16
    case .ssdPyTorch: network == .ssd300VGG16
    }
  }

  /// The normalization that the network's input must have, where it is not the network's own:
  /// torchvision's classifiers saw mean and deviation of ImageNet, here in grey levels.
  public var normalization: ImageNormalization? {
    switch self {
    case .mobileNetV2, .vgg16:
      ImageNormalization(
        mean: [123.675, 116.28, 103.53], standardDeviation: [58.395, 57.12, 57.375])
    case .own, .ssdPyTorch: nil
    }
  }

  /// Returns this project's name of an array.
  ///
  /// - Parameter name: the array's name in the file.
  /// - Returns: nil for an array that no network here has.
  public func name(of name: String) -> String? {
    // A counter that nothing is computed from.
    if name.hasSuffix("num_batches_tracked") { return nil }
    switch self {
    case .own: return name
    case .mobileNetV2: return name.hasPrefix("features.") ? "backbone." + name : nil
    case .vgg16: return Self.vggName(name, prefix: "features")
    case .ssdPyTorch: return Self.ssdPyTorchName(name)
    }
  }

  /// conv1_1 … conv4_3 keep their position; conv5_x begin the extra part, as in torchvision's SSD.
  private static func vggName(_ name: String, prefix: String) -> String? {
    let parts = name.split(separator: ".")
    guard parts.count == 3, parts[0] == prefix, let position = Int(parts[1]) else { return nil }
    switch position {
    case ...21: return "backbone.features.\(position).\(parts[2])"
    case 24, 26, 28: return "backbone.extra.0.\(position - 23).\(parts[2])"
    default: return nil
    }
  }

  private static func ssdPyTorchName(_ name: String) -> String? {
    let parts = name.split(separator: ".")
    if name == "L2Norm.weight" { return "backbone.scale_weight" }
    guard parts.count == 3, let position = Int(parts[1]) else { return nil }
    switch (parts[0], position) {
    // fc6 and fc7.
    case ("vgg", 31): return "backbone.extra.0.7.1.\(parts[2])"
    case ("vgg", 33): return "backbone.extra.0.7.3.\(parts[2])"
    case ("vgg", _): return vggName(name, prefix: "vgg")
    case ("extras", _): return "backbone.extra.\(position / 2 + 1).\(position % 2 * 2).\(parts[2])"
    case ("loc", _): return "head.regression_head.module_list.\(position).\(parts[2])"
    case ("conf", _): return "head.classification_head.module_list.\(position).\(parts[2])"
    default: return nil
    }
  }
}
