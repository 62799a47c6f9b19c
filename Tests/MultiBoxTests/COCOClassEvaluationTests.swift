import Testing

@testable import MultiBox

struct COCOClassEvaluationTests {
  /// Objects and detections near them, on a grid, so that overlaps and scores tie.
  private func images(classCount: Int, _ numbers: inout SeededNumbers) -> [EvaluationImage] {
    let side = numbers.integer(20...300)
    func box() -> PixelBox { numbers.box(grid: 8).inPixels(width: side, height: side) }
    return (0..<numbers.integer(0...30)).map { _ in
      let objects = (0..<numbers.integer(0...9)).map { _ in
        let box = box()
        return EvaluationObject(
          box: box, classIndex: numbers.integer(0...classCount + 1), area: box.area,
          isCrowd: numbers.integer(0...7) == 0)
      }
      let detections = (0..<numbers.integer(0...40)).map { _ in
        var detection = PixelDetection(
          box: box(), classIndex: numbers.integer(0...classCount + 1),
          score: Double(numbers.integer(0...30)) / 30)
        if let object = objects.randomElement(using: &numbers), numbers.integer(0...2) > 0 {
          detection.box = object.box
          detection.box.xMin += numbers.number(0...0.4) * object.box.width
          detection.classIndex = object.classIndex
        }
        return EvaluationDetection(detection)
      }
      return EvaluationImage(objects: objects, detections: detections)
    }
  }

  @Test(arguments: 1...60) func equalToThePlainDefinition(seed: Int) {
    var numbers = SeededNumbers(UInt64(seed))
    let classCount = numbers.integer(1...4)
    let images = images(classCount: classCount, &numbers)
    let objects = ClassGroups(classCount: classCount, images: images.map(\.objects)) {
      $0.classIndex
    }
    let detections = ClassGroups(classCount: classCount, images: images.map(\.detections)) {
      $0.classIndex
    }
    for classIndex in 1...classCount {
      let evaluation = COCOClassEvaluation(
        objects: objects[classIndex], detections: detections[classIndex])
      let plain = PlainCOCOClassEvaluation(
        images.map { image in
          PlainCOCOClassEntry(
            objects: image.objects.filter { $0.classIndex == classIndex },
            detections: image.detections.filter { $0.classIndex == classIndex })
        })
      let limits = COCOAveragePrecision.detectionLimits
      for range in COCOAreaRange.allCases {
        #expect(
          evaluation.precision(range) == plain.measure(range, limit: limits.count - 1).precision)
        for limit in limits.indices {
          #expect(
            evaluation.recall(range, limit: limit) == plain.measure(range, limit: limit).recall)
        }
      }
    }
  }
}
