import ArgumentParser
import DetectionData
import MultiBox
import SSDModels
import SSDTraining

extension ModelName: ExpressibleByArgument {}

extension ModelName {
  /// The detector as torchvision has it: its default boxes, its loss, its decoding.
  func torchvisionDetector(logitCount: Int, seed: UInt64) -> DetectorConfiguration {
    let preset: DefaultBoxPreset = self == .ssd300VGG16 ? .ssd300COCO : .ssdlite320
    var loss = LossPreset.torchvision.loss
    loss.boxCoder = BoxCoder(maximumSizeOffset: BoxCoder.torchvisionMaximumSizeOffset)
    return DetectorConfiguration(
      classNames: (1..<logitCount).map { "class \($0)" }, model: self,
      imageSide: imageSide(requested: 0), defaultBoxes: preset.specification(clipping: .sizes),
      loss: loss, seed: seed)
  }
}
