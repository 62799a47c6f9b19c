import MultiBox
import TestSupport
import Testing

struct ScoreCalibrationTests {
  private func image(_ scores: [(score: Double, isRight: Bool)]) -> EvaluationImage {
    EvaluationImage(
      objects: scores.enumerated().filter { $1.isRight }
        .map { RowOfBoxes.object(Double($0.offset * 20), 1) },
      detections: scores.enumerated().map { RowOfBoxes.found(Double($0 * 20), 1, $1.score) })
  }

  private struct Golden: Decodable {
    struct Problem: Decodable {
      let bins: Int
      let scores: [Double]
      let right: [Int]
      let precision: [Double]
      let meanScore: [Double]
      let error: Double
    }
    let problems: [Problem]
  }

  // scikit-learn 1.9.1 and NumPy, Scripts/goldens/calibration.py.
  @Test func curveAndErrorAreScikitLearns() throws {
    let golden = try TestFiles().golden("calibration", as: Golden.self)
    #expect(golden.problems.count == 4)
    for problem in golden.problems {
      let image = image(zip(problem.scores, problem.right).map { ($0, $1 == 1) })
      let calibration = ScoreCalibration(
        MatchedImages([image]), classCount: 1, binCount: problem.bins)
      #expect(calibration.bins.count == problem.bins)
      let filled = calibration.bins.filter { $0.count > 0 }
      #expect(filled.count == problem.precision.count)
      for (bin, (precision, score)) in zip(filled, zip(problem.precision, problem.meanScore)) {
        #expect(abs(bin.precision - precision) < 1e-12 && abs(bin.meanScore - score) < 1e-12)
      }
      #expect(abs(try #require(calibration.expectedError(from: 0)) - problem.error) < 1e-12)
    }
  }

  // By hand: above .3 three of bin .9 to 1 are right at .95, one of two of bin .4 to .5 at .45;
  // ECE (3 · .05 + 2 · .05) / 5, and scores are too low by as much.
  // Neither the crowd, a class without a name, a score that is none nor those below .3 count.
  @Test func errorByHand() throws {
    var image = image([
      (0.95, true), (0.95, true), (0.95, true), (0.45, true), (0.45, false), (0.1, true),
      (0.3, true), (.nan, false),
    ])
    image.objects.append(RowOfBoxes.object(500, 1, isCrowd: true))
    image.detections.append(RowOfBoxes.found(500, 1, 0.9))
    image.detections.append(RowOfBoxes.found(600, 2, 0.9))
    let calibration = ScoreCalibration(MatchedImages([image]), classCount: 1)
    #expect(calibration.bins.map(\.count) == [1, 0, 1, 0, 2, 0, 0, 0, 0, 3])
    #expect(abs(try #require(calibration.expectedError()) - 0.05) < 1e-12)
    #expect(abs(try #require(calibration.overconfidence()) + 0.05) < 1e-12)
    let nothing = ScoreCalibration(MatchedImages([]), classCount: 1)
    #expect(nothing.expectedError(from: 0) == nil && nothing.bins.count == 10)
  }
}
