import Files
import Foundation
import ModelFiles
import MultiBox
import Runs
import TestSupport
import Testing
import Torch

@testable import SSDModels

/// The weights of TensorFlow's SSD on MobileNet-v1, out of a TFLite file.
struct TensorFlowSSDTests {
  private struct Golden: Decodable {
    let logits, offsets: PickedValues
  }

  private static let folder = "models/ssd_mobilenet_v1_coco"
  private static let path = SharedMaterial.path(
    folder + "/ssd_mobilenet_v1_coco_quant_heads.tflite")
  private static let isThere = SharedMaterial.has(folder)

  private func network(_ preset: NetworkPreset, classCount: Int) throws -> any SSDNetwork {
    try preset.makeNetwork(
      classCount: classCount, specification: preset.defaultBoxes(side: 300), imageSide: 300,
      seed: 1)
  }

  // Scripts/goldens/tensorflow_ssd.py, torch 2.15.0: the file's layers, padded as TensorFlow pads.
  @Test(.enabled(if: isThere, "needs ../shared"))
  func theNetworkComputesWhatTheFileSays() throws {
    let golden = try TestFiles().golden("tensorflow-ssd", as: Golden.self)
    let weights = try PretrainedWeights(contentsOf: Self.path)
    #expect(weights.layout == .tensorFlow && weights.network == .ssd300MobileNetV1Width75)
    // Input of 8 bits: scale 1/128, zero point 128.
    #expect(weights.normalization?.mean == [128, 128, 128])
    #expect(weights.normalization?.standardDeviation == [128, 128, 128])
    let network = try network(.ssd300MobileNetV1Width75, classCount: 90)
    #expect(weights.classCount(network.defaultBoxSpecification) == 90)
    let report = try weights.load(
      into: network.store, classNames: ClassNames((1...90).map { "\($0)" }))
    // 35 convolutions with four values of a normalization, twice six of the head with biases.
    #expect(report.loaded.count == 35 * 5 + 12 * 2)
    #expect(report.missing.isEmpty && report.reshaped.isEmpty && report.left.isEmpty)
    let output = try Gradients.unrecorded {
      try network(
        Tensor(NamedWeights.noise(1, side: 300), shape: [1, 3, 300, 300]).channelsLast(),
        isTraining: false)
    }
    try golden.logits.expect(output.logits, "logits")
    try golden.offsets.expect(output.offsets, "offsets")
  }

  @Test(.enabled(if: isThere, "needs ../shared"))
  func whatIsImportedKnowsNetworkAndNormalization() throws {
    try withFolder { folder in
      let weights = try PretrainedWeights(contentsOf: Self.path)
      try weights.write(weights.arrays.keys, to: folder + "/own.safetensors")
      let own = try PretrainedWeights(contentsOf: folder + "/own.safetensors")
      #expect(own.arrays == weights.arrays && own.arrays.count == 35 * 5 + 12 * 2)
      #expect(own.layout == .tensorFlow && own.layout.hasFoldedNormalizations)
      #expect(own.network == .ssd300MobileNetV1Width75)
      #expect(own.normalization == weights.normalization)
      // A window of stride 2 on an even side begins with zeros, one on an odd side is as it was.
      let wide = try #require(own.arrays["backbone.features.2.0.0.weight"])
      #expect(wide.shape == [48, 1, 4, 4])
      let values = try wide.floats()
      #expect(values[..<5].allSatisfy { $0 == 0 } && values[5] != 0 && values[8] == 0)
      #expect(own.arrays["backbone.features.4.0.0.weight"]?.shape == [96, 1, 3, 3])
      #expect(own.arrays["head.regression_head.module_list.0.bias"]?.shape == [12])
    }
  }

  /// A zip archive of one file that is not compressed, to stand behind `offset` bytes.
  private func archive(_ name: String, _ content: Data, behind offset: Int) -> Data {
    func bytes(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    // CRC-32 of ISO 3309.
    let check = ~content.reduce(UInt32.max) { rest, byte in
      (0..<8).reduce(rest ^ UInt32(byte)) { rest, _ in
        rest & 1 == 1 ? rest >> 1 ^ 0xEDB8_8320 : rest >> 1
      }
    }
    // Version 2.0, no flags, stored, at the begin of 1980.
    let common =
      bytes(20, 2) + bytes(0, 6) + bytes(33, 2) + bytes(Int(check), 4) + bytes(content.count, 4)
      + bytes(content.count, 4) + bytes(name.utf8.count, 2) + bytes(0, 2)
    let entry = Data(bytes(0x0403_4B50, 4) + common + Array(name.utf8)) + content
    let list = Data(
      bytes(0x0201_4B50, 4) + bytes(20, 2) + common + bytes(0, 10) + bytes(offset, 4)
        + Array(name.utf8))
    let end = Data(
      bytes(0x0605_4B50, 4) + bytes(0, 4) + bytes(1, 2) + bytes(1, 2) + bytes(list.count, 4)
        + bytes(offset + entry.count, 4) + bytes(0, 2))
    return entry + list + end
  }

  // As TensorFlow Lite Support packs them, which detectors of 90 other classes may have as well.
  @Test(.enabled(if: isThere, "needs ../shared"))
  func theLabelsInTheFileNameItsClasses() throws {
    try withFolder { folder in
      let path = folder + "/m.tflite"
      let model = try Data(contentsOf: URL(fileURLWithPath: Self.path))
      let labels = ["background"] + (1...90).map { "class \($0)" }
      let text = Data(labels.map { $0 + "\n" }.joined().utf8)
      try (model + archive("labelmap.txt", text, behind: model.count))
        .write(to: URL(fileURLWithPath: path))
      let weights = try PretrainedWeights(contentsOf: path)
      #expect(weights.labels == labels)
      #expect(weights.classNames(classCount: 90) == ClassNames(labels.dropFirst()))
      #expect(try PretrainedWeights(contentsOf: Self.path).labels == [])
    }
  }

  // Scripts/goldens/detection_operator.py: a network of a mean, whose image is of 4 × 4 pixels.
  @Test func anotherNetworkIsNamed() throws {
    let path = ThisPackage.root + "/Tests/ModelFilesTests/Fixtures/small.tflite"
    let error = #expect(throws: FileError.self) { try PretrainedWeights(contentsOf: path) }
    #expect(
      error?.reason
        == "not TensorFlow's SSD on MobileNet-v1, whose weights ssd300-mobilenet-v1 takes: its"
        + " input: expected one of [1, 300, 300, 3], found image [1, 4, 4, 3]")
  }

  // Layers as the API's feature extractor has them; then one channel more in the first convolution,
  // whose shape stands once in the file.
  @Test(.enabled(if: isThere, "needs ../shared"))
  func aNetworkOfOtherLayersIsNamed() throws {
    let model = try TFLiteModel(contentsOf: Self.path)
    let layers = try model.layers().layers
    let convolutions = layers.filter { $0.kind == .convolution || $0.kind == .depthwiseConvolution }
    #expect(convolutions.count == 35 + 12 && convolutions.allSatisfy(\.isPadded))
    #expect(convolutions.count { $0.strides == [2, 2] } == 9)
    #expect(layers.count { $0.kind == .sigmoid } == 1)
    var file = try Data(contentsOf: URL(fileURLWithPath: Self.path))
    let shape = Data([4, 0, 0, 0, 24, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0])
    let place = try #require(file.range(of: shape))
    file[place.lowerBound + 4] = 25
    let error = #expect(throws: FileError.self) {
      try TensorFlowSSD(TFLiteModel(file, path: "x"))
    }
    #expect(
      error?.reason.contains("expected 32, 24 or 16 channels") == true,
      "\(String(describing: error))")
  }

  // For a batch that was measured, training gives what inference gives, and did not before: on the
  // first map, whose variance of 2 · 19 · 19 values or more is nearly that of one less.
  @Test func restoredNormalizationsTrainAsTheyInfer() throws {
    let network = try network(.ssd300MobileNetV1Width50, classCount: 3)
    try NamedWeights.assign(to: network.store)
    for variable in network.store.variables {
      let (name, count) = (variable.name, variable.tensor.elementCount)
      guard name.contains(".1.") && variable.kind != .weight && name.hasPrefix("backbone") else {
        continue
      }
      let value: Float? =
        if name.hasSuffix("running_var") {
          1
        } else if name.hasSuffix("running_mean") {
          0
        } else if name.hasSuffix(".weight") {
          Float(1.001.squareRoot())
        } else {
          nil
        }
      if let value {
        try variable.tensor.assign(Tensor([Float](repeating: value, count: count), shape: [count]))
      }
    }
    let images = try Tensor(NamedWeights.noise(2, side: 300), shape: [2, 3, 300, 300])
      .channelsLast()
    func logits(isTraining: Bool) throws -> [Float] {
      try Gradients.unrecorded {
        let output = try network(images, isTraining: isTraining)
        return Array(try output.logits.floats()[..<(1083 * 4)])
      }
    }
    func difference(_ a: [Float], _ b: [Float]) -> Double {
      let squares = zip(a, b).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
      let mean = a.reduce(0, +) / Float(a.count)
      let size = a.reduce(0.0) { $0 + Double(($1 - mean) * ($1 - mean)) }
      return (squares / size).squareRoot()
    }
    let folded = try logits(isTraining: false)
    let state = try network.store.variables.map { try $0.tensor.cloned() }
    #expect(try difference(folded, logits(isTraining: true)) > 0.5)
    // Training has changed the running statistics.
    for (variable, value) in zip(network.store.variables, state) {
      try variable.tensor.assign(value)
    }
    var batches = [images, images]
    try network.restoreNormalizations { batches.popLast() }
    #expect(try difference(folded, logits(isTraining: false)) < 1e-4)
    #expect(try difference(folded, logits(isTraining: true)) < 0.005)
    let names = network.store.variables.map(\.name)
    let stem = try #require(names.firstIndex(of: "backbone.features.0.1.running_var"))
    let variances = try network.store.variables[stem].tensor.floats()
    #expect(Set(variances).count == 16 && variances.allSatisfy { $0 > 0.01 })
  }
}
