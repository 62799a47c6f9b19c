import ArgumentParser
import Runs
import Testing
import TrainingInput

@testable import Commands

struct PatienceOptionTests {
  private func configuration(_ options: [String]) throws -> TrainingConfiguration {
    let options = try TrainOptions.parse(
      ["--data", "shapes:images=40,side=64", "--image-size", "64", "--epochs", "60"] + options)
    return try options.configuration(
      options.readData(), from: TrainingStart(), normalization: nil, fastest: .float32)
  }

  // 60 epochs are measured 6 times: the first, and 4 more before the last.
  @Test func aPatienceThatCanEndARunIsTaken() throws {
    #expect(try configuration(["--patience", "4"]).optimization.patience == 4)
    #expect(try configuration([]).optimization.patience == nil)
    let error = #expect(throws: ValidationError.self) { try configuration(["--patience", "5"]) }
    #expect(
      error?.message
        == "--patience 5 has no effect: 60 epochs with 6 measurements end before; a smaller"
        + " --validate-every makes more")
    let timed = try TrainOptions.parse(
      ["--data", "shapes:images=40,side=64", "--patience", "90", "--time", "9m"])
    let made = try timed.configuration(
      timed.readData(), from: TrainingStart(), normalization: nil, fastest: .float32)
    #expect(made.optimization.patience == 90)
  }

  @Test func aPatienceThatNoSplitTriesIsNone() throws {
    let options = try TrainOptions.parse(["--data", "shapes:images=8,side=64", "--patience", "1"])
    let data = try options.readData()
    let error = #expect(throws: ValidationError.self) {
      try options.configuration(
        TrainingData(data.source, training: data.training), from: TrainingStart(),
        normalization: nil, fastest: .float32)
    }
    #expect(
      error?.message
        == "--patience has no effect: no split of shapes:images=8,side=64 chooses the best weights;"
        + " --validation-split names one")
  }
}
