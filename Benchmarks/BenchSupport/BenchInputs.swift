import Foundation
import ModelFiles
import MultiBox

extension NamedArray {
  package init(doubles: [Double], shape: [Int]) {
    self.init(
      elementType: .float64, shape: shape, bytes: doubles.withUnsafeBytes { Data($0) })
  }

  /// Corners, a row for each box.
  package init(_ boxes: [some Rectangle]) {
    self.init(
      doubles: boxes.flatMap { [$0.xMin, $0.yMin, $0.xMax, $0.yMax] }, shape: [boxes.count, 4])
  }
}

extension [[LabeledBox]] {
  /// Boxes, `N × objects × 4`, and labels, `N × objects`; as many objects in each image.
  package var arrays: [String: NamedArray] {
    let all = joined()
    let shape = [count, first?.count ?? 0]
    return [
      "boxes": NamedArray(
        doubles: all.flatMap { [$0.box.xMin, $0.box.yMin, $0.box.xMax, $0.box.yMax] },
        shape: shape + [4]),
      "labels": NamedArray(integers: all.map(\.classIndex), shape: shape),
    ]
  }
}

extension [String: NamedArray] {
  /// Boxes, scores and labels of detections, a row for each.
  package init(
    boxes: [some Rectangle], scores: [Double], labels: [Int], prefix: String = ""
  ) {
    self = [
      prefix + "boxes": NamedArray(boxes),
      prefix + "scores": NamedArray(doubles: scores, shape: [scores.count]),
      prefix + "labels": NamedArray(integers: labels, shape: [labels.count]),
    ]
  }
}
