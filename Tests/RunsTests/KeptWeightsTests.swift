import Detectors
import Files
import Foundation
import ModelFiles
import TestSupport
import Testing
import TrainingInput

@testable import Runs

struct KeptWeightsTests {
  private let kept = KeptWeights(
    epoch: 12, split: "val", ap: 0.61251,
    bestThresholds: BestThresholds(split: "val", scores: [0.42]))

  private func write(_ metadata: [String: String], to folder: RunFolder) throws {
    try Safetensors(
      arrays: ["a": NamedArray(shape: [1], floats: [1])], metadata: metadata
    ).write(to: folder.weightsPath)
  }

  @Test func weightsSayWhatTheyAreOf() throws {
    try withFolder { path in
      let folder = RunFolder(path: path)
      #expect(try folder.keptWeights() == nil)
      // Of an older version, or another program.
      try write([:], to: folder)
      #expect(try folder.keptWeights() == nil)
      try write(kept.metadata(), to: folder)
      #expect(try folder.keptWeights() == kept)
      let configuration = TrainingConfiguration(
        data: TrainingDataSource(paths: ["shapes"], classNames: ["cat"]))
      #expect(try folder.detector(configuration).thresholds.best == kept.bestThresholds)
      // The names of the classes were changed by hand.
      let other = TrainingConfiguration(
        data: TrainingDataSource(paths: ["shapes"], classNames: ["cat", "dog"]))
      let error = #expect(throws: FileError.self) { try folder.detector(other) }
      #expect(
        error?.description == "\(folder.weightsPath): multibox.kept: thresholds.best.scores:"
          + " expected 2, as classNames, found 1")
    }
  }

  @Test(arguments: [
    ("{}", "epoch: missing"), (#"{"epoch": 0}"#, "epoch: expected 1 or more, found 0"),
    (#"{"epoch": 1, "AP": "x"}"#, "AP: expected a number"), ("no", ""),
  ])
  func damagedOnesAreNamed(text: String, reason: String) throws {
    try withFolder { path in
      let folder = RunFolder(path: path)
      try write([KeptWeights.metadataKey: text], to: folder)
      let error = #expect(throws: FileError.self) { try folder.keptWeights() }
      #expect(error?.path == "\(folder.weightsPath): multibox.kept")
      #expect(error?.reason.hasPrefix(reason) == true, "\(error?.reason ?? "")")
    }
  }

  // Two runs in one folder, one after the other, leave the weights of either.
  @Test func weightsOfAnEpochThatTheRunDoesNotHaveAreRefused() throws {
    try withFolder { path in
      let folder = RunFolder(path: path)
      try write(kept.metadata(), to: folder)
      var configuration = TrainingConfiguration(
        data: TrainingDataSource(paths: ["shapes"], classNames: ["cat"]))
      configuration.optimization.epochs = 12
      #expect(try folder.keptWeights(of: configuration) == kept)
      configuration.optimization.epochs = 11
      for read in [
        { _ = try folder.keptWeights(of: configuration) },
        { _ = try folder.detector(configuration) },
      ] {
        let error = #expect(throws: FileError.self) { try read() }
        #expect(
          error?.description == "\(folder.weightsPath): expected weights of this run, whose epochs"
            + " are 11, found those of epoch 12")
      }
    }
  }

  @Test func wordsSayWhichEpochAndWhy() {
    #expect(kept.words(of: 60) == "weights of epoch 12 of 60, of the best AP on val (0.613)")
    #expect(
      KeptWeights(epoch: 5).words(of: 5) == "weights of epoch 5 of 5, the last ones: no split chose"
    )
  }
}
