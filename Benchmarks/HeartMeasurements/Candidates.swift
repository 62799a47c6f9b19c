import MultiBox

/// Boxes with scores, from which non-maximum suppression chooses.
package struct Candidates {
  private let boxes: [Box]
  private let scores: [Double]

  /// Draws them about thirty objects, so that the number kept does not grow.
  package init(_ count: Int, using generator: inout SeededGenerator) {
    let objects = (0..<30).map { _ in generator.box() }
    boxes = (0..<count).map { index in
      let object = objects[index % objects.count]
      let x = Double.random(in: -0.1...0.1, using: &generator) * object.width
      let y = Double.random(in: -0.1...0.1, using: &generator) * object.height
      return Box(
        xMin: object.xMin + x, yMin: object.yMin + y, xMax: object.xMax + x, yMax: object.yMax + y)
    }
    scores = (0..<count).map { _ in Double.random(in: 0..<1, using: &generator) }
  }

  package func kept() -> [Int] { NonMaximumSuppression().keptIndices(boxes: boxes, scores: scores) }
}
