import Runs
import Testing
import TrainingInput

@testable import Commands

struct TimeBudgetTests {
  @Test(arguments: [
    ("20m", 1200, "20 min"), ("90s", 90, "90 s"), ("1.5h", 5400, "1 h 30 min"),
    ("1h30m", 5400, "1 h 30 min"), ("2h", 7200, "2 h"), ("1h0m5s", 3605, "3605 s"),
    ("0.5s", 0.5, "0.5 s"), ("1000h", 3_600_000, "1000 h"),
  ])
  func timesAreRead(text: String, seconds: Double, words: String) throws {
    let budget = try #require(TimeBudget(text))
    #expect(budget.seconds == seconds)
    #expect(budget.words == words)
  }

  @Test(arguments: [
    "", "20", "m", "20 m", "20min", "30m1h", "1h1h", "-5m", "0s", "1e3s", ".5h", "1.2.3h", "1001h",
    "٢m", "h30m",
  ])
  func whatIsNoTimeIsNone(text: String) {
    #expect(TimeBudget(text) == nil)
  }

  private func length(_ epochs: Int) -> TrainingLength {
    var configuration = TrainingConfiguration(
      data: TrainingDataSource(paths: ["photos"], classNames: ["cat"]))
    configuration.optimization.epochs = epochs
    return TrainingLength(configuration, imageCount: 292)
  }

  // 83 · (36 · .21 + 1) + 9 · 4.1 = 747.4 s; one epoch is 36 · .21 + 1 + 4.1 = 12.7 s.
  @Test func theChoiceIsSaidInALine() throws {
    let budget = try #require(TimeBudget("20m"))
    var pace = TrainingPace(step: 0.21, epoch: 1, measurement: 4.1)
    #expect(
      pace.words(budget, left: 1100, length(83))
        == "20 min: 83 epochs of 36 steps at 0.21 s, 9 measurements of 4.1 s")
    #expect(
      pace.words(budget, left: 12, length(1))
        == "20 min: 1 epoch of 36 steps at 0.21 s, 1 measurement of 4.1 s; they take 13 s, and 12 s"
        + " are left")
    pace.measurement = 0
    #expect(
      pace.words(budget, left: 1100, length(83)) == "20 min: 83 epochs of 36 steps at 0.21 s")
  }
}
