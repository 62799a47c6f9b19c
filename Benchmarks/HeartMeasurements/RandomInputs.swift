import Foundation
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

  /// Draws objects, a list for each image.
  ///
  /// - Parameter defaultBoxes: those with which they are matched alike in `Double` and in the
  ///   peer's `Float`: no IoU is a rounding error from the threshold or from the best one. Nil
  ///   allows ties.
  package mutating func groundTruth(
    images: Int, objects: Int, logitCount: Int, untiedWith defaultBoxes: DefaultBoxes?
  ) -> [[LabeledBox]] {
    (0..<images).map { _ in
      (0..<objects).map { _ in
        LabeledBox(
          box: defaultBoxes.map { untiedBox($0) } ?? box(),
          classIndex: .random(in: 1..<logitCount, using: &self))
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
