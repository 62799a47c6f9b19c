import Datasets
import Files
import Foundation
import ModelFiles
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
      try Safetensors(arrays: [:], metadata: RunFolder.weightsMetadata(epoch: 3))
        .write(to: folder.weightsPath)
      func page() throws -> String {
        try reporter.finish()
        return try String(contentsOfFile: folder.reportPath, encoding: .utf8)
      }
      let stopped = try page()
      #expect(stopped.contains("<dt>kept weights</dt><dd>epoch 3</dd>"))
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
