import Datasets
import Files
import Foundation
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
}
