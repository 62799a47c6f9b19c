import ArgumentParser
import Datasets
import Foundation
import MultiBox
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

struct TrainingDefaultsOptionTests {
  private func notes(
    _ options: [String], from start: TrainingStart = TrainingStart(), format: DatasetFormat = .voc
  ) throws -> [String] {
    let options = try TrainOptions.parse(["--data", "shapes:images=40,side=64"] + options)
    let read = try options.readData()
    var source = read.source
    source.format = format
    let data = TrainingData(source, training: read.training)
    let configuration = try options.configuration(
      data, from: start, normalization: nil, fastest: .float32)
    return options.defaultsNotes(configuration, data, from: start)
  }

  private static let imageNet = TrainingStart(
    TrainingStart.fromImageNet, weights: .imageNet(path: "w.pth"))

  // An option of 0 takes a default away.
  @Test func frozenStagesGoWithWeights() throws {
    #expect(
      try notes(["--freeze", "0", "--epochs", "3"], from: Self.imageNet) == [
        "40 images: ssd-mobilenet-v2-fpn from ImageNet (--model), batches of 4 (--batch-size),"
          + " augmentation light (--augmentation)"
      ])
    for options in [["--freeze", "1"], ["--freeze", "0"]] {
      let error = #expect(throws: ValidationError.self) { try notes(options) }
      #expect(
        error?.message == "--freeze goes with --pretrained: random weights would never learn")
    }
  }

  @Test func whatTheDataChoseIsTold() throws {
    #expect(
      try notes([], format: .shapes) == [
        "40 images: ssd-compact from random weights (--model), 300 epochs (--epochs), batches of 4"
          + " (--batch-size), augmentation light (--augmentation)"
      ])
    #expect(
      try notes([], from: Self.imageNet) == [
        "40 images: ssd-mobilenet-v2-fpn from ImageNet (--model), 2 stages frozen (--freeze), 220 epochs"
          + " (--epochs), batches of 4 (--batch-size), augmentation light (--augmentation)"
      ])
    #expect(
      try notes(["--time", "20m", "--batch-size", "8"]) == [
        "40 images: ssd-compact from random weights (--model), augmentation light (--augmentation)",
        "so few photographs are learned better from ImageNet: make weights brings what"
          + " ssd-mobilenet-v2-fpn starts from",
      ])
    #expect(
      try notes([
        "--model", "ssd-compact", "--epochs", "3", "--batch-size", "8", "--augmentation", "ssd",
      ]) == [])
  }

  @Test func optionsThatNameAStartAreTaken() throws {
    func start(_ options: [String]) throws -> TrainingStart? {
      try TrainOptions.parse(["--data", "x"] + options).network.start()
    }
    #expect(try start([]) == nil)
    #expect(try start(["--model", "ssd-compact"]) == TrainingStart(.ssdCompact))
    #expect(
      try start(["--pretrained", "a.pth"])
        == TrainingStart(.ssdCompact, weights: .file(path: "a.pth")))
    #expect(
      try start(["--model", "ssd300-vgg16", "--pretrained", "a.pth"])
        == TrainingStart(.ssd300VGG16, weights: .file(path: "a.pth")))
  }
}
