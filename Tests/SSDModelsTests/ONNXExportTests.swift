import Files
import Foundation
import ModelFiles
import MultiBox
import Runs
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
    let shapes: [String: [Int]]
    /// Read from the files that the script writes.
    var outputs: [String: [Float]] = [:]

    private enum CodingKeys: String, CodingKey {
      case opset, operations, metadata, shapes
    }
  }

  /// What LibTorch computes for a batch, and what ONNX Runtime computes with the exported file.
  private func check(
    _ network: any SSDNetwork, side: Int, batch: Int,
    decoding: DetectionDecoder.Configuration? = nil
  ) throws -> (Checked, logits: [Float], offsets: [Float]) {
    let root = URL(fileURLWithPath: #filePath)
      .appendingPathComponent("../../..").standardizedFileURL.path
    let packages = root + "/.deps/python"
    try #require(
      FileManager.default.fileExists(atPath: packages),
      "make test runs Scripts/bootstrap-tests, which makes \(packages)")
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("multibox-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }

    let values = (0..<batch * 3 * side * side).map { Float(sin(0.013 * Double($0))) }
    let output = try Gradients.unrecorded {
      try network(
        Tensor(values, shape: [batch, 3, side, side]).channelsLast(), isTraining: false)
    }
    try values.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: folder + "/input.bin"))
    try network.onnxModel(name: "test", metadata: ["multibox": "x"], decoding: decoding)
      .write(to: folder + "/m.onnx")
    #expect(try ONNXModel.metadata(of: folder + "/m.onnx") == ["multibox": "x"])

    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", root + "/Scripts/check_onnx.py", folder + "/m.onnx", folder + "/input.bin",
      "\(batch)", folder,
    ]
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["PYTHONPATH": packages]
    ) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    var checked = try JSONDecoder().decode(Checked.self, from: data)
    for (name, shape) in checked.shapes {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name).bin"))
      checked.outputs[name] = try NamedArray(
        elementType: .float32, shape: shape, bytes: bytes
      ).floats()
    }
    return (checked, try output.logits.floats(), try output.offsets.floats())
  }

  private func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
    zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  // The trace is of two images; three must work as well.
  @Test(arguments: NetworkPreset.all, [1, 3])
  func onnxRuntimeGivesTheSameNumbers(model: NetworkPreset, batch: Int) throws {
    // The large networks once: their files are of 100 MB.
    if batch == 3, model == .ssd300VGG16 || model == .ssd512VGG16 { return }
    let side = model.side(requested: 96)
    let network = try model.makeNetwork(
      classCount: 4, specification: model.defaultBoxes(side: side), imageSide: side,
      seed: 5)
    try disturb(network)
    let (checked, logits, offsets) = try check(network, side: side, batch: batch)
    #expect(checked.opset == 17)
    #expect(!checked.operations.contains("BatchNormalization"))
    #expect(checked.metadata == ["multibox": "x"])
    for (name, expected) in [("logits", logits), ("offsets", offsets)] {
      let found = try #require(checked.outputs[name])
      try #require(found.count == expected.count)
      let largest = expected.reduce(0) { max($0, abs($1)) }
      #expect(largest > 0.01)
      #expect(largestDifference(found, expected) <= 1e-4 * max(1, largest), "\(name)")
    }
  }

  @Test func everyOperationMeansTheSameInONNXRuntime() throws {
    let network = try EveryOperation(VariableStore(seed: 7))
    try disturb(network)
    let operations = Set(try network.graph(name: "test").nodes.map(\.operation.name))
    #expect(operations.count == 15, "\(operations.sorted())")
    let (checked, logits, offsets) = try check(network, side: 96, batch: 3)
    #expect(checked.operations.contains("BatchNormalization"))
    for (name, expected) in [("logits", logits), ("offsets", offsets)] {
      let found = try #require(checked.outputs[name])
      try #require(found.count == expected.count)
      #expect(Set(expected).count > 1000)
      #expect(largestDifference(found, expected) <= 1e-5, "\(name)")
    }
  }

  // With few candidates, so that the cut before the suppression is seen.
  @Test(arguments: [ScoreFunction.softmax, .sigmoid], [20, 400])
  func decodingInsideGivesTheDecodersDetections(
    function: ScoreFunction, candidates: Int
  ) throws {
    let network = try NetworkPreset.ssdCompact.makeNetwork(
      classCount: 4, specification: NetworkPreset.ssdCompact.defaultBoxes(side: 96),
      imageSide: 96, seed: 5)
    try disturb(network)
    let configuration = DetectionDecoder.Configuration(
      scoreThreshold: 0.15, candidatesPerClass: candidates, maximumDetections: 400,
      boxCoder: BoxCoder(maximumSizeOffset: BoxCoder.torchvisionMaximumSizeOffset),
      scoreFunction: function)
    let (checked, _, _) = try check(network, side: 96, batch: 2, decoding: configuration)
    // Heads of ONNX Runtime too: scores of an untrained network lie close, and LibTorch's last bits
    // would suppress in another order.
    let heads = try check(network, side: 96, batch: 2).0.outputs
    let (logits, offsets) = (try #require(heads["logits"]), try #require(heads["offsets"]))
    #expect(Array(checked.shapes.keys) == ["detections"])
    let rows = try #require(checked.outputs["detections"])
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
      #expect(found.count == expected.count && found.count > 10)
      let missing = expected.count { detection in
        let box = detection.box
        let row = [
          Double(detection.classIndex), detection.score, box.xMin, box.yMin, box.xMax, box.yMax,
        ].map { Float($0) }
        return !found.contains { largestDifference($0, row) < 1e-4 }
      }
      #expect(missing == 0)
    }
  }

  /// Sets running statistics that are not those of a start, so that folding is seen.
  private func disturb(_ network: any SSDNetwork) throws {
    for variable in network.store.variables where variable.kind != .weight {
      let count = variable.tensor.elementCount
      let isVariance = variable.name.hasSuffix("running_var")
      let start = try variable.tensor.floats()
      let values = (0..<count).map { index in
        let wave = Float(sin(1.7 * Double(index) + Double(variable.name.count)))
        return isVariance ? 1 + 0.3 * wave : start[index] + 0.1 * wave
      }
      try variable.tensor.assign(Tensor(values, shape: variable.tensor.shape))
    }
  }

  @Test func otherFilesAreNamed() throws {
    let path = NSTemporaryDirectory() + "multibox-\(UUID().uuidString).onnx"
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(
      #expect(throws: FileError.self) { try ONNXModel.metadata(of: path) }?.description
        == "\(path): no such file")
    try Data("hello".utf8).write(to: URL(fileURLWithPath: path))
    #expect(
      #expect(throws: FileError.self) { try ONNXModel.metadata(of: path) }?.description
        == "\(path): not an ONNX file")
  }
}
