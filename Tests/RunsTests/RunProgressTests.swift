import Datasets
import Files
import Foundation
import ModelFiles
import TestSupport
import Testing
import TrainingInput

@testable import Runs

struct RunProgressTests {
  /// Makes a run of 3 epochs of 4 steps.
  private func withRun(
    iteration: Int, keptEpoch: String?, body: (RunFolder) throws -> Void
  ) throws {
    try withFolder { path in
      let folder = RunFolder(path: path)
      try folder.create(TrainingLengthTests.configuration(epochs: 3))
      let images = ShapesSpecification(imageCount: 33, side: 64, seed: 1).dataset(split: "train")
      try folder.write(["train": SplitRecord(images)])
      var position = TrainingPosition()
      position.iteration = iteration
      let text = String(decoding: try JSONEncoder().encode(position), as: UTF8.self)
      try Safetensors(arrays: [:], metadata: [TrainingPosition.metadataKey: text])
        .write(to: folder.checkpointPath)
      if let keptEpoch {
        // Weights of an older version say nothing.
        let metadata = try Int(keptEpoch).map { try KeptWeights(epoch: $0).metadata() } ?? [:]
        try Safetensors(arrays: [:], metadata: metadata).write(to: folder.weightsPath)
      }
      try body(folder)
    }
  }

  @Test(
    arguments: [
      (0, nil, "in epoch 1 of 3"),
      (
        1, nil,
        "in epoch 1 of 3; nothing is measured yet, so the weights are the checkpoint's"
      ),
      (4, "1", "after epoch 1 of 3; weights of epoch 1"),
      (9, "1", "in epoch 3 of 3; weights of epoch 1"),
      (9, "", "in epoch 3 of 3; weights of an earlier measurement"),
      (12, "2", "after epoch 3 of 3; weights of epoch 2"),
    ] as [(Int, String?, String)])
  func theFolderTellsHowFarItCame(iteration: Int, keptEpoch: String?, summary: String) throws {
    try withRun(iteration: iteration, keptEpoch: keptEpoch) { (folder) throws in
      let progress = try #require(try folder.progress())
      #expect(progress.summary == summary)
      #expect(progress.hasEnded == (iteration == 12))
      #expect(progress.iteration == iteration)
    }
  }

  // What is copied to another machine to detect with.
  @Test func aFolderWithoutACheckpointTellsNothing() throws {
    try withRun(iteration: 4, keptEpoch: "1") { (folder) throws in
      // Weights alone that an export was made of.
      try FileManager.default.moveItem(atPath: folder.weightsPath, toPath: folder.detectorPath)
      #expect(try folder.progress()?.weights == RunProgress.Weights.none)
      #expect(try folder.detectionWeightsPath == folder.checkpointPath)
      try FileManager.default.removeItem(atPath: folder.checkpointPath)
      #expect(try folder.progress() == nil)
      #expect(try folder.detectionWeightsPath == nil)
    }
  }

  @Test func aDamagedCheckpointIsNamed() throws {
    try withRun(iteration: 4, keptEpoch: "1") { (folder) throws in
      try Data([1, 2, 3]).write(to: URL(fileURLWithPath: folder.checkpointPath))
      let error = #expect(throws: FileError.self) { try folder.progress() }
      #expect(error?.path == folder.checkpointPath)
      #expect(try folder.detectionWeightsPath == folder.weightsPath)
      // It may hold anything.
      #expect(try folder.hasResults)
    }
  }
}
