import TestSupport
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

  /// Thresholds on which IoUs of the grid fall, areas likewise; at times more pairs of both than a
  /// word has bits.
  private func measure(classCount: Int, _ numbers: inout SeededNumbers) -> COCOAveragePrecision {
    let thresholds = (1...numbers.integer(1...70)).map { _ in
      Double(numbers.integer(1...20)) / 20
    }
    let ranges = (0..<numbers.integer(0...9)).map { number in
      let low = Double(numbers.integer(0...20) * 64)
      return COCOAreaRange(name: "\(number)", bounds: low...low + Double(numbers.integer(0...9000)))
    }
    let limits = Set((0..<numbers.integer(1...4)).map { _ in numbers.integer(1...30) })
    return COCOAveragePrecision(
      classCount: classCount, iouThresholds: thresholds, areaRanges: ranges,
      detectionLimits: limits.sorted())
  }

  @Test(arguments: 1...60, [false, true])
  func equalToThePlainDefinition(seed: Int, hasOwnParameters: Bool) {
    var numbers = SeededNumbers(UInt64(seed))
    let classCount = numbers.integer(1...4)
    let measure =
      hasOwnParameters
      ? measure(classCount: classCount, &numbers) : COCOAveragePrecision(classCount: classCount)
    let images = images(classCount: classCount, &numbers)
    let objects = ClassGroups(classCount: classCount, images: images.map(\.objects)) {
      $0.classIndex
    }
    let detections = ClassGroups(classCount: classCount, images: images.map(\.detections)) {
      $0.classIndex
    }
    for classIndex in 1...classCount {
      let evaluation = COCOClassEvaluation(
        objects: objects[classIndex], detections: detections[classIndex], of: measure)
      let plain = PlainCOCOClassEvaluation(
        images.map { image in
          PlainCOCOClassEntry(
            objects: image.objects.filter { $0.classIndex == classIndex },
            detections: image.detections.filter { $0.classIndex == classIndex })
        }, of: measure)
      let limits = measure.detectionLimits
      for range in 0...measure.areaRanges.count {
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
