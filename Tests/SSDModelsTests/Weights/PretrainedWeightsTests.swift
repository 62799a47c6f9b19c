import Files
import ModelFiles
import MultiBox
import Runs
import TestSupport
import Testing
import Torch

@testable import SSDModels

struct PretrainedWeightsTests {
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

  // All 71 arrays of an ssd.pytorch file, each of one number, fill all 71 variables.
  @Test func everySSDPyTorchArrayHasItsPlace() throws {
    try withFolder { folder in
      let target = try network(.ssd300VGG16, classCount: 20)
      let vgg = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28, 31, 33]
      var names = vgg.map { "vgg.\($0)" } + (0..<8).map { "extras.\($0)" }
      names += (0..<6).flatMap { ["loc.\($0)", "conf.\($0)"] }
      var arrays: [String: NamedArray] = [:]
      var numbers: [String: Float] = [:]
      for name in names.flatMap({ [$0 + ".weight", $0 + ".bias"] }) + ["L2Norm.weight"] {
        let own = try #require(WeightLayout.ssdPyTorch.name(of: name))
        let shape = try #require(target.store.variables.first { $0.name == own }).tensor.shape
        let number = Float(arrays.count + 1)
        numbers[own] = number
        arrays[name] = NamedArray(
          shape: shape, floats: [Float](repeating: number, count: shape.reduce(1, *)))
      }
      try Safetensors(arrays: arrays).write(to: folder + "/w.safetensors")
      let weights = try PretrainedWeights(contentsOf: folder + "/w.safetensors")
      #expect(weights.layout == .ssdPyTorch)
      #expect(weights.classCount(target.defaultBoxSpecification) == 20)
      #expect(try weights.hasClassWeights(of: network(.ssd300VGG16, classCount: 1).store))
      let report = try weights.load(
        into: target.store, classNames: ClassNames((1...20).map { "\($0)" }))
      #expect(report.loaded.count == 71 && report.missing.isEmpty && report.left.isEmpty)
      for variable in target.store.variables {
        #expect(
          try Set(variable.tensor.floats()) == [#require(numbers[variable.name])],
          "\(variable.name)")
      }
    }
  }

  // 200,004 biases of a first layer would make a head of gigabytes; its weights are not there, or
  // of other sizes.
  @Test(arguments: [nil, [200_004, 1, 1, 1], [200_004, 0, 3, 3], [8, 512, 3, 3]] as [[Int]?])
  func aHeadWithoutItsWeightsHasNoClasses(shape: [Int]?) throws {
    try withFolder { folder in
      let name = "head.classification_head.module_list.0"
      var arrays = ["\(name).bias": NamedArray(zeros: .float32, shape: [200_004])]
      if let shape { arrays["\(name).weight"] = NamedArray(zeros: .float32, shape: shape) }
      try Safetensors(arrays: arrays).write(to: folder + "/w.safetensors")
      let weights = try PretrainedWeights(contentsOf: folder + "/w.safetensors")
      let smallest = try network(.ssd300VGG16, classCount: 1)
      #expect(weights.classCount(smallest.defaultBoxSpecification) == 50_000)
      #expect(!weights.hasClassWeights(of: smallest.store))
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

  @Test func whatWasImportedRemembersTheNamesOfItsClasses() throws {
    try withFolder { folder in
      let path = folder + "/w.safetensors"
      func weights(_ labels: String) throws -> PretrainedWeights {
        try Safetensors(
          arrays: ["features.0.0.weight": NamedArray(zeros: .float32, shape: [32, 3, 3, 3])],
          metadata: ["multibox.labels": labels]
        ).write(to: path)
        return try PretrainedWeights(contentsOf: path)
      }
      for (first, names) in [
        ("background", ["a", "b"]), ("???", ["a", "b"]), ("c", nil),
      ] as [(String, ClassNames?)] {
        let read = try weights(#"["\#(first)", "a", "b"]"#)
        try read.write(read.arrays.keys, to: folder + "/i.safetensors")
        let imported = try PretrainedWeights(contentsOf: folder + "/i.safetensors")
        #expect(imported.labels == [first, "a", "b"])
        #expect(imported.classNames(classCount: 2) == names)
        #expect(imported.classNames(classCount: 3) == [first, "a", "b"])
        #expect(imported.classNames(classCount: 1) == nil)
      }
      let none = try weights("[]")
      #expect(none.labels == [] && none.classNames(classCount: 0) == nil)
      let error = #expect(throws: FileError.self) { try weights(#"{"a": 1}"#) }
      #expect(error?.path == path)
      #expect(error?.reason.hasPrefix("metadata multibox.labels: ") == true, "\(error as Any)")
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
