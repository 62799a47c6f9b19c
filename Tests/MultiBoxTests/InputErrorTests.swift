import MultiBox
import Testing

struct InputErrorTests {
  private func message(
    logits: Int = 24, offsets: Int = 32, images: Int = 1, truth: [[LabeledBox]]
  ) throws -> String? {
    let problem = try WorkedProblem()
    let error = #expect(throws: InputError.self) {
      try MultiBoxLoss().evaluate(
        logits: [Float](repeating: 0, count: logits),
        offsets: [Float](repeating: 0, count: offsets), imageCount: images,
        defaultBoxes: problem.defaultBoxes, groundTruth: truth)
    }
    return error?.description
  }

  private func box(_ corners: [Double], _ classIndex: Int = 1) -> [[LabeledBox]] {
    [
      [
        LabeledBox(box: Box(xMin: 0, yMin: 0, xMax: 0.5, yMax: 0.5), classIndex: 1),
        LabeledBox(
          box: Box(xMin: corners[0], yMin: corners[1], xMax: corners[2], yMax: corners[3]),
          classIndex: classIndex),
      ]
    ]
  }

  @Test func everyBadInputIsNamed() throws {
    #expect(
      try message(truth: box([0.5, 0.25, 0.5, 0.5]))
        == "image 0, box 1: [0.5, 0.25, 0.5, 0.5] (xMin, yMin, xMax, yMax) has no area")
    #expect(
      try message(truth: box([.nan, 0.25, 0.5, 0.5]))
        == "image 0, box 1: [nan, 0.25, 0.5, 0.5] (xMin, yMin, xMax, yMax) has a value that is not finite"
    )
    #expect(
      try message(truth: box([0.5, 0.25, 1.01, 0.5]))
        == "image 0, box 1: [0.5, 0.25, 1.01, 0.5] (xMin, yMin, xMax, yMax) leaves the image, 0…1")
    #expect(
      try message(truth: box([0, 0, 1, 1], 3)) == "image 0, box 1: class 3 is outside 1…2")
    #expect(
      try message(truth: box([0, 0, 1, 1], 0)) == "image 0, box 1: class 0 is outside 1…2")
    #expect(
      try message(logits: 25, truth: [[]])
        == "logits: expected 1 images × 8 default boxes × K, K at least 2, elements, found 25")
    #expect(
      try message(offsets: 31, truth: [[]])
        == "offsets: expected 32 (1 images × 8 default boxes × 4) elements, found 31")
    #expect(
      try message(truth: []) == "groundTruth: expected 1 (one list an image) elements, found 0")
  }

  @Test func aRoundingOutsideIsAccepted() throws {
    let problem = try WorkedProblem()
    let result = try MultiBoxLoss().evaluate(
      logits: [Float](repeating: 0, count: 24), offsets: [Float](repeating: 0, count: 32),
      imageCount: 1, defaultBoxes: problem.defaultBoxes,
      groundTruth: box([-1e-7, 0, 1.0000001, 1]))
    #expect(result.positives > 0)
  }
}
