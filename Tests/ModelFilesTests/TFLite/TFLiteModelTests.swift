import Files
import Foundation
import TestSupport
import Testing

@testable import ModelFiles

/// Fixture: Scripts/goldens/detection_operator.py, flatbuffers 25.12.19, and its numbers.
struct TFLiteModelTests {
  private static let path = TestFiles().path("Fixtures/small.tflite")

  private func file() throws -> Data { try Data(contentsOf: URL(fileURLWithPath: Self.path)) }

  @Test func operatorsOptionsAndTensorsAreThoseOfTheScript() throws {
    let model = try TFLiteModel(contentsOf: Self.path)
    #expect(model.inputs.map(\.name) == ["image"])
    #expect(model.inputs.first?.shape == [1, 4, 4, 3])
    let decoding = try #require(model.detectionOperator)
    #expect(decoding.offsets.name == "offsets" && decoding.offsets.shape == [1, 3, 6])
    #expect(decoding.scores.name == "scores" && decoding.scores.shape == [1, 3, 3])
    #expect(decoding.hasBackground && decoding.classCount == 2)
    #expect(decoding.maximumDetections == 3 && decoding.classesPerBox == 2)
    #expect(decoding.detectionsPerClass == 100 && !decoding.isSuppressedByClass)
    #expect(decoding.scoreThreshold == 0.2 && decoding.iouThreshold == 0.6)
    #expect(decoding.scales == [10, 10, 5, 5])
    // The script writes cy, cx, h, w.
    #expect(
      try decoding.defaultBoxes(path: "x") == [
        0.3, 0.3, 0.4, 0.2, 0.6, 0.6, 0.2, 0.2, 0.5, 0.5, 0.8, 0.8,
      ])
  }

  @Test func metadataGiveNormalizationAndLabels() throws {
    let metadata = try TFLiteModel(contentsOf: Self.path).metadata()
    #expect(metadata.mean == [127.5] && metadata.standardDeviation == [127.5])
    #expect(metadata.labels == ["one", "two"])
  }

  @Test func theCutModelEndsWithWhatTheOperatorTook() throws {
    let cut = try #require(TFLiteModel(contentsOf: Self.path).withoutDetectionOperator())
    let model = try TFLiteModel(cut, path: "cut")
    #expect(model.detectionOperator == nil && model.withoutDetectionOperator() == nil)
    let reader = try TFLiteReader(cut)
    let names = try reader.subgraph.integers(TFLiteField.Subgraph.outputs)
      .map { try reader.tensor($0).name }
    #expect(names == ["offsets", "scores"])
    let operators = try reader.subgraph.tables(TFLiteField.Subgraph.operators).map {
      try $0.number(TFLiteField.Operator.code, UInt32.self) ?? 0
    }
    // Mean, product, and a sum for each output.
    #expect(operators == [0, 1, 2, 2])
  }

  // The script's operators: mean, product, two sums, and the one that decodes.
  @Test func layersAreThoseOfTheScript() throws {
    let model = try TFLiteModel(contentsOf: Self.path)
    let (layers, inputs) = try model.layers()
    #expect(layers.count == 5 && layers.allSatisfy { $0.kind == nil && $0.outputs.count > 0 })
    #expect(try inputs.map { try model.tensor($0).name } == ["image"])
    #expect(layers.first?.inputs.first == inputs.first)
    let error = #expect(throws: FileError.self) { try model.tensor(1000) }
    #expect(error?.reason.hasPrefix("TFLite: tensors: expected 0…") == true)
  }

  private func tensor(
    _ element: TFLiteModel.Tensor.Element?, _ shape: [Int], scales: [Float], zeroPoints: [Int],
    dimension: Int = 0, _ bytes: [UInt8]
  ) -> TFLiteModel.Tensor {
    TFLiteModel.Tensor(
      name: "t", element: element, shape: shape,
      quantization: TFLiteModel.Quantization(
        scales: scales, zeroPoints: zeroPoints, dimension: dimension), values: Data(bytes))
  }

  // By hand: scale · (number − zero point).
  @Test func constantsAreDequantised() throws {
    #expect(
      try tensor(.uint8, [3], scales: [0.5], zeroPoints: [2], [0, 2, 255]).floats(path: "x")
        == [-1, 0, 126.5])
    #expect(
      try tensor(.int8, [2], scales: [2], zeroPoints: [-1], [0x80, 1]).floats(path: "x")
        == [-254, 4])
    #expect(
      try tensor(.int32, [2], scales: [0.25], zeroPoints: [0], [4, 1, 0, 0, 0xFE, 255, 255, 255])
        .floats(path: "x") == [65, -0.5])
    // A scale for each column, and for each row.
    let numbers: [UInt8] = [1, 2, 3, 4, 5, 6]
    #expect(
      try tensor(
        .uint8, [2, 3], scales: [1, 10, 100], zeroPoints: [0, 1, 2], dimension: 1, numbers
      ).floats(path: "x") == [1, 10, 100, 4, 40, 400])
    #expect(
      try tensor(.uint8, [2, 3], scales: [1, 10], zeroPoints: [], numbers).floats(path: "x")
        == [1, 2, 3, 40, 50, 60])
  }

  @Test func scalesThatAreNotThoseOfTheChannelsAreNamed() throws {
    let error = #expect(throws: FileError.self) {
      try tensor(.uint8, [2, 3], scales: [1, 2], zeroPoints: [], dimension: 1, [1])
        .floats(path: "x")
    }
    #expect(
      error?.description
        == "x: TFLite: t [2, 3]: expected a scale for each channel of dimension 1, found 2, with 0"
        + " zero points")
    let other = #expect(throws: FileError.self) {
      try tensor(nil, [1], scales: [], zeroPoints: [], [1]).floats(path: "x")
    }
    #expect(other?.description == "x: TFLite: t: expected float, 8-bit or 32-bit elements")
  }

  @Test func whatIsNoModelIsNamed() throws {
    for (bytes, message) in [
      (Data(), "x: TFLite: ends at byte 0: expected 4 bytes at 4"),
      (Data("12345678".utf8), "x: TFLite: expected the identifier TFL3 at byte 4, found another"),
      (
        Data([255, 255, 255, 127] + Array("TFL3".utf8)),
        "x: TFLite: byte 0 points behind the end, byte 8"
      ),
    ] {
      let error = #expect(throws: FileError.self) { try TFLiteModel(bytes, path: "x") }
      #expect(error?.description == message)
    }
  }

  /// Reads all that can be read; an error must name the file.
  private func read(_ bytes: Data) -> Bool {
    do throws(FileError) {
      let model = try TFLiteModel(bytes, path: "x")
      _ = try model.detectionOperator?.defaultBoxes(path: "x")
      if let cut = model.withoutDetectionOperator() {
        _ = try? TFLiteModel(cut, path: "cut")
      }
      _ = try model.metadata()
      for number in try model.layers().layers.flatMap(\.inputs) {
        _ = try model.tensor(number).floats(path: "x")
      }
      return true
    } catch {
      #expect(error.path == "x")
      return false
    }
  }

  @Test func noPartOfAFileTraps() throws {
    let whole = try file()
    var readable = 0
    for count in 0..<whole.count { readable += read(whole.prefix(count)) ? 1 : 0 }
    #expect(readable < whole.count / 2)
    #expect(read(whole))
  }

  // Each byte, changed in four ways: offsets, counts and types all point elsewhere once.
  @Test func noChangedByteTraps() throws {
    let whole = try file()
    var failures = 0
    for position in whole.indices {
      for value in [0, 0xFF, whole[position] ^ 0x80, whole[position] &+ 1] {
        var changed = whole
        changed[position] = value
        failures += read(changed) ? 0 : 1
      }
    }
    #expect(failures > 500)
  }
}
