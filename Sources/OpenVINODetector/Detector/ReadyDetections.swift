import Detectors
import MultiBox
import NetworkInput

/// Reads detections that a network gives ready: box, class and score of each.
struct ReadyDetections: Sendable {
  private let classCount: Int
  private let scoreThreshold: Float
  private let input: InputSpecification

  /// - Parameters:
  ///   - classCount: classes that have a name.
  ///   - scoreThreshold: a lower score is not missed where its class has no name.
  ///   - input: what boxes in pixels refer to.
  init(classCount: Int, scoreThreshold: Double, input: InputSpecification) {
    self.classCount = classCount
    self.scoreThreshold = Float(scoreThreshold)
    self.input = input
  }

  /// Returns the detections that stand in rows of one output.
  ///
  /// - Parameters:
  ///   - description: of the output.
  ///   - request: has computed it.
  ///   - dropped: takes what was left out.
  /// - Throws: ``RuntimeError`` naming the model and its output.
  func detections(
    _ description: DetectorDescription.Rows, of request: InferenceRequest,
    _ dropped: inout DroppedDetections
  ) throws -> [Detection] {
    try description.output.withFloats(rowsOf: 7, of: request) { values in
      var result: [Detection] = []
      for first in stride(from: 0, to: values.count, by: 7) {
        // A negative image ends the rows.
        if values[first] < 0 { break }
        let box = Box(
          xMin: Double(values[first + 3]), yMin: Double(values[first + 4]),
          xMax: Double(values[first + 5]), yMax: Double(values[first + 6]))
        detection(
          label: values[first + 1], firstClass: description.firstClass, score: values[first + 2],
          box, &dropped
        ).map { result.append($0) }
      }
      return result
    }
  }

  /// Returns the detections that stand side by side in several outputs.
  ///
  /// - Parameters:
  ///   - description: of the outputs.
  ///   - request: has computed them.
  ///   - dropped: takes what was left out.
  /// - Throws: ``RuntimeError`` naming the model and its output.
  func detections(
    _ description: DetectorDescription.Detections, of request: InferenceRequest,
    _ dropped: inout DroppedDetections
  ) throws -> [Detection] {
    func values(_ output: DetectorDescription.Output) throws -> [Float] {
      try output.withFloats(of: request) { Array($0) }
    }
    let boxes = try values(description.boxes)
    let scores = try values(description.scores)
    let classes = try values(description.classes)
    func failure(_ output: DetectorDescription.Output, _ text: String) -> RuntimeError {
      RuntimeError(path: request.engine.path, reason: "output \(output.name): \(text)")
    }
    for (output, found) in [(description.scores, scores), (description.classes, classes)]
    where found.count * 4 != boxes.count {
      throw failure(output, "expected \(boxes.count / 4) values, as boxes, found \(found.count)")
    }
    var count = scores.count
    if let output = description.count {
      let found = try values(output)
      guard found.count == 1, let number = Int(exactly: found[0]), (0...count).contains(number)
      else { throw failure(output, "expected one number of 0…\(count), found \(found)") }
      count = number
    }
    let form = BoxForm(
      order: description.boxOrder, isNormalized: description.isNormalized, input)
    return boxes.withUnsafeBufferPointer { boxes in
      (0..<count).compactMap {
        detection(
          label: classes[$0], firstClass: description.firstClass, score: scores[$0],
          form.box(boxes, at: $0 * 4), &dropped)
      }
    }
  }

  /// Returns a detection; nil, counted if its score matters, where its class has no name.
  private func detection(
    label: Float, firstClass: Int, score: Float, _ box: Box, _ dropped: inout DroppedDetections
  ) -> Detection? {
    let number = Int(exactly: label)
    let (index, overflows) = (number ?? 0).subtractingReportingOverflow(firstClass)
    if number != nil, !overflows, (0..<classCount).contains(index) {
      return Detection(box: box, classIndex: index + 1, score: Double(score))
    }
    if score >= scoreThreshold {
      if let number {
        dropped.unnamedClasses[number, default: 0] += 1
      } else {
        dropped.classesThatAreNoNumber += 1
      }
    }
    return nil
  }
}
