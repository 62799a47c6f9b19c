import MultiBox

extension SeededGenerator {
  /// Draws 1 to 14 objects and, for the first detections, boxes near them.
  package mutating func evaluationImage(detections: Int, classes: Int) -> EvaluationImage {
    let objects = (0..<Int.random(in: 1...14, using: &self)).map { _ in
      let box = pixels(box())
      return EvaluationObject(
        box: box, classIndex: .random(in: 1...classes, using: &self), area: box.area)
    }
    let found = (0..<detections).map { index in
      var box = pixels(self.box())
      var classIndex = Int.random(in: 1...classes, using: &self)
      if index < 2 * objects.count {
        let object = objects[index / 2]
        let shift = Double.random(in: -0.15...0.15, using: &self) * object.box.width
        box = object.box
        box.xMin += shift
        box.xMax += shift
        box = rounded(box)
        classIndex = object.classIndex
      }
      return EvaluationDetection(
        box: box, classIndex: classIndex, score: .random(in: 0..<1, using: &self),
        area: box.area)
    }
    return EvaluationImage(objects: objects, detections: found)
  }

  private func pixels(_ box: Box) -> PixelBox { rounded(box.inPixels(width: 640, height: 640)) }

  /// Rounds to quarters of a pixel, so that corners, sides and areas are exact on both sides.
  private func rounded(_ box: PixelBox) -> PixelBox {
    func quarter(_ value: Double) -> Double { (value * 4).rounded() / 4 }
    return PixelBox(
      xMin: quarter(box.xMin), yMin: quarter(box.yMin), xMax: quarter(box.xMax),
      yMax: quarter(box.yMax))
  }
}

extension COCOSummary {
  /// The twelve measures in pycocotools' order.
  package var figures: [Double] {
    [
      ap, ap50, ap75, apSmall, apMedium, apLarge, ar1, ar10, ar100, arSmall, arMedium, arLarge,
    ]
  }
}
