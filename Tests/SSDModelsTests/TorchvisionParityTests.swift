import Datasets
import Files
import Foundation
import ModelFiles
import MultiBox
import Runs
import Testing
import Torch

@testable import SSDModels

/// Goldens: Scripts/goldens/networks.py, torch 2.15.0, torchvision 0.29.2, weights from names.
@Suite(.serialized) struct TorchvisionParityTests {
  private struct Golden: Decodable {
    struct State: Decodable {
      let shape: [Int]
      let type: String
    }
    struct Picks: Decodable {
      let indices: [Int]
      let values: [Double]
    }
    struct Truth: Decodable {
      let boxes: [[Double]]
      let classes: [Int]
    }
    let parameters: Int
    let state: [String: State]
    let logits, offsets: Picks
    let truth: [Truth]
    let localization, confidence: Double
    let first: String
    let gradient: [Double]

    init(_ model: NetworkPreset) throws {
      let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Goldens/\(model.name).json")
      self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: url))
    }
  }

  /// The numbers of a name: SplitMix64 from its FNV-1a hash, −1…1.
  private func uniform(_ name: String, _ count: Int) -> [Double] {
    let seed = name.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01B3
    }
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in Double(generator.next() >> 11) * 0x1p-53 * 2 - 1 }
  }

  private func value(_ name: String, _ shape: [Int]) -> [Float] {
    let numbers = uniform(name, shape.reduce(1, *))
    if shape.count == 4 {
      let scale = (6 / Double(shape[1] * shape[2] * shape[3])).squareRoot()
      return numbers.map { Float($0 * scale) }
    }
    if name.hasSuffix("running_var") { return numbers.map { Float(1 + 0.2 * $0) } }
    if name.hasSuffix("running_mean") { return numbers.map { Float(0.1 * $0) } }
    if name == "backbone.scale_weight" { return numbers.map { Float(20 + $0) } }
    if name.hasSuffix(".weight") { return numbers.map { Float(1 + 0.1 * $0) } }
    return numbers.map { Float(0.05 * $0) }
  }

  private func waves(_ side: Int, amplitude: Double) -> [Float] {
    var values: [Float] = []
    for n in 0..<2 {
      for c in 0..<3 {
        for y in 0..<side {
          for x in 0..<side {
            let angle =
              0.05 * Double((c + 1) * x) + 0.03 * Double((n + 1) * y) + Double(n + c)
            values.append(Float(amplitude * sin(angle)))
          }
        }
      }
    }
    return values
  }

  private func network(
    _ model: NetworkPreset
  ) throws -> (network: any SSDNetwork, specification: DefaultBoxSpecification) {
    let preset: DefaultBoxPreset = model == .ssd300VGG16 ? .ssd300COCO : .ssdlite320
    let specification = preset.specification(clipping: .sizes)
    let side = model.side(requested: 320)
    let network = try model.makeNetwork(
      classCount: 90, specification: specification, imageSide: side, seed: 1)
    for variable in network.store.variables {
      let shape = variable.tensor.shape
      try variable.tensor.assign(Tensor(value(variable.name, shape), shape: shape))
    }
    return (network, specification)
  }

  @Test(arguments: [NetworkPreset.ssd300VGG16, .ssdlite320MobileNetV3])
  func logitsLossAndGradientAreTorchvisions(model: NetworkPreset) throws {
    let golden = try Golden(model)
    let (network, specification) = try network(model)
    let side = model.side(requested: 320)
    func images(_ values: [Float]) throws -> Tensor {
      try Tensor(values, shape: [2, 3, side, side]).channelsLast()
    }
    #expect(network.store.parameterCount == golden.parameters)

    // Relative to the values' size: in float32 torchvision itself is off by 6e-4 where the values
    // of MobileNetV3 have a mean square of 4.4.
    func compare(_ tensor: Tensor, _ picks: Golden.Picks) throws {
      let values = try tensor.floats()
      let errors = zip(picks.indices, picks.values).map { abs(Double(values[$0]) - $1) }
      func meanSquare(_ values: [Double]) -> Double {
        (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
      }
      #expect(meanSquare(errors) <= 1e-4 * meanSquare(picks.values))
      let largest = picks.values.map(abs).max() ?? 0
      #expect(errors.allSatisfy { $0 <= 1e-4 * largest })
    }
    try Gradients.unrecorded {
      let noise = uniform("images", 2 * 3 * side * side).map(Float.init)
      let output = try network(images(noise), isTraining: false)
      try compare(output.logits, golden.logits)
      try compare(output.offsets, golden.offsets)
    }

    let waves = waves(side, amplitude: model == .ssd300VGG16 ? 60 : 1)
    let output = try network(images(waves), isTraining: true)
    let groundTruth = golden.truth.map { truth in
      zip(truth.boxes, truth.classes).map {
        LabeledBox(
          box: Box(xMin: $0[0], yMin: $0[1], xMax: $0[2], yMax: $0[3]), classIndex: $1)
      }
    }
    let logits = try output.logits.floats()
    let offsets = try output.offsets.floats()
    let answer = try LossPreset.torchvision.loss.valueAndGradients(
      logits: logits, offsets: offsets, imageCount: 2, defaultBoxes: DefaultBoxes(specification),
      groundTruth: groundTruth)
    let (result, logitGradient, offsetGradient) = (
      answer.result, answer.logitGradient, answer.offsetGradient
    )
    #expect(abs(result.localization - golden.localization) <= 1e-3 * golden.localization)
    #expect(abs(result.confidence - golden.confidence) <= 1e-3 * golden.confidence)
    try Tensor.backward(
      [output.logits, output.offsets],
      gradients: [
        Tensor(logitGradient, shape: output.logits.shape),
        Tensor(offsetGradient, shape: output.offsets.shape),
      ])
    let first = try #require(network.store.variables.first { $0.name == golden.first })
    let gradient = try #require(try first.tensor.gradient()).floats()
    #expect(gradient.count == golden.gradient.count)
    let norm = golden.gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let error = zip(gradient, golden.gradient).reduce(0) {
      $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1)
    }.squareRoot()
    // The order of sums decides, through all layers: with another layout torchvision's own float32
    // is off by .6 % of its float64. With the golden's vectors it is below .1 %, with those of
    // processors without AVX-512 or AVX2 .1 to .35 %; a factor of 1.01 in a formula still fails.
    #expect(norm > 0 && error <= 6e-3 * norm, "\(error / norm)")
  }

  // Names, shapes and types of torchvision's state dictionary, all of them and no others.
  @Test(arguments: [NetworkPreset.ssd300VGG16, .ssdlite320MobileNetV3])
  func whatIsExportedLoadsStrictly(model: NetworkPreset) throws {
    let golden = try Golden(model)
    let state = try network(model).network.store.torchvisionState()
    #expect(Set(state.keys) == Set(golden.state.keys))
    for (name, expected) in golden.state {
      #expect(state[name]?.shape == expected.shape, "\(name)")
      #expect(
        state[name]?.elementType == (expected.type == "int64" ? .int64 : .float32), "\(name)")
    }
  }
}

struct PretrainedWeightsTests {
  private func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("multibox-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url.path)
  }

  private func network(_ model: NetworkPreset, classCount: Int) throws -> any SSDNetwork {
    let side = model.side(requested: 64)
    return try model.makeNetwork(
      classCount: classCount, specification: model.defaultBoxes(side: side),
      imageSide: side, seed: 2)
  }

  // Names of ssd.pytorch's ssd300 and where they belong, by hand from its list of layers.
  @Test(arguments: [
    ("vgg.0.weight", "backbone.features.0.weight"), ("vgg.21.bias", "backbone.features.21.bias"),
    ("vgg.24.weight", "backbone.extra.0.1.weight"), ("vgg.28.bias", "backbone.extra.0.5.bias"),
    ("vgg.31.weight", "backbone.extra.0.7.1.weight"),
    ("vgg.33.weight", "backbone.extra.0.7.3.weight"), ("L2Norm.weight", "backbone.scale_weight"),
    ("extras.0.weight", "backbone.extra.1.0.weight"),
    ("extras.7.bias", "backbone.extra.4.2.bias"),
    ("loc.5.weight", "head.regression_head.module_list.5.weight"),
    ("conf.0.bias", "head.classification_head.module_list.0.bias"),
  ])
  func namesOfSSDPyTorch(name: String, own: String) throws {
    #expect(WeightLayout.ssdPyTorch.name(of: name) == own)
    let names = try network(.ssd300VGG16, classCount: 20).store.variables.map(\.name)
    #expect(names.contains(own))
  }

  // All 2 × 35 arrays of an ssd.pytorch file fill all 71 variables.
  @Test func everySSDPyTorchArrayHasItsPlace() throws {
    try withFolder { folder in
      let target = try network(.ssd300VGG16, classCount: 20)
      let vgg = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28, 31, 33]
      var names = vgg.map { "vgg.\($0)" } + (0..<8).map { "extras.\($0)" }
      names += (0..<6).flatMap { ["loc.\($0)", "conf.\($0)"] }
      var arrays: [String: NamedArray] = [:]
      for name in names.flatMap({ [$0 + ".weight", $0 + ".bias"] }) + ["L2Norm.weight"] {
        let own = try #require(WeightLayout.ssdPyTorch.name(of: name))
        let shape = try #require(target.store.variables.first { $0.name == own }).tensor.shape
        arrays[name] = NamedArray(zeros: .float32, shape: shape)
      }
      try Safetensors(arrays: arrays).write(to: folder + "/w.safetensors")
      let weights = try PretrainedWeights(contentsOf: folder + "/w.safetensors")
      #expect(weights.layout == .ssdPyTorch)
      #expect(weights.classCount(target.defaultBoxSpecification) == 20)
      let report = try weights.load(
        into: target.store, classNames: ClassNames((1...20).map { "\($0)" }))
      #expect(report.loaded.count == 71 && report.missing.isEmpty && report.left.isEmpty)
      #expect(
        try target.store.variables.allSatisfy { try $0.tensor.floats().allSatisfy { $0 == 0 } })
    }
  }

  // By hand: with one shape, rows are background, a, b; the target's classes are b and c.
  @Test func rowsOfSharedClassesAreTaken() throws {
    try withFolder { folder in
      let source = try network(.ssdCompact, classCount: 3)
      let path = folder + "/w.safetensors"
      var arrays: [String: NamedArray] = [:]
      for variable in source.store.variables {
        arrays[variable.name] = NamedArray(
          shape: variable.tensor.shape,
          floats: try variable.tensor.floats().indices.map { Float($0) })
      }
      try Safetensors(arrays: arrays).write(to: path)
      let weights = try PretrainedWeights(contentsOf: path)

      let anew = try network(.ssdCompact, classCount: 2)
      let report = try weights.load(into: anew.store, classNames: ["b", "z"])
      #expect(report.reshaped.count == 10 && report.partlyLoaded.isEmpty)
      #expect(report.summary.contains("10 of another shape, started anew"))

      let target = try network(.ssdCompact, classCount: 2)
      let name = "head.classification_head.module_list.0.bias"
      let before = try #require(target.store.variables.first { $0.name == name }).tensor.floats()
      let shared = try weights.load(
        into: target.store, classNames: ["b", "z"], sourceClassNames: ["a", "b", "c"])
      #expect(shared.partlyLoaded.count == 10 && shared.reshaped.isEmpty)
      let after = try #require(target.store.variables.first { $0.name == name }).tensor.floats()
      // Four shapes; source rows background, a, b, c. Row z keeps its value.
      for box in 0..<4 {
        #expect(after[box * 3] == Float(box * 4) && after[box * 3 + 1] == Float(box * 4 + 2))
        #expect(after[box * 3 + 2] == before[box * 3 + 2])
      }
    }
  }

  @Test func whatWasImportedRemembersWhereItCameFrom() throws {
    try withFolder { folder in
      let path = folder + "/m.safetensors"
      try Safetensors(arrays: [
        "features.0.0.weight": NamedArray(zeros: .float32, shape: [32, 3, 3, 3]),
        "features.18.0.weight": NamedArray(zeros: .float32, shape: [1280, 320, 1, 1]),
        "features.18.1.num_batches_tracked": NamedArray(zeros: .int64, shape: []),
        "classifier.1.bias": NamedArray(zeros: .float32, shape: [1000]),
      ]).write(to: path)
      let weights = try PretrainedWeights(contentsOf: path)
      #expect(weights.layout == .mobileNetV2 && weights.unknown == ["classifier.1.bias"])
      let network = try network(.ssdlite320MobileNetV2, classCount: 1)
      let report = try weights.load(into: network.store, classNames: ["a"])
      #expect(report.loaded == ["backbone.features.0.0.weight", "backbone.features.18.0.weight"])
      #expect(report.left == ["classifier.1.bias"])
      try weights.write(report.loaded, to: folder + "/i.safetensors")
      let imported = try PretrainedWeights(contentsOf: folder + "/i.safetensors")
      #expect(imported.layout == .mobileNetV2 && imported.arrays.count == 2)
      #expect(imported.layout.normalization?.mean == [123.675, 116.28, 103.53])
      #expect(!imported.layout.fits(.ssd300VGG16))
      let other = try self.network(.ssdCompact, classCount: 1)
      #expect(throws: FileError.self) { try imported.load(into: other.store, classNames: ["a"]) }
    }
  }
}
