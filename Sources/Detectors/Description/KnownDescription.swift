import Foundation

/// Descriptions of well-known models, which ship with the package.
public enum KnownDescription: String, Hashable, Sendable, CaseIterable {
  /// The face detectors RFB-320 and slim-320 of
  /// Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB, ONNX.
  case ultraface
  /// TensorFlow's SSD MobileNet-v1 0.75 on COCO, quantised TFLite without its post-processing
  /// operator; default boxes in default_boxes.safetensors beside the model.
  case ssdMobileNetV1COCO = "ssd-mobilenet-v1-coco-quant"

  /// MediaPipe's face detector BlazeFace of 256 × 256 pixels, TFLite; of its keypoints none is read.
  case blazeFace = "blazeface"

  /// The description; reading it does not touch a file.
  public var description: DetectorDescription {
    get throws { try DetectorDescription(json: json, path: rawValue) }
  }

  /// The description's JSON.
  private var json: Data {
    switch self {
    case .ultraface: Data(PackageResources.ultraface_json)
    case .ssdMobileNetV1COCO: Data(PackageResources.ssd_mobilenet_v1_coco_quant_json)
    case .blazeFace: Data(PackageResources.blazeface_json)
    }
  }
}
