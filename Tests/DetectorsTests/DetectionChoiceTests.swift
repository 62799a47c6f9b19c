import Detectors
import MultiBox
import Testing

struct DetectionChoiceTests {
  private let found = [(1, 0.9), (2, 0.8), (1, 0.5), (3, 0.4), (2, 0.3)].map {
    PixelDetection(
      box: PixelBox(xMin: 0, yMin: 0, xMax: 9, yMax: 9), classIndex: $0.0, score: $0.1)
  }

  private func scores(_ choice: DetectionChoice) -> [Double] { choice.chosen(found).map(\.score) }

  @Test func eachClassIsShownFromItsOwnScoreOnItselfIncluded() {
    #expect(scores(DetectionChoice(lowestScores: [0.5, 0.31, 0])) == [0.9, 0.8, 0.5, 0.4])
    // As a network's Float, .3 and the Double next to it are one score.
    #expect(
      scores(DetectionChoice(lowestScores: [1, (0.3).nextUp, 1])) == [0.8, 0.3])
  }

  @Test func classesAreChosenBeforeTheyAreCounted() {
    var choice = DetectionChoice(lowestScores: [0, 0, 0], classes: [2, 3], maximum: 2)
    #expect(scores(choice) == [0.8, 0.4])
    choice.maximum = 0
    #expect(scores(choice) == [])
    choice = DetectionChoice(lowestScores: [0, 0, 0], classes: [])
    #expect(scores(choice) == [])
    #expect(scores(DetectionChoice(lowestScores: [0, 0, 0])) == [0.9, 0.8, 0.5, 0.4, 0.3])
  }
}
