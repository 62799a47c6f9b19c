import Foundation
import ModelFiles
import MultiBox
import NetworkGraphs
import NetworkInput
import Runs
import TestSupport
import Testing
import Torch

@testable import SSDModels

/// Loaded by coremltools and computed by NumPy: Scripts/check_coreml.py with the packages of
/// Scripts/test-requirements.txt. ONNX Runtime computes the same network's ONNX file.
@Suite(.serialized) struct CoreMLExportTests {
  private static let normalization = ImageNormalization(
    mean: [123.5, 117, 104], standardDeviation: [58, 57.25, 255])
  private static let names = ["cat", "dog", "owl", "bat"]
  private static let logitCount = names.count + 1

  /// Grey levels of an image, `[3, side, side]`: noise on squares of 16 pixels, so that no two
  /// places score alike, in deep layers neither.
  private func image(side: Int) -> [Float] {
    var numbers = SeededNumbers(11)
    let across = (side + 15) / 16
    let squares = (0..<3 * across * across).map { _ in numbers.integer(20...235) }
    return (0..<3 * side * side).map { index in
      let (row, column) = (index % (side * side) / side, index % side)
      let square = (index / (side * side) * across + row / 16) * across + column / 16
      return Float(squares[square] + numbers.integer(-20...20))
    }
  }

  /// The image as the network takes it.
  private func input(side: Int) -> [Float] {
    let (mean, deviation) = (Self.normalization.mean, Self.normalization.standardDeviation)
    return image(side: side).enumerated().map { index, level in
      (level - mean[index / (side * side)]) / deviation[index / (side * side)]
    }
  }

  /// What ONNX Runtime gives for the image.
  private func heads(
    of network: any SSDNetwork, side: Int
  ) throws -> (logits: [Float], offsets: [Float]) {
    struct Ran: Decodable { let shapes: [[String: [Int]]] }
    let script = try PythonScript("check_onnx.py")
    return try withFolder { folder in
      try input(side: side).write(to: folder + "/input.bin")
      try network.onnxModel(name: "test", metadata: [:], batch: 1).write(to: folder + "/m.onnx")
      let ran = try script.output(
        [folder + "/m.onnx", folder + "/input.bin", folder, "1"], as: Ran.self)
      #expect(ran.shapes.first?["logits"]?.last == Self.logitCount)
      return try (
        [Float](contentsOf: folder + "/logits-1.bin"),
        [Float](contentsOf: folder + "/offsets-1.bin")
      )
    }
  }

  private func configuration(
    _ function: ScoreFunction, threshold: Double = 0
  ) -> DetectionDecoder.Configuration {
    DetectionDecoder.Configuration(
      scoreThreshold: threshold, candidatesPerClass: 100_000, maximumDetections: 100_000,
      boxCoder: BoxCoder(maximumSizeOffset: BoxCoder.torchvisionMaximumSizeOffset),
      scoreFunction: function)
  }

  private func rows<Element>(_ values: [Element]) -> [[Element]] {
    stride(from: 0, to: values.count, by: Self.logitCount).map {
      Array(values[$0..<$0 + Self.logitCount])
    }
  }

  /// Scores of rows of logits, the background's too.
  private func scores(_ logits: [Float], _ function: ScoreFunction) -> [Double] {
    rows(logits).flatMap { row -> [Double] in
      let row = row.map { Double($0) }
      guard function == .softmax else { return row.map { 1 / (1 + exp(-$0)) } }
      let powers = row.map { exp($0) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    }
  }

  /// Keeps the best class of each row of scores, as Core ML's suppression has it.
  private func bestAlone(_ scores: [Double]) -> [Float] {
    rows(scores).flatMap { row in
      let best = row.dropFirst().max()
      return row.indices.map { $0 > 0 && row[$0] == best ? Float(row[$0]) : 0 }
    }
  }

  /// Adds the same numbers to scores of two engines, but to the background's and to zeros.
  ///
  /// Scores of an untrained network are often equal to the last bits, which would decide what
  /// suppresses what.
  private func apart(_ scores: [Float]) -> [Float] {
    var numbers = SeededNumbers(12)
    return scores.enumerated().map { index, score in
      let number = Float(numbers.number(0...0.05))
      return index % Self.logitCount == 0 ? 0 : score == 0 ? 0 : score + number
    }
  }

  /// A score between those of a hundred candidates or so and the rest, in the widest gap there.
  private func threshold(_ scores: [Float]) -> Double {
    let sorted: [Double] = scores.filter { $0 > 0 }.sorted(by: >).prefix(150).map { Double($0) }
    let gaps: [Double] = zip(sorted, sorted.dropFirst()).map { $0 - $1 }
    var widest = 60
    for index in gaps.indices where index > 60 && gaps[index] > gaps[widest] { widest = index }
    return sorted[widest] - gaps[widest] / 2
  }

  private func expectSame(
    _ found: DetectionDecoder.Result, _ expected: DetectionDecoder.Result, _ comment: Comment
  ) {
    #expect(found.detections.count == expected.detections.count, comment)
    #expect(expected.detections.count > 5, comment)
    for (found, expected) in zip(found.detections, expected.detections) {
      let (a, b) = (found.box, expected.box)
      #expect(
        found.classIndex == expected.classIndex && abs(found.score - expected.score) < 1e-6,
        comment)
      let edges = [a.xMin - b.xMin, a.yMin - b.yMin, a.xMax - b.xMax, a.yMax - b.yMax]
      #expect(edges.allSatisfy { abs($0) < 1e-5 }, comment)
    }
  }

  private func checked(_ packages: [CoreMLPackage], side: Int) throws -> [CheckedCoreML] {
    try withFolder { folder in
      let paths = packages.indices.map { "\(folder)/\($0).mlpackage" }
      for (package, path) in zip(packages, paths) { try package.write(to: path) }
      return try CheckedCoreML.check(paths, image: image(side: side))
    }
  }

  // NumPy takes a minute for the larger one of VGG's networks; those that are left out have the
  // operations of another.
  private static let presets = NetworkPreset.all.filter {
    ![.ssd512VGG16, .ssd300MobileNetV1Width75, .ssd300MobileNetV1Width50].contains($0)
  }

  @Test(arguments: presets) func packagesFindWhatTheONNXFileFinds(preset: NetworkPreset) throws {
    let side = preset.side(requested: 96)
    let network = try preset.makeNetwork(
      classCount: Self.names.count, specification: preset.defaultBoxes(side: side),
      imageSide: side, seed: 5)
    try network.disturb()
    let (logits, offsets) = try heads(of: network, side: side)
    let defaultBoxes = DefaultBoxes(network.defaultBoxSpecification)
    func package(
      _ function: ScoreFunction, _ detections: NetworkGraph.CoreMLDetections
    ) throws -> CoreMLPackage {
      try network.coreMLPackage(
        name: preset.name, metadata: ["key": "value"], normalization: Self.normalization,
        decoding: configuration(function, threshold: 0.25), detections: detections)
    }
    let suppressed = NetworkGraph.CoreMLDetections.suppressed(classNames: Self.names)
    let all = try checked(
      [package(.softmax, suppressed), package(.sigmoid, suppressed), package(.softmax, .raw)],
      side: side)
    try #require(all.count == 3)
    for (checked, function) in zip(all, [ScoreFunction.softmax, .sigmoid]) {
      #expect(checked.metadata == ["key": "value"])
      #expect(checked.specification == 6 && checked.opset == "CoreML5")
      let pipeline = try #require(checked.pipeline)
      #expect(Array(pipeline.classNames.prefix(5)) == Self.names + ["(unused 1)"])
      #expect(pipeline.classNames.count == 80)
      #expect(pipeline.confidenceThreshold == 0.25)
      #expect(pipeline.iouThreshold == 0.45)
      #expect(pipeline.inputs == ["image", "iouThreshold", "confidenceThreshold"])
      #expect(pipeline.outputs == ["confidence", "coordinates"])
      let scores = scores(logits, function)
      let best = bestAlone(scores)
      let wantedScores = apart(best)
      let confidences = try #require(checked.outputs["raw_confidence"])
      try #require(confidences.count == defaultBoxes.count * 80)
      let wanted = rows(function == .softmax ? scores.map { Float($0) } : best).flatMap {
        $0.dropFirst() + [Float](repeating: 0, count: 76)
      }
      #expect(confidences.isClose(to: wanted, tolerance: 1e-6), "\(function)")
      let sums = (0..<defaultBoxes.count).map { confidences[$0 * 80..<$0 * 80 + 80].reduce(0, +) }
      #expect(sums.allSatisfy { $0 <= 1 })

      let coordinates = try #require(checked.outputs["raw_coordinates"])
      let boxes = (0..<defaultBoxes.count).map { box in
        let numbers = coordinates[box * 4..<box * 4 + 4].map { Double($0) }
        return Box(
          CenterBox(cx: numbers[0], cy: numbers[1], width: numbers[2], height: numbers[3]))
      }
      let decoder = DetectionDecoder(configuration(.identity, threshold: threshold(wantedScores)))
      var rowScores: [Double] = []
      for box in 0..<defaultBoxes.count {
        rowScores.append(0)
        rowScores += confidences[box * 80..<box * 80 + 4].map { Double($0) }
      }
      let found = apart(bestAlone(rowScores))
      expectSame(
        try found.withUnsafeBufferPointer { try decoder.decode(logits: $0, boxes: boxes) },
        try decoder.decode(
          logits: wantedScores, offsets: offsets, defaultBoxes: defaultBoxes),
        "\(function)")
    }

    let raw = all[2]
    #expect(raw.pipeline == nil)
    #expect(
      raw.shapes == ["scores": [1, defaultBoxes.count, 5], "boxes": [1, defaultBoxes.count, 4]])
    let expected = scores(logits, .softmax)
    let found = try #require(raw.outputs["scores"])
    #expect(found.isClose(to: expected.map { Float($0) }, tolerance: 1e-6))
    let corners = try #require(raw.outputs["boxes"])
    let boxes = (0..<defaultBoxes.count).map { box in
      let numbers = corners[box * 4..<box * 4 + 4].map { Double($0) }
      return Box(xMin: numbers[0], yMin: numbers[1], xMax: numbers[2], yMax: numbers[3])
    }
    let wanted = apart(expected.map { Float($0) })
    let decoder = DetectionDecoder(configuration(.identity, threshold: threshold(wanted)))
    expectSame(
      try apart(found).withUnsafeBufferPointer { try decoder.decode(logits: $0, boxes: boxes) },
      try decoder.decode(logits: wanted, offsets: offsets, defaultBoxes: defaultBoxes), "raw")
  }

  @Test func everyOperationMeansTheSameInCoreML() throws {
    let network = try EveryOperation(VariableStore(seed: 7))
    try network.disturb()
    let graph = try network.graph(name: "test")
    #expect(Set(graph.nodes.map(\.operation.name)).count == 15)
    let package = try graph.coreMLPackage(
      mean: Self.normalization.mean, standardDeviation: Self.normalization.standardDeviation)
    let all = try checked([package], side: 96)
    let (logits, offsets) = try Gradients.unrecorded {
      let output = try network(
        Tensor(input(side: 96), shape: [1, 3, 96, 96]).channelsLast(), isTraining: false)
      return try (output.logits.floats(), output.offsets.floats())
    }
    // 25 rows become 48, which is no whole factor.
    #expect(all[0].operations.contains("gather") && all[0].operations.contains("batch_norm"))
    for (name, expected) in [("logits", logits), ("offsets", offsets)] {
      #expect(Set(expected).count > 1000)
      #expect(all[0].outputs[name]?.isClose(to: expected, tolerance: 1e-5) == true, "\(name)")
    }
  }
}
