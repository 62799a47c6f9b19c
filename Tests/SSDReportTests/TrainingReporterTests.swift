import Datasets
import Files
import Foundation
import ImageFiles
import ModelFiles
import MultiBox
import Runs
import TestSupport
import Testing
import TrainingInput

@testable import SSDReport

struct TrainingReporterTests {
  /// The disk was full when the configuration was written; the next training starts in the folder.
  @Test func aTrainingWithoutAConfigurationGetsNoPage() throws {
    try withFolder { path in
      let folder = RunFolder(path: path)
      let configuration = TrainingConfiguration(
        data: TrainingDataSource(paths: ["shapes"], format: .shapes, classNames: ["a"]),
        network: TrainingConfiguration.Network(.ssdCompact))
      let reporter = try TrainingReporter(
        folder, configuration, tensorBoard: false, startingAt: 0)
      try reporter.finish(after: FileError(path: "x", reason: "no space"))
      #expect(!FileManager.default.fileExists(atPath: folder.reportPath))
      try folder.checkIsFree()

      try folder.create(configuration)
      try reporter.finish(after: FileError(path: "x", reason: "no space"))
      #expect(try String(contentsOfFile: folder.reportPath, encoding: .utf8).contains("no space"))
    }
  }

  @Test func whatItStartsFromIsAFact() throws {
    try withFolder { path in
      let folder = RunFolder(path: path)
      var configuration = TrainingConfiguration(
        data: TrainingDataSource(paths: ["shapes"], format: .shapes, classNames: ["a"]),
        network: TrainingConfiguration.Network(.ssdMobileNetV2FPN))
      configuration.network.pretrained = TrainingConfiguration.Pretrained(path: "some/w.pth")
      configuration.network.frozenStages = 2
      try folder.create(configuration)
      try TrainingReporter(folder, configuration, tensorBoard: false, startingAt: 0).finish()
      let text = try page(folder)
      #expect(text.contains("<dt>start</dt><dd>w.pth</dd>"))
      #expect(text.contains("<dt>frozen stages</dt><dd>2 of 5</dd>"))
    }
  }

  // SGD is every training's, unless another was chosen.
  @Test(arguments: OptimizerKind.allCases)
  func anotherOptimizerIsAFact(optimizer: OptimizerKind) throws {
    try withFolder { path in
      let folder = RunFolder(path: path)
      var configuration = TrainingConfiguration(
        data: TrainingDataSource(paths: ["shapes"], format: .shapes, classNames: ["a"]))
      configuration.optimization.optimizer = optimizer
      try folder.create(configuration)
      try TrainingReporter(folder, configuration, tensorBoard: false, startingAt: 0).finish()
      let text = try page(folder)
      #expect(text.contains("<dt>batch</dt>"))
      #expect(text.contains("<dt>optimizer</dt>") == (optimizer != .sgd))
      #expect(text.contains("<dt>optimizer</dt><dd>adamw</dd>") == (optimizer == .adamw))
    }
  }

  private static let classNames: ClassNames = ["cat"]

  /// A run whose dataset has one picture with one cat.
  private func withRun(
    tensorBoard: Bool = false,
    _ body: (RunFolder, TrainingReporter, DetectionDataset) throws -> Void
  ) throws {
    try withFolder { path in
      let folder = RunFolder(path: path + "/run")
      let configuration = TrainingConfiguration(
        data: TrainingDataSource(paths: ["shapes"], classNames: Self.classNames))
      try folder.create(configuration)
      let picture = path + "/kitten.png"
      try PNGFile.write(RGBImage(width: 60, height: 40, fill: 90), to: picture)
      let dataset = DetectionDataset(
        classNames: Self.classNames,
        images: [
          DatasetImage(
            name: "kitten", source: .file(path: picture), width: 60, height: 40,
            groundTruth: [LabeledPixelBox(box: Self.box(0), classIndex: 1)])
        ])
      try body(
        folder,
        TrainingReporter(folder, configuration, tensorBoard: tensorBoard, startingAt: 0), dataset)
    }
  }

  private static func box(_ x: Double) -> PixelBox {
    PixelBox(xMin: x, yMin: 0, xMax: x + 10, yMax: 10)
  }

  /// An epoch is measured: with a detection of the cat, or beside it.
  private func measure(
    _ epoch: Int, isRight: Bool, isKept: Bool, _ folder: RunFolder, _ reporter: TrainingReporter,
    _ dataset: DetectionDataset
  ) throws {
    let image = EvaluationImage(
      objects: dataset.images[0].evaluationObjects,
      detections: [(isRight ? 0 : 30, 0.9), (20, 0.35)].map {
        EvaluationDetection(PixelDetection(box: Self.box($0.0), classIndex: 1, score: $0.1))
      })
    let summary = COCOAveragePrecision(classCount: 1).summary(of: [image])
    let metrics = EvaluationMetrics(
      iteration: epoch, epoch: epoch, split: "val", selects: true, ap: summary.ap,
      ap50: summary.ap50, ap75: summary.ap75,
      // There is no dog.
      perClass: ["cat": ["AP50": summary.ap50], "dog": ["AP50": -1]])
    try MetricsFile(path: folder.metricsPath).append(.evaluation(metrics))
    try reporter.observe(
      .evaluated(
        metrics,
        Evaluation(
          dataset: dataset, matched: MatchedImages([image]), summary: summary, isKept: isKept)))
  }

  private func page(_ folder: RunFolder) throws -> String {
    try String(contentsOfFile: folder.reportPath, encoding: .utf8)
  }

  @Test func thePageShowsTheEpochThatIsKept() throws {
    try withRun { folder, reporter, dataset in
      try measure(1, isRight: true, isKept: true, folder, reporter, dataset)
      try measure(2, isRight: false, isKept: false, folder, reporter, dataset)
      try reporter.finish()
      let html = try page(folder)
      #expect(html.contains("<h2>Detections, val, epoch 1, whose weights are kept</h2>"))
      #expect(html.contains("<figcaption>kitten: all right</figcaption>"))
      #expect(!html.contains("epoch 2, whose"))
      #expect(html.contains("<dt>val, epoch 1 (kept)</dt><dd>AP 1, AP50 1</dd>"), "\(html)")
      #expect(html.contains("<dt>val, epoch 2</dt><dd>AP 0, AP50 0</dd>"))
      #expect(html.contains("<caption>AP by size</caption>"))
      #expect(html.contains("<h2>Confusion, val, epoch 1, whose weights are kept</h2>"))
      // From the best threshold, .9, on nothing is taken for a cat that is none.
      #expect(
        html.contains(
          "<tr><th scope=\"row\">cat</th><td class=\"right\" style=\"--share: 1.000\">1"
            + " <small>100%</small></td><td>0</td></tr>"
            + "<tr><th scope=\"row\"><i>nothing there</i></th><td>0</td><td>–</td></tr>"))
      #expect(html.contains("aria-label=\"F1 over the threshold at IoU 0.5, val, epoch 1\""))
      // Bins of .9 and .35: both are off, by .1 and .35.
      let chart = "aria-label=\"Calibration: precision over mean score of ten bins, val\""
      #expect(html.contains(chart))
      #expect(html.contains("expected calibration error 0.225"))
      #expect(!html.contains("role=\"alert\""))
    }
  }

  /// The disk was full for a moment: what is kept is not measured again.
  @Test(arguments: [true, false])
  func whatCouldNotBeWrittenOfTheKeptEpochIsTriedAgain(isMeasuredAgain: Bool) throws {
    try withRun { folder, reporter, dataset in
      try Data().write(to: URL(fileURLWithPath: folder.reportFolder))
      #expect(throws: FileError.self) {
        try measure(1, isRight: true, isKept: true, folder, reporter, dataset)
      }
      try FileManager.default.removeItem(atPath: folder.reportFolder)
      if isMeasuredAgain {
        try measure(2, isRight: false, isKept: false, folder, reporter, dataset)
      }
      try reporter.finish()
      let html = try page(folder)
      #expect(html.contains("<h2>Detections, val, epoch 1, whose weights are kept</h2>"))
      #expect(html.contains("<figcaption>kitten: all right</figcaption>"))
      #expect(!html.contains("role=\"alert\""))
    }
  }

  @Test func tensorBoardGetsNoMeasureOfAClassWithoutObjects() throws {
    try withRun(tensorBoard: true) { folder, reporter, dataset in
      try measure(1, isRight: true, isKept: true, folder, reporter, dataset)
      try reporter.finish()
      let name = try #require(
        try FileManager.default.contentsOfDirectory(atPath: folder.tensorBoardFolder).first)
      let events = try #require(
        FileManager.default.contents(atPath: folder.tensorBoardFolder + "/" + name))
      #expect(events.range(of: Data("val/AP50 of cat".utf8)) != nil)
      #expect(events.range(of: Data("val/AP50 of dog".utf8)) == nil)
    }
  }

  @Test func aPageWhoseFiguresAreLostStays() throws {
    try withRun { folder, reporter, dataset in
      func write(_ epoch: Int) throws {
        try MetricsFile(path: folder.metricsPath).append(
          .training(
            TrainingMetrics(
              iteration: epoch, epoch: epoch, loss: 3, localization: 1, confidence: 2,
              positivesPerImage: 4, learningRate: 0.1, gradientNorm: 5, imagesPerSecond: 6)))
      }
      try write(7)
      try measure(7, isRight: true, isKept: true, folder, reporter, dataset)
      try reporter.finish()
      #expect(reporter.notes == [])
      let whole = try page(folder)
      try FileManager.default.removeItem(atPath: folder.metricsPath)

      let next = try TrainingReporter(
        folder, reporter.configuration, tensorBoard: false, startingAt: 7)
      #expect(
        next.notes == [
          "\(folder.reportPath): shows epochs whose figures metrics.jsonl has lost; it stays, as"
            + " report-until-epoch-7.html once there are new figures"
        ])
      try next.finish()
      #expect(try page(folder) == whole)
      try write(8)
      try next.finish()
      #expect(next.notes == [])
      let old = folder.path + "/report-until-epoch-7.html"
      #expect(try String(contentsOfFile: old, encoding: .utf8) == whole)
      #expect(try page(folder).contains("<p>Epoch 8 of 60.</p>"))
      // A page that shows no epoch has none to lose.
      try FileManager.default.removeItem(atPath: folder.metricsPath)
      try FileManager.default.removeItem(atPath: folder.reportPath)
      for _ in 0..<2 {
        let empty = try TrainingReporter(
          folder, reporter.configuration, tensorBoard: false, startingAt: 0)
        #expect(empty.notes == [])
        try empty.finish()
      }
    }
  }

  // A record of an older version is of the last measurement, kept or not.
  @Test func aRecordOfAnOlderVersionGivesWay() throws {
    try withRun { folder, reporter, dataset in
      try FileManager.default.createDirectory(
        atPath: folder.reportFolder, withIntermediateDirectories: true)
      let old = #"{"epoch": 1, "split": "val", "precision": {}, "found": [], "mistakes": []}"#
      try old.write(toFile: folder.reportFolder + "/val.json", atomically: true, encoding: .utf8)
      try measure(2, isRight: false, isKept: false, folder, reporter, dataset)
      #expect(try page(folder).contains("<h2>Detections, val, epoch 2</h2>"))
    }
  }

  @Test func whatIsMissingOfTheReportIsTold() throws {
    try withRun { folder, reporter, dataset in
      try measure(1, isRight: false, isKept: true, folder, reporter, dataset)
      let picture = folder.reportFolder + "/val-mistakes-1.jpg"
      try FileManager.default.removeItem(atPath: picture)
      let told = #expect(throws: FileError.self) { try reporter.finish() }
      #expect(
        told?.reason
          == "written, but not whole: A picture is missing: \(picture): no such file")
      let without = try page(folder)
      #expect(
        without.contains("<p role=\"alert\">A picture is missing: \(picture): no such file</p>"))

      let record = folder.reportFolder + "/val.json"
      let text = try String(contentsOfFile: record, encoding: .utf8)
      let damage: [(String?, String)] = [
        (nil, "no such file"), ("{", ""),
        (text.replacingOccurrences(of: "\"epoch\":1", with: "\"epoch\":\"x\""), "epoch: expected"),
      ]
      for (content, reason) in damage {
        try FileManager.default.removeItem(atPath: record)
        try content?.write(toFile: record, atomically: true, encoding: .utf8)
        #expect(throws: FileError.self) { try reporter.finish() }
        if content == nil { try text.write(toFile: record, atomically: true, encoding: .utf8) }
        let start =
          "<p role=\"alert\">Curves, tables and pictures are missing: \(record): \(reason)"
        #expect(try page(folder).contains(start), "\(reason)")
      }
      // The next measurement draws anew, whatever becomes of its weights.
      try measure(2, isRight: true, isKept: false, folder, reporter, dataset)
      #expect(try !page(folder).contains("role=\"alert\""))
    }
  }
  @Test func thePageOfATrainingThatHasEndedSaysWhatIsKept() throws {
    try withFolder { path in
      let folder = RunFolder(path: path)
      var configuration = TrainingConfiguration(
        data: TrainingDataSource(
          paths: ["shapes"], format: .shapes, validationSplit: "val", classNames: ["a"]))
      configuration.optimization.epochs = 7
      let reporter = try TrainingReporter(
        folder, configuration, tensorBoard: false, startingAt: 0)
      try folder.create(configuration)
      try Safetensors(arrays: [:], metadata: KeptWeights(epoch: 3).metadata())
        .write(to: folder.weightsPath)
      func page() throws -> String {
        try reporter.finish()
        return try String(contentsOfFile: folder.reportPath, encoding: .utf8)
      }
      let stopped = try page()
      #expect(!stopped.contains("has ended"))
      try reporter.observe(
        .ended(
          TrainingEnd(
            epoch: 5, epochs: 7, keptEpoch: 3, split: "val", averagePrecision: 0.25, patience: 2)))
      #expect(
        try page().contains(
          "of 7. The training has ended early, because in the last 2 measurements AP has not"
            + " risen; the weights of epoch 3 are kept, AP 0.25 on val.</p>"))
    }
  }

  @Test(
    arguments: [
      (
        3, "val", 0.25, 1,
        "ended early, because in the last measurement AP has not risen; the weights of epoch 3 are"
          + " kept, AP 0.25 on val"
      ),
      (3, "val", 0.25, nil, "ended; the weights of epoch 3 are kept, AP 0.25 on val"),
      (7, nil, nil, nil, "ended; the weights of epoch 7 are kept"),
      (nil, "val", -1, nil, "ended; the weights are kept, AP −1 on val"),
    ] as [(Int?, String?, Double?, Int?, String)])
  func theEndOfATrainingIsSaid(
    keptEpoch: Int?, split: String?, averagePrecision: Double?, patience: Int?, words: String
  ) {
    let end = TrainingEnd(
      epoch: 7, epochs: 7, keptEpoch: keptEpoch, split: split, averagePrecision: averagePrecision,
      patience: patience)
    #expect(end.words == words)
  }
}
