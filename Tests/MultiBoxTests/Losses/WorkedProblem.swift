import Foundation
import MultiBox

/// The worked problem of golden/loss: 8 default boxes, 2 images, K = 3.
struct WorkedProblem {
  let defaultBoxes: DefaultBoxes
  let logits = (0..<48).map { 2 * sin(0.7 * Double($0)) }
  let offsets = (0..<64).map { cos(0.3 * Double($0)) }
  let first = [
    labeled([1, 1, 10, 10], 1), labeled([11, 11, 22, 21], 2),
  ]
  let second = [labeled([24, 1, 36, 11], 1)]

  init() throws {
    let corners: [[Double]] = [
      [0, 0, 10, 10], [5, 5, 15, 15], [10, 10, 20, 20], [0, 10, 10, 20], [20, 20, 30, 30],
      [25, 0, 35, 10], [2, 2, 8, 8], [14, 14, 26, 26],
    ]
    defaultBoxes = try DefaultBoxes(corners.map { CenterBox(Self.labeled($0, 1).box) })
  }

  static func labeled(_ corners: [Double], _ classIndex: Int) -> LabeledBox {
    let c = corners.map { $0 / 40 }
    return LabeledBox(
      box: Box(xMin: c[0], yMin: c[1], xMax: c[2], yMax: c[3]), classIndex: classIndex)
  }
}
