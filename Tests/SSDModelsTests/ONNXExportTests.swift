import Foundation
import ModelFiles
import MultiBox
import Testing
import Torch

@testable import SSDModels

/// Checked by ONNX itself and run by ONNX Runtime: Scripts/check_onnx.py with the packages of
/// Scripts/test-requirements.txt.
@Suite(.serialized) struct ONNXExportTests {
  private struct Checked: Decodable {
    struct Output: Decodable {
      let difference, largest: Double
    }
    let opset: Int
    let operations: [String]
    let logits, offsets: Output
    let metadata: [String: String]
  }

  private func check(_ network: any SSDNetwork, side: Int, batch: Int) throws -> Checked {
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
    for (name, floats) in [
      ("input", values), ("logits", try output.logits.floats()),
      ("offsets", try output.offsets.floats()),
    ] {
      try floats.withUnsafeBytes { Data($0) }
        .write(to: URL(fileURLWithPath: "\(folder)/\(name).bin"))
    }
    try network.onnxModel(name: "test", metadata: ["multibox": "x"]).write(
      to: folder + "/m.onnx")
    #expect(try ONNXModel.metadata(of: folder + "/m.onnx") == ["multibox": "x"])

    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      ["python3", root + "/Scripts/check_onnx.py", folder + "/m.onnx"]
      + ["input", "logits", "offsets"].map { "\(folder)/\($0).bin" } + ["\(batch)"]
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["PYTHONPATH": packages]
    ) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return try JSONDecoder().decode(Checked.self, from: data)
  }

  // The trace is of two images; three must work as well.
  @Test(arguments: ModelName.allCases, [1, 3])
  func onnxRuntimeGivesTheSameNumbers(model: ModelName, batch: Int) throws {
    // The large networks once: their files are of 100 MB.
    if batch == 3, model == .ssd300VGG16 || model == .ssd512VGG16 { return }
    let side = model.imageSide(requested: 96)
    let network = try model.make(
      classCount: 4, specification: model.defaultSpecification(imageSide: side), imageSide: side,
      seed: 5)
    // Running statistics that are not those of a start, so that folding is seen.
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
    let checked = try check(network, side: side, batch: batch)
    #expect(checked.opset == 17)
    #expect(!checked.operations.contains("BatchNormalization"))
    #expect(checked.metadata == ["multibox": "x"])
    for output in [checked.logits, checked.offsets] {
      #expect(output.largest > 0.01)
      #expect(output.difference <= 1e-4 * max(1, output.largest), "\(output)")
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
