/// The default boxes of well-known detectors.
///
/// Figures: the original Caffe code for SSD300 and SSD512 on Pascal VOC and COCO, torchvision's
/// `ssdlite320_mobilenet_v3_large` for SSDLite, `ssd_anchor_generator` of TensorFlow's Object
/// Detection API, as its COCO detectors use it, for MobileNet-v1. The original code's layer holds
/// sizes in integers: of SSD512's 35.84 pixels (7 % of 512) it makes 35.
public enum DefaultBoxPreset: String, Hashable, Sendable, Codable, CaseIterable {
  /// 8732 boxes, from 30 to 315 pixels.
  case ssd300VOC = "ssd300-voc"
  /// 8732 boxes, from 21 to 315 pixels.
  case ssd300COCO = "ssd300-coco"
  /// 24564 boxes, from 35 to 537 pixels.
  case ssd512VOC = "ssd512-voc"
  /// 24564 boxes, from 20 to 542 pixels.
  case ssd512COCO = "ssd512-coco"
  /// 3234 boxes, from 64 to 320 pixels.
  case ssdlite320
  /// SSDLite's with a finer map in front: 9634 boxes, from 20 to 320 pixels. This project's own.
  case ssdlite320Fine = "ssdlite320-fine"
  /// 1917 boxes, from 30 to 494 pixels.
  ///
  /// The first map has three shapes; elsewhere the second square is the last shape of a cell.
  /// Aspect ratio 1 : 3 is .3333 there.
  case ssd300MobileNet = "ssd300-mobilenet"

  /// Returns the specification that generates the boxes.
  ///
  /// - Parameter clipping: none by default, as in the original code after its first version.
  public func specification(
    clipping: DefaultBoxSpecification.Clipping = .none
  ) -> DefaultBoxSpecification {
    switch self {
    case .ssd300VOC:
      Self.ssd300(sizes: [30, 60, 111, 162, 213, 264, 315], clipping: clipping)
    case .ssd300COCO:
      Self.ssd300(sizes: [21, 45, 99, 153, 207, 261, 315], clipping: clipping)
    case .ssd512VOC:
      Self.ssd512(percentages: [7, 15, 30, 45, 60, 75, 90, 105], clipping: clipping)
    case .ssd512COCO:
      Self.ssd512(percentages: [4, 10, 26, 42, 58, 74, 90, 106], clipping: clipping)
    case .ssdlite320:
      Self.square(
        side: 320, cells: [20, 10, 5, 3, 2, 1], steps: nil,
        sizes: [0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1].map { $0 * 320 },
        aspectRatios: Array(repeating: [2, 3], count: 6), clipping: clipping)
    case .ssdlite320Fine:
      Self.square(
        side: 320, cells: [40, 20, 10, 5, 3, 2, 1], steps: nil,
        sizes: [20, 44, 88, 140, 190, 240, 290, 320],
        aspectRatios: [[2]] + Array(repeating: [2, 3], count: 6), clipping: clipping)
    case .ssd300MobileNet: Self.ssd300MobileNet(clipping: clipping)
    }
  }

  private static func ssd300MobileNet(
    clipping: DefaultBoxSpecification.Clipping
  ) -> DefaultBoxSpecification {
    let side = 300
    func shape(_ scale: Double, _ aspectRatio: Double) -> DefaultBoxSpecification.Shape {
      let (size, root) = (scale * Double(side), aspectRatio.squareRoot())
      return DefaultBoxSpecification.Shape(width: size * root, height: size / root)
    }
    let scales = [0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1]
    let maps = [19, 10, 5, 3, 2, 1].enumerated().map { index, cells in
      let (scale, next) = (scales[index], scales[index + 1])
      return DefaultBoxSpecification.FeatureMap(
        rows: cells, columns: cells,
        shapes: index == 0
          ? [shape(0.1, 1), shape(scale, 2), shape(scale, 0.5)]
          : [1, 2, 0.5, 3, 0.3333].map { shape(scale, $0) }
            + [shape((scale * next).squareRoot(), 1)])
    }
    return DefaultBoxSpecification(
      imageWidthInPixels: side, imageHeightInPixels: side, featureMaps: maps, clipping: clipping)
  }

  private static func ssd300(
    sizes: [Double], clipping: DefaultBoxSpecification.Clipping
  ) -> DefaultBoxSpecification {
    square(
      side: 300, cells: [38, 19, 10, 5, 3, 1], steps: [8, 16, 32, 64, 100, 300], sizes: sizes,
      aspectRatios: [[2], [2, 3], [2, 3], [2, 3], [2], [2]], clipping: clipping)
  }

  /// - Parameter percentages: of the side, cut to whole pixels.
  private static func ssd512(
    percentages: [Int], clipping: DefaultBoxSpecification.Clipping
  ) -> DefaultBoxSpecification {
    square(
      side: 512, cells: [64, 32, 16, 8, 4, 2, 1], steps: [8, 16, 32, 64, 128, 256, 512],
      sizes: percentages.map { Double(512 * $0 / 100) },
      aspectRatios: [[2], [2, 3], [2, 3], [2, 3], [2, 3], [2], [2]],
      clipping: clipping)
  }

  private static func square(
    side: Int, cells: [Int], steps: [Double]?, sizes: [Double], aspectRatios: [[Double]],
    clipping: DefaultBoxSpecification.Clipping
  ) -> DefaultBoxSpecification {
    DefaultBoxSpecification(
      imageWidthInPixels: side, imageHeightInPixels: side,
      featureMaps: cells.indices.map { index in
        DefaultBoxSpecification.FeatureMap(
          cells: cells[index], stepInPixels: steps?[index], size: sizes[index],
          nextSize: sizes[index + 1], aspectRatios: aspectRatios[index])
      },
      clipping: clipping)
  }
}
