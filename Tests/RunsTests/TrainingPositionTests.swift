import Foundation
import Testing

@testable import Runs

/// Positions in a checkpoint's header that no run of six iterations has.
struct TrainingPositionTests {
  private func read(_ json: String) throws -> TrainingPosition {
    try TrainingPosition([TrainingPosition.metadataKey: json], path: "c", of: 6)
  }

  private static let whole = """
    {"bestAveragePrecision": 0.25, "epochSums": {"confidence": 1, "gradientNorm": 1, "images": 8,
    "iterations": 2, "localization": 1, "loss": 2, "positives": 9, "seconds": 0.5}, "iteration": 6}
    """

  @Test func oneOfItsRunIsRead() throws {
    let position = try read(Self.whole)
    #expect(position.iteration == 6 && position.epochSums.positives == 9)
  }

  // 6 of 6 steps end it, or 3 measurements without a rise where 3 are enough; never before the last
  // epoch is measured.
  @Test(arguments: [
    (6, 0, false, true), (5, 2, false, false), (5, 3, false, true), (5, 4, false, true),
    (6, 0, true, false), (5, 3, true, false),
  ])
  func aRunEndsWithItsStepsOrItsPatience(
    iteration: Int, withoutRise: Int, isToBeEvaluated: Bool, hasEnded: Bool
  ) {
    var configuration = TrainingLengthTests.configuration(epochs: 6, batchSize: 8, every: 1)
    configuration.optimization.patience = 3
    var position = TrainingPosition()
    position.iteration = iteration
    position.measurementsWithoutRise = withoutRise
    position.isToBeEvaluated = isToBeEvaluated
    #expect(
      position.hasEnded(
        configuration.optimization, TrainingLength(configuration, imageCount: 8)) == hasEnded)
    configuration.optimization.patience = nil
    #expect(
      position.hasEnded(
        configuration.optimization, TrainingLength(configuration, imageCount: 8))
        == (iteration == 6 && !isToBeEvaluated))
  }

  @Test(arguments: [
    ("\"iteration\": 6", "\"iteration\": -1", "iteration: expected 0 to 6, found -1 (line 2"),
    ("\"iteration\": 6", "\"iteration\": 1000", "iteration: expected 0 to 6, found 1000 (line 2"),
    ("0.25", "7", "bestAveragePrecision: expected -1.0 to 1.0, found 7.0 (line 1"),
    ("\"iterations\": 2", "\"iterations\": 7", "epochSums.iterations: expected 0 to 6, found 7"),
    (
      "\"iteration\": 6", "\"iteration\": 6, \"measurementsWithoutRise\": 7",
      "measurementsWithoutRise: expected 0 to 6, found 7"
    ),
    (
      "\"images\": 8", "\"images\": 9223372036854775807", "epochSums.images: expected 0 to 90071992"
    ),
    (
      "\"positives\": 9", "\"positives\": -9", "epochSums.positives: expected 0 to 9007199254740992"
    ),
    ("\"seconds\": 0.5", "\"seconds\": -1", "epochSums.seconds: expected 0.0 to"),
    (
      "\"seconds\": 0.5", "\"seconds\": 0.5, \"lossSeconds\": -1",
      "epochSums.lossSeconds: expected 0.0 to"
    ),
    (
      #""iteration": 6"#,
      #""iteration": 6, "lossScale": {"factor": 3, "finiteSteps": 0, "skippedSteps": 0}"#,
      "lossScale.factor: expected a power of two, found 3.0"
    ),
    (
      #""iteration": 6"#,
      #""iteration": 6, "lossScale": {"factor": 0, "finiteSteps": 0, "skippedSteps": 0}"#,
      "lossScale.factor: expected 1.0 to 16777216.0, found 0.0"
    ),
    (
      #""iteration": 6"#,
      #""iteration": 6, "lossScale": {"factor": 1, "finiteSteps": 2000, "skippedSteps": 0}"#,
      "lossScale.finiteSteps: expected 0 to 1999, found 2000"
    ),
    (
      #""iteration": 6"#,
      #""iteration": 6, "lossScale": {"factor": 1, "finiteSteps": 0, "skippedSteps": 7}"#,
      "lossScale.skippedSteps: expected 0 to 6, found 7"
    ),
    ("\"loss\": 2", "\"loss\": 1e999", "epochSums.loss: expected a number of at most 1.8e308"),
    ("\"loss\": 2, ", "", "epochSums.loss: missing"),
  ])
  func oneThatNoRunHasIsNamed(old: String, new: String, message: String) throws {
    let json = Self.whole.replacing(old, with: new)
    try #require(json != Self.whole)
    let error = #expect(throws: (any Error).self) { try read(json) }
    let found = error.map { "\($0)" } ?? ""
    #expect(found.hasPrefix("c: position: \(message)"), "\(found)")
  }
}
