import Datasets
import Files
import Foundation
import TestSupport
import Testing
import TrainingInput

@testable import Runs

/// Files of others in a run's place, and a run's in the place of others.
struct RunFolderTests {
  private func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  private var configuration: TrainingConfiguration {
    TrainingConfiguration(
      data: TrainingDataSource(paths: ["shapes:images=2"], classNames: ["cat"]),
      network: TrainingConfiguration.Network(imageSide: 96))
  }

  // COCO's annotations are often called data.json, and any tool may have a configuration.json.
  @Test(arguments: ["data.json", "configuration.json", "report.html"])
  func filesOfOthersAreNotWrittenOver(name: String) throws {
    try withFolder { path in
      let file = "\(path)/\(name)"
      try write(#"{"my": 1}"#, to: file)
      let error = #expect(throws: FileError.self) {
        try RunFolder(path: path).create(configuration)
      }
      #expect(error?.path == file)
      #expect(error?.reason == "is there already, and of no run; another --output starts anew")
      #expect(try FileManager.default.contentsOfDirectory(atPath: path) == [name])
    }
  }

  // As in a folder that is closed to the user; the superuser, who may run the tests, sees all.
  // What detects is not replaced by a file that takes eight images at once.
  @Test func aFileOfSomeImagesHasANameOfItsOwn() {
    let run = RunFolder(path: "runs/mine.1")
    #expect(RunFolder.fixed(run.detectorPath, batch: 8) == "runs/mine.1/detector-batch8.onnx")
    #expect(
      RunFolder.fixed(run.decodedDetectorPath, batch: 1)
        == "runs/mine.1/detector-decoded-batch1.onnx")
  }

  @Test func whatTheSystemDoesNotTellIsNotMissing() throws {
    try withFolder { path in
      let folder = RunFolder(path: path)
      let uses: [(file: String, use: () throws -> Void)] = [
        (folder.configurationPath, { _ = try folder.configuration() }),
        (folder.configurationPath, { _ = try folder.engine() }),
        (folder.weightsPath, { _ = try folder.engine() }),
        (folder.metricsPath, { try folder.checkIsFree() }),
        (folder.metricsPath, { _ = try folder.metrics() }),
        (folder.checkpointPath, { try folder.checkIsFree() }),
        (folder.dataPath, { _ = try folder.splitRecords() }),
      ]
      for (file, use) in uses {
        try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: file)
        let error = Self.error(use)
        try FileManager.default.removeItem(atPath: file)
        #expect(error?.path == file)
        #expect(error?.reason == "cannot be read: Too many levels of symbolic links")
      }
      let missing = Self.error { _ = try folder.configuration() }
      #expect(missing?.description == "\(path): not a run: it holds no configuration.json")
    }
  }

  private static func error(_ use: () throws -> Void) -> FileError? {
    do {
      try use()
      return nil
    } catch { return error as? FileError }
  }

  // A training would learn it at its end.
  @Test(arguments: [
    "metrics.jsonl", "weights.safetensors", "detector.onnx", "checkpoint.safetensors",
    "data.json", "configuration.json", "report.html",
  ])
  func aFolderInThePlaceOfAFileIsFoundBefore(name: String) throws {
    try withFolder { path in
      let folder = RunFolder(path: path)
      let place = "\(path)/\(name)"
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
      for startsAnew in [true, false] {
        let error = #expect(throws: FileError.self) {
          try folder.resumes(configuration, startsAnew: startsAnew)
        }
        #expect(error?.path == place)
        #expect(error?.reason == "is a folder, where a training writes a file")
      }
    }
  }

  @Test(arguments: ["report", "tensorboard"])
  func aFileInThePlaceOfAFolderIsFoundBefore(name: String) throws {
    try withFolder { path in
      try write("x", to: "\(path)/\(name)")
      let error = #expect(throws: FileError.self) { try RunFolder(path: path).checkIsFree() }
      #expect(error?.path == "\(path)/\(name)")
      #expect(error?.reason == "is a file, where a training makes a folder")
    }
  }

  @Test func aRunThatLearntNothingIsTakenAgain() throws {
    try withFolder { path in
      let folder = RunFolder(path: path)
      try folder.create(configuration)
      try write("{}", to: folder.dataPath)
      try folder.create(configuration)
    }
  }

  // Without it nobody would notice that the data are others.
  @Test func aLostRecordOfTheDataIsRefusedUnlessChangedDataAreAccepted() throws {
    try withFolder { path in
      let folder = RunFolder(path: path)
      try folder.create(configuration)
      let records = ["train": SplitRecord(DetectionDataset(classNames: ["cat"], images: []))]
      // Nothing is learnt, so nothing can have changed.
      #expect(try folder.keep(records, acceptsChanged: false) == [])
      try write("x", to: folder.weightsPath)
      #expect(try folder.keep(records, acceptsChanged: false) == [])
      try FileManager.default.removeItem(atPath: folder.dataPath)
      let reason = "no such file, so it is not known whether the data have changed"
      let error = Self.error { _ = try folder.keep(records, acceptsChanged: false) }
      #expect(
        error?.description == "\(folder.dataPath): \(reason);"
          + " --accept-changed-data goes on with what is there now")
      #expect(!FileManager.default.fileExists(atPath: folder.dataPath))
      #expect(
        try folder.keep(records, acceptsChanged: true) == ["\(folder.dataPath): \(reason)"])
      #expect(try folder.splitRecords() == records)
      // A run of an older version kept the reports alone.
      try AtomicFile.write(
        JSONEncoder().encode(["train": DatasetReport()]), to: folder.dataPath)
      #expect(try folder.keep(records, acceptsChanged: false) == [])
      #expect(try folder.splitRecords() == records)
    }
  }

  @Test(arguments: [
    (["configuration.json", "checkpoint.safetensors"], true),
    (["configuration.json", "weights.safetensors", "a.png"], true),
    (["configuration.json"], false), (["checkpoint.safetensors", "weights.safetensors"], false),
  ])
  func aRunIsKnownByItsFiles(names: [String], isOne: Bool) throws {
    try withFolder { path in
      for name in names { try write("x", to: "\(path)/\(name)") }
      #expect(RunFolder.isOne(try #require(FolderListing(path))) == isOne)
    }
  }

  @Test func filesOfARunAreNotWrittenOver() throws {
    try withFolder { path in
      let folder = RunFolder(path: path + "/run")
      try folder.create(configuration)
      try FileManager.default.createDirectory(
        atPath: folder.reportFolder, withIntermediateDirectories: false)
      let own = [
        folder.reportPath, folder.weightsPath, folder.detectorPath,
        folder.reportFolder + "/val.json",
      ]
      for file in own {
        try RunFolder.checkIsOfNone(file)
        try write("x", to: file)
        let error = #expect(throws: FileError.self) { try RunFolder.checkIsOfNone(file) }
        #expect(
          error?.reason == "belongs to the run in \(folder.path), so it is not written over")
      }
      // A user's own files may lie there.
      try write("x", to: folder.path + "/page.html")
      try RunFolder.checkIsOfNone(folder.path + "/page.html")
    }
  }
}
