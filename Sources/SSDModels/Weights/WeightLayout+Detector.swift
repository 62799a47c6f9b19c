import MultiBox
import Runs

/// What a whole detector of others is besides its weights, as the published projects' sources give
/// it. Variances and the order of default boxes are the same in all, and this project's; the
/// score function is that of the network's usual loss.
extension WeightLayout {
  /// Weights of the layout hold heads, not a backbone alone.
  public var hasHeads: Bool {
    switch self {
    case .own, .ssdPyTorch, .lufficc, .qfgaohao, .mmdetection, .tensorFlow: true
    case .mobileNetV2, .efficientNetLite0, .vgg16, .nvidia: false
    }
  }

  /// The detectors of this layout that are given to all were trained on COCO, whose ids are their
  /// classes.
  public var hasCOCOClasses: Bool { self == .own || self == .tensorFlow }

  /// Returns the default boxes that a detector was trained with.
  ///
  /// - Parameters:
  ///   - network: of the detector.
  ///   - classCount: without background. ssd.pytorch, lufficc, mmdetection go by the dataset:
  ///     20 classes are Pascal VOC's, 80 COCO's.
  /// - Returns: nil where the weights alone do not tell.
  public func defaultBoxes(of network: NetworkPreset, classCount: Int) -> DefaultBoxPreset? {
    let is512 = network == .ssd512VGG16
    switch self {
    case .own:
      switch network {
      case .ssd300VGG16: return .ssd300COCO
      case .ssdlite320MobileNetV3: return .ssdlite320
      default: return nil
      }
    case .qfgaohao: return .ssd300VOC
    case .tensorFlow: return .ssd300MobileNet
    case .ssdPyTorch, .lufficc, .mmdetection:
      switch classCount {
      case 20: return is512 ? .ssd512VOC : .ssd300VOC
      case 80: return is512 ? .ssd512COCO : .ssd300COCO
      default: return nil
      }
    case .mobileNetV2, .efficientNetLite0, .vgg16, .nvidia: return nil
    }
  }

  /// Returns the specification of a preset's default boxes as the layout's project makes them.
  ///
  /// - Parameter preset: whose sizes are taken; lufficc's SSD512 has the percentages of the side,
  ///   not cut to whole pixels.
  public func specification(of preset: DefaultBoxPreset) -> DefaultBoxSpecification {
    var result = preset.specification(clipping: clipping)
    let sizes: [Double]
    switch (self, preset) {
    case (.lufficc, .ssd512VOC): sizes = [35.84, 76.8, 153.6, 230.4, 307.2, 384, 460.8, 537.65]
    case (.lufficc, .ssd512COCO):
      sizes = [20.48, 51.2, 133.12, 215.04, 296.96, 378.88, 460.8, 542.72]
    default: return result
    }
    for (index, map) in result.featureMaps.enumerated() {
      result.featureMaps[index] = DefaultBoxSpecification.FeatureMap(
        cells: map.rows, stepInPixels: map.stepInPixels, size: sizes[index],
        nextSize: sizes[index + 1], aspectRatios: map.shapes.count == 4 ? [2] : [2, 3])
    }
    return result
  }

  private var clipping: DefaultBoxSpecification.Clipping {
    switch self {
    case .own: .sizes
    case .ssdPyTorch, .lufficc, .qfgaohao: .all
    case .mobileNetV2, .efficientNetLite0, .vgg16, .mmdetection, .tensorFlow, .nvidia: .none
    }
  }

  /// The way from offsets to boxes: torchvision and mmdetection limit the sizes.
  public var boxCoder: BoxCoder {
    switch self {
    case .own, .mmdetection: BoxCoder(maximumSizeOffset: BoxCoder.torchvisionMaximumSizeOffset)
    default: BoxCoder()
    }
  }
}
