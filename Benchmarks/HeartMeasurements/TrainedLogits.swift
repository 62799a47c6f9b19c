import MultiBox

extension SeededGenerator {
  /// Draws logits as a trained network gives them: twelve objects, about each of them a few dozen
  /// default boxes that lean to its class and pass the threshold; elsewhere the background wins.
  package mutating func trainedLogits(_ defaultBoxes: DefaultBoxes, logitCount: Int) -> [Float] {
    let objects = (0..<12).map { _ in
      (box: box(), classIndex: Int.random(in: 1..<logitCount, using: &self))
    }
    var logits = normals(defaultBoxes.count * logitCount, scale: 0.5)
    for (index, corners) in defaultBoxes.corners.enumerated() {
      logits[index * logitCount] += 9
      for object in objects {
        let overlap = corners.intersectionOverUnion(object.box)
        // From the threshold's score at an IoU of .35 to nearly 1 at .8.
        if overlap > 0.3 {
          logits[index * logitCount + object.classIndex] += Float(4.5 + 20 * (overlap - 0.35))
        }
      }
    }
    return logits
  }
}
