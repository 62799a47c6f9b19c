import NetworkInput
import Runs

/// The system whose names the arrays of a weights file carry, and the way from them to this
/// project's.
public enum WeightLayout: String, Hashable, Sendable, CaseIterable {
  /// This project's own, which are torchvision's where torchvision has the network.
  case own
  /// torchvision's ImageNet classifier `mobilenet_v2`, as a backbone.
  case mobileNetV2 = "mobilenet_v2"
  /// The ImageNet classifier EfficientNet-Lite0 of efficientnet-lite-pytorch, as a backbone.
  case efficientNetLite0 = "efficientnet-lite0"
  /// torchvision's ImageNet classifier `vgg16`, up to conv5_3.
  case vgg16
  /// The SSD300 of ssd.pytorch, heads included.
  case ssdPyTorch = "ssd.pytorch"
  /// The SSD300 and SSD512 of lufficc/SSD.
  case lufficc = "lufficc/SSD"
  /// The vgg16-ssd of qfgaohao/pytorch-ssd.
  case qfgaohao = "qfgaohao/pytorch-ssd"
  /// The SSD300 and SSD512 of open-mmlab/mmdetection, whose background is the last class.
  case mmdetection
  /// An SSD on MobileNet-v1 that TensorFlow's Object Detection API trained, as a TFLite file.
  case tensorFlow = "TensorFlow's SSD on MobileNet-v1"
  /// The SSD300 of NVIDIA's DeepLearningExamples, on a ResNet that no network here has.
  case nvidia = "NVIDIA's SSD300 on ResNet-50"

  /// Tells the layout by the `names` of arrays that only one system has.
  public static func recognized(_ names: some Sequence<String>) -> WeightLayout {
    let names = Set(names)
    if names.contains("box_head.predictor.cls_headers.0.weight") { return .lufficc }
    if names.contains("source_layer_add_ons.0.scale") { return .qfgaohao }
    if names.contains("bbox_head.cls_convs.0.0.weight") { return .mmdetection }
    if names.contains("feature_extractor.feature_extractor.0.weight") { return .nvidia }
    if names.contains("vgg.0.weight") { return .ssdPyTorch }
    if names.contains("features.18.0.weight") { return .mobileNetV2 }
    if names.contains("_blocks.15._project_conv.weight") { return .efficientNetLite0 }
    if names.contains("features.28.weight") { return .vgg16 }
    return .own
  }

  /// Tells a `network` that such weights belong to.
  public func fits(_ network: NetworkPreset) -> Bool {
    switch self {
    case .own: true
    case .mobileNetV2: network == .ssdlite320MobileNetV2 || network == .ssdMobileNetV2FPN
    case .efficientNetLite0: network == .ssdEfficientNetLite0FPN
    case .vgg16, .lufficc, .mmdetection:
      network == .ssd300VGG16 || network == .ssd512VGG16
    case .ssdPyTorch, .qfgaohao: network == .ssd300VGG16
    case .tensorFlow: TensorFlowSSD.networks.values.contains(network)
    case .nvidia: false
    }
  }

  /// The normalization that the network's input must have, where it is not the network's own:
  /// torchvision's classifiers saw mean and deviation of ImageNet, here in grey levels.
  public var normalization: ImageNormalization? {
    switch self {
    case .mobileNetV2, .vgg16:
      ImageNormalization(
        mean: [123.675, 116.28, 103.53], standardDeviation: [58.395, 57.12, 57.375])
    // TensorFlow's EfficientNet-Lite is quantised, for which its inputs are −1…1.
    case .efficientNetLite0:
      ImageNormalization(mean: [127, 127, 127], standardDeviation: [128, 128, 128])
    // ImageNet's mean too, and no deviation.
    case .mmdetection:
      ImageNormalization(mean: [123.675, 116.28, 103.53], standardDeviation: [1, 1, 1])
    case .own, .ssdPyTorch, .lufficc, .qfgaohao, .tensorFlow, .nvidia: nil
    }
  }

  /// Normalizations stand folded in the convolutions: they only add their bias, until a training
  /// gives them statistics.
  public var hasFoldedNormalizations: Bool { self == .tensorFlow }

  /// Returns this project's name of an array.
  ///
  /// - Parameter name: the array's name in the file.
  /// - Returns: nil for an array that no network here has.
  public func name(of name: String) -> String? {
    // A counter that nothing is computed from.
    if name.hasSuffix("num_batches_tracked") { return nil }
    switch self {
    // A TFLite file's are named as they are read.
    case .own, .tensorFlow: return name
    case .mobileNetV2: return name.hasPrefix("features.") ? "backbone." + name : nil
    case .efficientNetLite0: return Self.efficientNetName(name)
    case .vgg16: return Self.vggName(name, prefix: "features")
    case .ssdPyTorch: return Self.ssdPyTorchName(name)
    case .lufficc: return Self.lufficcName(name)
    case .qfgaohao: return Self.qfgaohaoName(name)
    case .mmdetection: return Self.mmdetectionName(name)
    case .nvidia: return nil
    }
  }

  /// The background's logits come last; here they come first.
  var hasBackgroundLast: Bool { self == .mmdetection }

  /// Returns names without the wrappers' names before all of them: `DataParallel`'s `module.`,
  /// `model.` of training programs, `torch.compile`'s `_orig_mod.`.
  static func unwrapped(_ names: some Sequence<String>) -> [String: String] {
    let names = Array(names)
    var start = ""
    while let wrapper = ["module.", "model.", "_orig_mod."].first(where: { wrapper in
      !names.isEmpty && names.allSatisfy { $0.hasPrefix(start + wrapper) }
    }) {
      start += wrapper
    }
    return Dictionary(names.map { ($0, String($0.dropFirst(start.count))) }) { first, _ in first }
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

  private static func head(_ kind: String, _ position: Substring, _ last: Substring) -> String {
    "head.\(kind)_head.module_list.\(position).\(last)"
  }

  /// Layers stand one behind the other there, a normalization beside its convolution.
  private static func efficientNetName(_ name: String) -> String? {
    let parts = name.split(separator: ".").map(String.init)
    switch (parts.count, parts.first) {
    case (2, "_conv_stem"): return "backbone.features.0.0.\(parts[1])"
    case (2, "_bn0"): return "backbone.features.0.1.\(parts[1])"
    case (2, "_conv_head"): return "backbone.features.17.0.\(parts[1])"
    case (2, "_bn1"): return "backbone.features.17.1.\(parts[1])"
    case (4, "_blocks"):
      guard let block = Int(parts[1]) else { return nil }
      // The first block does not expand.
      let shift = block == 0 ? 1 : 0
      let places = [
        "_expand_conv": (0, 0), "_bn0": (0, 1), "_depthwise_conv": (1, 0), "_bn1": (1, 1),
        "_project_conv": (2, 0), "_bn2": (2, 1),
      ]
      guard let (part, layer) = places[parts[2]], part >= shift else { return nil }
      return "backbone.features.\(block + 1).block.\(part - shift).\(layer).\(parts[3])"
    default: return nil
    }
  }

  /// This project's names of windows that begin with a row and a column of zeros here, and are
  /// without them in the file.
  var widenedWindows: [String] {
    switch self {
    case .efficientNetLite0:
      ["backbone.features.0.0.weight"]
        + EfficientNetLitePyramid.stridedBlocks.map {
          "backbone.features.\($0 + 1).block.1.0.weight"
        }
    case .tensorFlow:
      MobileNetV1Backbone.layers(depthMultiplier: 1).filter(\.isWidened).map {
        "backbone.\($0.name).0.weight"
      }
    default: []
    }
  }

  /// ssd.pytorch's names below others.
  private static func lufficcName(_ name: String) -> String? {
    if name == "backbone.l2_norm.weight" { return "backbone.scale_weight" }
    let parts = name.split(separator: ".")
    if parts.count == 5, parts[0] == "box_head", parts[1] == "predictor" {
      switch parts[2] {
      case "cls_headers": return head("classification", parts[3], parts[4])
      case "reg_headers": return head("regression", parts[3], parts[4])
      default: return nil
      }
    }
    guard parts.count == 4, parts[0] == "backbone", ["vgg", "extras"].contains(parts[1]) else {
      return nil
    }
    return ssdPyTorchName(parts.dropFirst().joined(separator: "."))
  }

  private static func qfgaohaoName(_ name: String) -> String? {
    if name == "source_layer_add_ons.0.scale" { return "backbone.scale_weight" }
    let parts = name.split(separator: ".")
    switch (parts.count, parts.first) {
    case (3, "base_net"): return ssdPyTorchName("vgg.\(parts[1]).\(parts[2])")
    case (4, "extras"):
      return Int(parts[1]).map { "backbone.extra.\($0 + 1).\(parts[2]).\(parts[3])" }
    case (3, "classification_headers"): return head("classification", parts[1], parts[2])
    case (3, "regression_headers"): return head("regression", parts[1], parts[2])
    default: return nil
    }
  }

  private static func mmdetectionName(_ name: String) -> String? {
    if name == "neck.l2_norm.weight" { return "backbone.scale_weight" }
    let parts = name.split(separator: ".")
    switch (parts.count, parts.first) {
    case (4, "backbone") where parts[1] == "features":
      return ssdPyTorchName("vgg.\(parts[2]).\(parts[3])")
    case (6, "neck") where parts[1] == "extra_layers" && parts[4] == "conv":
      guard let layer = Int(parts[2]), let part = Int(parts[3]) else { return nil }
      return "backbone.extra.\(layer + 1).\(part * 2).\(parts[5])"
    case (5, "bbox_head") where parts[1] == "cls_convs" && parts[3] == "0":
      return head("classification", parts[2], parts[4])
    case (5, "bbox_head") where parts[1] == "reg_convs" && parts[3] == "0":
      return head("regression", parts[2], parts[4])
    default: return nil
    }
  }
}
