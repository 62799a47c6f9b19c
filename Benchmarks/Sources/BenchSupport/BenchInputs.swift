import Datasets
import Foundation
import ModelFiles
import MultiBox

extension SeededGenerator {
  /// Draws from the standard normal distribution, by Box and Muller's formula.
  package mutating func normal() -> Float {
    let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &self))).squareRoot()
    return Float(radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self)))
  }

  package mutating func normals(_ count: Int, scale: Float = 1) -> [Float] {
    (0..<count).map { _ in scale * normal() }
  }

  /// Draws a box in 0…1 with sides of 0.05 to 0.6.
  package mutating func box() -> Box {
    let width = Double.random(in: 0.05...0.6, using: &self)
    let height = Double.random(in: 0.05...0.6, using: &self)
    let x = Double.random(in: 0...(1 - width), using: &self)
    let y = Double.random(in: 0...(1 - height), using: &self)
    return Box(xMin: x, yMin: y, xMax: x + width, yMax: y + height)
  }

  /// Draws objects, a list for each image, that are matched alike in `Double` and in the peer's
  /// `Float`: no default box's IoU is a rounding error from the threshold or from the best one's.
  package mutating func groundTruth(
    images: Int, objects: Int, logitCount: Int, defaultBoxes: DefaultBoxes
  ) -> [[LabeledBox]] {
    (0..<images).map { _ in
      (0..<objects).map { _ in
        LabeledBox(
          box: untiedBox(defaultBoxes), classIndex: .random(in: 1..<logitCount, using: &self))
      }
    }
  }

  private mutating func untiedBox(_ defaultBoxes: DefaultBoxes) -> Box {
    while true {
      let box = box()
      let overlaps = defaultBoxes.corners.map { $0.intersectionOverUnion(box) }
      let best = overlaps.max() ?? 0
      if overlaps.count(where: { $0 > best - 1e-5 }) == 1,
        !overlaps.contains(where: { abs($0 - 0.5) < 1e-6 })
      {
        return box
      }
    }
  }
}

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
