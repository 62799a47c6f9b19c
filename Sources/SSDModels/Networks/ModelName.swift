import MultiBox
import Torch

/// The networks that a run can be made of.
public enum ModelName: String, Hashable, Sendable, Codable, CaseIterable {
  case ssd300VGG16 = "ssd300-vgg16"
  case ssd512VGG16 = "ssd512-vgg16"
  case ssdlite320MobileNetV2 = "ssdlite320-mobilenet-v2"
  case ssdCompact = "ssd-compact"
}
