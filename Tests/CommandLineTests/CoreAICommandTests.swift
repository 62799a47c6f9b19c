import Detectors
import Files
import Foundation
import ImageFiles
import ModelFiles
import MultiBox
import NetworkInput
import TestSupport
import Testing

#if canImport(OpenVINODetector)
  import OpenVINODetector
#endif

/// `multibox export --format coreai`: Apple's compiler and interpreter, which Scripts/coreai
/// brings. ONNX Runtime computes the same run's ONNX file.
@Suite(TrainedRun()) struct CoreAICommandTests {
  private static let photograph = "data/bccd/JPEGImages/BloodImage_00007.jpg"
  private static let environment = ThisPackage.root + "/.deps/coreai"

  private func export(
    _ options: [String], environment: String = Self.environment, to path: String
  ) throws -> CommandRunner.Output {
    CommandRunner.finish(
      try CommandRunner.start(
        CommandRunner.multibox,
        ["export", "--run", TrainedRun.run, "--format", "coreai", "--output", path] + options,
        environment: [CoreAIEnvironment.variable: environment]))
  }

  /// What ONNX Runtime gives for an input.
  private func onnx(_ input: [Float], in folder: String) throws -> (
    logits: [Float], offsets: [Float]
  ) {
    struct Ran: Decodable { let shapes: [[String: [Int]]] }
    let path = folder + "/d.onnx"
    let output = try CommandRunner.run(
      ["export", "--run", TrainedRun.run, "--format", "onnx", "--batch", "1", "--output", path])
    try #require(output.status == 0, "\(output.err)")
    try input.write(to: folder + "/input.bin")
    _ = try PythonScript("check_onnx.py").output(
      [path, folder + "/input.bin", folder, "1"], as: Ran.self)
    return try (
      [Float](contentsOf: folder + "/logits-1.bin"), [Float](contentsOf: folder + "/offsets-1.bin")
    )
  }

  @Test(.enabled(if: SharedMaterial.has(Self.photograph), "\(SharedMaterial.isMissing)"))
  func theAssetFindsOnAPhotographWhatTheONNXFileFinds() throws {
    try withFolder { folder in
      let path = folder + "/d.aimodel"
      // With a slash, as shells write it.
      let exported = try export(["--check", TrainedRun.data, "--split", "val"], to: path + "/")
      try #require(exported.status == 0, "\(exported.err)")
      let row = exported.out.split(separator: "\n").last?.split(separator: "  ")
        .map { $0.trimmingCharacters(in: .whitespaces) }
      // Two engines sum in different orders, and differ: nothing is compared with itself.
      #expect(row?.count == 5 && row?.first == "Core AI, interpreted", "\(exported.out)")
      #expect(row?[3] != "0" && row?[4] != "0", "\(exported.out)")
      #expect(exported.err.contains("\(path): as the run, logits and offsets within 0.001"))
      #expect(exported.err.contains("wrote \(path)\n") && CoreAIAsset.isOwn(path))
      // Neither a working folder nor an old asset is left.
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["d.aimodel"])

      let text = try #require(
        try CoreAIAsset.metadata(of: path)[DetectorDescription.metadataKey])
      let description = try DetectorDescription(json: Data(text.utf8), path: path)
      let image = try ImageFile.read(SharedMaterial.path(Self.photograph))
      let transform = InputTransform(description.input)
      let input = [Float](unsafeUninitializedCapacity: transform.valueCount) { buffer, count in
        count = transform.valueCount
        transform.write(
          image, .planar, to: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      }
      let interpreter = try CoreAIInterpreter(
        path, outputs: [ExportedNames.logits, ExportedNames.offsets],
        environment: CoreAIEnvironment(environment: [CoreAIEnvironment.variable: Self.environment]))
      let outputs = try interpreter.outputs(of: input)
      let expected = try onnx(input, in: folder)
      try #require(outputs.count == 2 && outputs[0].values.count > 1000)
      #expect(outputs[1].shape == [1, outputs[1].values.count / 4, 4])
      #expect(Set(expected.logits).count > 1000 && Set(expected.offsets).count > 1000)
      // A detector of blood cells has logits up to 15 on photographs: they differed by 8e-6.
      #expect(outputs[0].values.isClose(to: expected.logits, tolerance: 2e-5))
      #expect(outputs[1].values.isClose(to: expected.offsets, tolerance: 2e-5))

      #if canImport(OpenVINODetector)
        guard case .heads(let heads) = description.outputs else {
          Issue.record("\(description.outputs)")
          return
        }
        let ours = try ModelDetector(folder + "/d.onnx", threadCount: 1, scoreThreshold: 0)
          .detections(in: image)
        // What two epochs have learnt of shapes is sure of nothing on blood cells.
        let lowest = try #require(ours.first).score / 2
        let best = ours.filter { $0.score >= lowest }
        let found = transform.placed(
          try DetectionDecoder(description.decoding(scoreThreshold: 0)).decode(
            logits: outputs[0].values, offsets: outputs[1].values,
            defaultBoxes: heads.defaultBoxes.defaultBoxes(in: folder, model: path)
          ).detections, width: image.width, height: image.height
        ).filter { $0.score >= lowest }
        #expect(!best.isEmpty && found.count == best.count)
        for (found, ours) in zip(found, best) {
          #expect(found.classIndex == ours.classIndex && abs(found.score - ours.score) < 1e-4)
          #expect(abs(found.box.xMin - ours.box.xMin) < 0.01)
          #expect(abs(found.box.yMax - ours.box.yMax) < 0.01)
        }
      #endif
    }
  }

  @Test func withoutApplesCompilerNothingIsWritten() throws {
    try withFolder { folder in
      let output = try export([], environment: folder, to: folder + "/d.aimodel")
      #expect(output.status == 1 && output.out.isEmpty)
      #expect(
        output.err == "multibox: \(folder)/bin/python3: no such file: make coreai brings Apple's"
          + " compiler\n")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
  }

  @Test func whatIsThereAndNotOursStays() throws {
    try withFolder { folder in
      let path = folder + "/d.aimodel"
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let output = try export([], to: path)
      #expect(output.status == 1)
      #expect(
        output.err == "multibox: \(path): expected a new path or a Core AI asset of MultiBox, found"
          + " another; not written over\n")
    }
  }
}
