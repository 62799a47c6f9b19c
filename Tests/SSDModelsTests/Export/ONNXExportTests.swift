import Files
import Foundation
import ModelFiles
import MultiBox
import Runs
import TestSupport
import Testing
import Torch

@testable import SSDModels

/// Checked by ONNX itself and run by ONNX Runtime: Scripts/check_onnx.py with the packages of
/// Scripts/test-requirements.txt.
@Suite(.serialized) struct ONNXExportTests {
  private struct Checked: Decodable {
    let opset: Int
    let operations: [String]
    let metadata: [String: String]
    /// Of each batch, those of the outputs.
    let shapes: [[String: [Int]]]
    /// Read from the files that the script writes.
    var outputs: [[String: [Float]]] = []

    private enum CodingKeys: String, CodingKey {
      case opset, operations, metadata, shapes
    }
  }

  /// What LibTorch computes for batches of the first images, and what ONNX Runtime computes with
  /// the exported file.
  private func check(
    _ network: any SSDNetwork, side: Int, batches: [Int],
    decoding: DetectionDecoder.Configuration? = nil
  ) throws -> (Checked, expected: [(logits: [Float], offsets: [Float])]) {
    let script = try PythonScript("check_onnx.py")
    return try withFolder { folder in
      let size = 3 * side * side
      let values = (0..<(batches.max() ?? 0) * size).map { Float(sin(0.013 * Double($0))) }
      let expected = try Gradients.unrecorded {
        try batches.map { batch in
          let images = try Tensor(
            Array(values.prefix(batch * size)), shape: [batch, 3, side, side])
          let output = try network(images.channelsLast(), isTraining: false)
          return (try output.logits.floats(), try output.offsets.floats())
        }
      }
      try values.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: folder + "/input.bin"))
      try network.onnxModel(name: "test", metadata: ["multibox": "x"], decoding: decoding)
        .write(to: folder + "/m.onnx")
      #expect(try ONNXModel.metadata(of: folder + "/m.onnx") == ["multibox": "x"])

      var checked = try script.output(
        [folder + "/m.onnx", folder + "/input.bin", folder] + batches.map(String.init),
        as: Checked.self)
      for (index, shapes) in checked.shapes.enumerated() {
        var outputs: [String: [Float]] = [:]
        for (name, shape) in shapes {
          let bytes = try Data(
            contentsOf: URL(fileURLWithPath: "\(folder)/\(name)-\(batches[index]).bin"))
          outputs[name] = try NamedArray(elementType: .float32, shape: shape, bytes: bytes).floats()
        }
        checked.outputs.append(outputs)
      }
      return (checked, expected)
    }
  }

  // The trace is of two images; one and three must work as well.
  @Test(arguments: NetworkPreset.all)
  func onnxRuntimeGivesTheSameNumbers(model: NetworkPreset) throws {
    // The large networks once: three images take seconds.
    let isLarge = model == .ssd300VGG16 || model == .ssd512VGG16
    let batches = isLarge ? [1] : [1, 3]
    let side = model.side(requested: 96)
    let network = try model.makeNetwork(
      classCount: 4, specification: model.defaultBoxes(side: side), imageSide: side,
      seed: 5)
    try network.disturb()
    let (checked, expected) = try check(network, side: side, batches: batches)
    #expect(checked.opset == 17)
    #expect(!checked.operations.contains("BatchNormalization"))
    #expect(checked.metadata == ["multibox": "x"])
    try #require(checked.outputs.count == batches.count)
    for (outputs, expected) in zip(checked.outputs, expected) {
      for (name, expected) in [("logits", expected.logits), ("offsets", expected.offsets)] {
        let found = try #require(outputs[name])
        try #require(found.count == expected.count)
        let largest = expected.largestFinite
        #expect(largest > 0.01)
        #expect(found.isClose(to: expected, tolerance: 1e-4 * max(1, largest)), "\(name)")
      }
    }
  }

  @Test func everyOperationMeansTheSameInONNXRuntime() throws {
    let network = try EveryOperation(VariableStore(seed: 7))
    try network.disturb()
    let operations = Set(try network.graph(name: "test").nodes.map(\.operation.name))
    #expect(operations.count == 15, "\(operations.sorted())")
    let (checked, all) = try check(network, side: 96, batches: [3])
    #expect(checked.operations.contains("BatchNormalization"))
    for (name, expected) in [("logits", all[0].logits), ("offsets", all[0].offsets)] {
      let found = try #require(checked.outputs.first?[name])
      try #require(found.count == expected.count)
      #expect(Set(expected).count > 1000)
      #expect(found.isClose(to: expected, tolerance: 1e-5), "\(name)")
    }
  }

  // With few candidates too, so that the cut before the suppression is seen.
  @Test func decodingInsideGivesTheDecodersDetections() throws {
    let network = try NetworkPreset.ssdCompact.makeNetwork(
      classCount: 4, specification: NetworkPreset.ssdCompact.defaultBoxes(side: 96),
      imageSide: 96, seed: 5)
    try network.disturb()
    // Heads of ONNX Runtime too: scores of an untrained network lie close, and LibTorch's last bits
    // would suppress in another order.
    let heads = try #require(try check(network, side: 96, batches: [2]).0.outputs.first)
    for function in [ScoreFunction.softmax, .sigmoid] {
      for candidates in [20, 400] {
        let configuration = DetectionDecoder.Configuration(
          scoreThreshold: 0.15, candidatesPerClass: candidates, maximumDetections: 400,
          boxCoder: BoxCoder(maximumSizeOffset: BoxCoder.torchvisionMaximumSizeOffset),
          scoreFunction: function)
        try checkDecoding(of: network, heads, configuration)
      }
    }
  }

  /// Two images of 96 pixels, whose heads are given.
  private func checkDecoding(
    of network: any SSDNetwork, _ heads: [String: [Float]],
    _ configuration: DetectionDecoder.Configuration
  ) throws {
    let (checked, _) = try check(network, side: 96, batches: [2], decoding: configuration)
    let (logits, offsets) = (try #require(heads["logits"]), try #require(heads["offsets"]))
    let outputs = try #require(checked.outputs.first)
    #expect(Array(outputs.keys) == ["detections"])
    let rows = try #require(outputs["detections"])
    let defaultBoxes = DefaultBoxes(network.defaultBoxSpecification)
    for image in 0..<2 {
      func part(_ values: [Float]) -> [Float] {
        let size = values.count / 2
        return Array(values[image * size..<(image + 1) * size])
      }
      // Before the cut of the image, which is the reader's: all that four classes may have.
      var uncut = configuration
      uncut.maximumDetections = 400 * 4
      let expected = try DetectionDecoder(uncut).decode(
        logits: part(logits), offsets: part(offsets), defaultBoxes: defaultBoxes
      ).detections
      let found = stride(from: 0, to: rows.count, by: 7).filter { rows[$0] == Float(image) }
        .map { Array(rows[$0 + 1..<$0 + 7]) }
      #expect(found.count == expected.count && found.count > 10, "\(configuration)")
      // Row by row in its class: all against all takes seconds.
      let ofClass = Dictionary(grouping: found) { $0[0] }
      let missing = expected.count { detection in
        let box = detection.box
        let row = [
          Double(detection.classIndex), detection.score, box.xMin, box.yMin, box.xMax, box.yMax,
        ].map { Float($0) }
        return !ofClass[row[0], default: []].contains { $0.isClose(to: row, tolerance: 1e-4) }
      }
      #expect(missing == 0, "\(configuration)")
    }
  }

  @Test func otherFilesAreNamed() throws {
    try withFolder { folder in
      let path = folder + "/x.onnx"
      #expect(
        #expect(throws: FileError.self) { try ONNXModel.metadata(of: path) }?.description
          == "\(path): no such file")
      try Data("hello".utf8).write(to: URL(fileURLWithPath: path))
      #expect(
        #expect(throws: FileError.self) { try ONNXModel.metadata(of: path) }?.description
          == "\(path): not an ONNX file")
    }
  }
}
