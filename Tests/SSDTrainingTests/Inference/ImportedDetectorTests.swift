import Detectors
import Files
import Foundation
import ImageFiles
import ModelFiles
import MultiBox
import Runs
import SSDModels
import TestSupport
import Testing
import Torch

@testable import SSDTraining

#if canImport(OpenVINODetector)
  import OpenVINODetector
#endif

/// Detectors with the names of others, which stand in the sources of their projects.
@Suite(.serialized) struct ImportedDetectorTests {
  // MARK: Files as others write them

  /// The name of an array of SSD300 in another project's file.
  private static func name(_ own: String, in layout: WeightLayout) throws -> String {
    let parts = own.split(separator: ".").map(String.init)
    let last = try #require(parts.last)
    if layout == .own { return own }
    if own == "backbone.scale_weight" {
      let names: [WeightLayout: String] = [
        .ssdPyTorch: "L2Norm.weight", .lufficc: "backbone.l2_norm.weight",
        .qfgaohao: "source_layer_add_ons.0.scale", .mmdetection: "neck.l2_norm.weight",
      ]
      return try #require(names[layout])
    }
    if parts[0] == "head" {
      let isOfClasses = parts[1] == "classification_head"
      switch layout {
      case .ssdPyTorch: return "\(isOfClasses ? "conf" : "loc").\(parts[3]).\(last)"
      case .lufficc:
        return "box_head.predictor.\(isOfClasses ? "cls" : "reg")_headers.\(parts[3]).\(last)"
      case .qfgaohao:
        return "\(isOfClasses ? "classification" : "regression")_headers.\(parts[3]).\(last)"
      default: return "bbox_head.\(isOfClasses ? "cls" : "reg")_convs.\(parts[3]).0.\(last)"
      }
    }
    let position = try #require(Int(parts[2]))
    if parts[1] == "features" || position == 0 {
      let vgg =
        parts[1] == "features"
        ? position : parts.count == 6 ? (parts[4] == "1" ? 31 : 33) : 23 + (Int(parts[3]) ?? 0)
      let prefixes: [WeightLayout: String] = [
        .ssdPyTorch: "vgg", .lufficc: "backbone.vgg", .qfgaohao: "base_net",
        .mmdetection: "backbone.features",
      ]
      return try "\(#require(prefixes[layout])).\(vgg).\(last)"
    }
    let (layer, part) = (position - 1, (Int(parts[3]) ?? 0) / 2)
    switch layout {
    case .ssdPyTorch: return "extras.\(layer * 2 + part).\(last)"
    case .lufficc: return "backbone.extras.\(layer * 2 + part).\(last)"
    case .qfgaohao: return "extras.\(layer).\(part * 2).\(last)"
    default: return "neck.extra_layers.\(layer).\(part).conv.\(last)"
    }
  }

  /// The rows of each box's classes with the background behind them.
  private static func withBackgroundLast(_ array: NamedArray, logitCount: Int) throws -> NamedArray
  {
    let values = try array.floats()
    let size = values.count / array.shape[0]
    var moved: [Float] = []
    for start in stride(from: 0, to: values.count, by: logitCount * size) {
      moved += values[start + size..<start + logitCount * size] + values[start..<start + size]
    }
    return NamedArray(shape: array.shape, floats: moved)
  }

  /// Gives biases and scale numbers of their own: where they start, all biases are 0.
  private func disturb(_ network: any SSDNetwork) throws {
    for variable in network.store.variables where variable.tensor.shape.count == 1 {
      var numbers = SeededNumbers(name: variable.name)
      let values = try variable.tensor.floats()
      try variable.tensor.assign(
        Tensor(
          zip(values, numbers.floats(values.count, -0.05...0.05)).map { $0 + $1 },
          shape: variable.tensor.shape))
    }
  }

  private func arrays(_ network: any SSDNetwork) throws -> [String: NamedArray] {
    var arrays: [String: NamedArray] = [:]
    for variable in network.store.variables {
      arrays[variable.name] = NamedArray(
        shape: variable.tensor.shape, floats: try variable.tensor.floats())
    }
    return arrays
  }

  private func make(_ preset: NetworkPreset, classCount: Int) throws -> any SSDNetwork {
    let side = preset.side(requested: 64)
    let network = try preset.makeNetwork(
      classCount: classCount, specification: preset.defaultBoxes(side: side), imageSide: side,
      seed: 8)
    try disturb(network)
    return network
  }

  // MARK: Tests

  // Mean and deviation as the projects' configurations give them, in grey levels of RGB.
  @Test(
    arguments: [
      (WeightLayout.own, [123, 117, 104], DefaultBoxSpecification.Clipping.sizes, true),
      (.ssdPyTorch, [123, 117, 104], .all, false), (.lufficc, [123, 117, 104], .all, false),
      (.qfgaohao, [123, 117, 104], .all, false),
      (.mmdetection, [123.675, 116.28, 103.53], .none, true),
    ] as [(WeightLayout, [Float], DefaultBoxSpecification.Clipping, Bool)])
  func theFileGivesWhatTheNetworkGives(
    layout: WeightLayout, mean: [Float], clipping: DefaultBoxSpecification.Clipping,
    limitsSizes: Bool
  ) throws {
    try withFolder { folder in
      let classNames: ClassNames = ["a", "b", "c"]
      let source = try make(.ssd300VGG16, classCount: 3)
      let own = try arrays(source)
      var theirs: [String: NamedArray] = [:]
      for (name, array) in own {
        let isMoved = layout == .mmdetection && name.hasPrefix("head.classification_head")
        theirs[try Self.name(name, in: layout)] =
          isMoved ? try Self.withBackgroundLast(array, logitCount: 4) : array
      }
      try Safetensors(arrays: theirs).write(to: folder + "/w.safetensors")
      let weights = try PretrainedWeights(contentsOf: folder + "/w.safetensors")
      #expect(weights.layout == layout)

      let specification = layout.specification(of: .ssd300VOC)
      #expect(specification == DefaultBoxPreset.ssd300VOC.specification(clipping: clipping))
      let detector = try ImportedDetector(
        weights, of: .ssd300VGG16, classNames: classNames, defaultBoxes: specification)
      #expect(detector.report.loaded.count == 71 && detector.report.left.isEmpty)
      #expect(try arrays(detector.network) == own)
      let description = detector.description
      #expect(description.classNames == classNames)
      #expect(description.input.normalization.mean == mean)
      #expect(description.input.normalization.standardDeviation == [1, 1, 1])
      #expect(description.input.width == 300 && description.input.height == 300)
      #expect(description.thresholds == DetectorDescription.Thresholds())
      guard case .heads(let heads) = description.outputs else {
        Issue.record("\(description.outputs)")
        return
      }
      #expect(heads.defaultBoxes == .specification(specification))
      #expect(
        heads.boxCoder
          == BoxCoder(
            centerVariance: 0.1, sizeVariance: 0.2,
            maximumSizeOffset: limitsSizes ? BoxCoder.torchvisionMaximumSizeOffset : nil))
      #expect(heads.classes.scoreFunction == .softmax && heads.classes.hasBackground)

      // A network and a description that have been exported already; each file has 100 MB.
      if layout == .lufficc || layout == .qfgaohao { return }
      let output = folder + "/detector.onnx"
      try detector.exportONNX(to: output)
      let metadata = try ONNXModel.metadata(of: output)
      #expect(metadata[DetectorDescription.metadataKey] == (try description.json()))
      #expect(metadata[RunFolder.weightsHashKey] == (try ContentHash(ofFile: weights.path)).text)
      #if canImport(OpenVINODetector)
        var numbers = SeededNumbers(3)
        let image = RGBImage(
          width: 90, height: 70,
          pixels: (0..<90 * 70 * 3).map { _ in UInt8(numbers.integer(0...255)) })
        let expected = try NetworkDetector(source, description, threadCount: 2).predictions(
          for: image)
        let found = try ModelDetector(output, threadCount: 2).predictions(for: image)
        #expect(found.defaultBoxes == DefaultBoxes(specification))
        for (found, expected) in [
          (found.logits, expected.logits), (found.offsets, expected.offsets),
        ] {
          try #require(found.count == expected.count && !found.isEmpty)
          let largest = expected.largestFinite
          #expect(largest > 0.01)
          #expect(found.isClose(to: expected, tolerance: 1e-4 * max(1, largest)))
        }
      #endif
    }
  }

  // torchvision's ssdlite320_mobilenet_v3_large, which suppresses otherwise than SSD300.
  @Test func torchvisionsSSDLiteHasItsOwnLimits() throws {
    try withFolder { folder in
      let source = try make(.ssdlite320MobileNetV3, classCount: 2)
      let path = folder + "/w.safetensors"
      try Safetensors(arrays: source.store.torchvisionState()).write(to: path)
      let detector = try ImportedDetector(
        PretrainedWeights(contentsOf: path), of: .ssdlite320MobileNetV3, classNames: ["a", "b"])
      #expect(try arrays(detector.network) == arrays(source))
      #expect(detector.report.left.isEmpty)
      let description = detector.description
      #expect(description.input.normalization == .unitRange)
      #expect(
        description.thresholds
          == DetectorDescription.Thresholds(
            score: 0.001, iou: 0.55, candidatesPerClass: 300, maximumDetections: 300))
      guard case .heads(let heads) = description.outputs else {
        Issue.record("\(description.outputs)")
        return
      }
      #expect(
        heads.defaultBoxes
          == .specification(DefaultBoxPreset.ssdlite320.specification(clipping: .sizes)))
    }
  }

  private static let head = "head.classification_head.module_list.0.weight"

  // What is no detector of a known program is refused before a network is made.
  @Test(
    arguments: [
      (
        [head], ["multibox.kept": "{\"epoch\": 1}"], NetworkPreset.ssd300VGG16, 90,
        "weights of a run, whose folder knows their default boxes: multibox export --run writes its"
          + " network"
      ),
      (
        [head], ["made_by": "MultiBox export"], .ssd300VGG16, 90,
        "weights of a run, whose folder knows their default boxes: multibox export --run writes its"
          + " network"
      ),
      (
        ["features.28.weight"], [:], .ssd300VGG16, 1000,
        "a backbone without the heads of a detector (vgg16): multibox train --pretrained begins with"
          + " it"
      ),
      (
        ["backbone.features.0.weight"], ["format": "pt"], .ssd300VGG16, 90,
        "a backbone without the heads of a detector (own): multibox train --pretrained begins with it"
      ),
      (
        [head], [:], .ssdCompact, 3,
        "no other program is known that trains ssd-compact with these names"
      ),
      (
        ["vgg.0.weight", "conf.0.weight"], [:], .ssd300VGG16, 3,
        "ssd.pytorch trains with default boxes of more than one kind, and 3 classes do not tell"
          + " which: --default-boxes names them"
      ),
    ] as [([String], [String: String], NetworkPreset, Int, String)])
  func whatIsNoKnownDetectorIsRefused(
    names: [String], metadata: [String: String], preset: NetworkPreset, classCount: Int,
    reason: String
  ) throws {
    try withFolder { folder in
      let path = folder + "/w.safetensors"
      try Safetensors(
        arrays: Dictionary(
          uniqueKeysWithValues: names.map {
            ($0, NamedArray(zeros: .float32, shape: [1, 1, 1, 1]))
          }), metadata: metadata
      ).write(to: path)
      let weights = try PretrainedWeights(contentsOf: path)
      let classNames = ClassNames((1...classCount).map { "\($0)" })
      let error = #expect(throws: FileError.self) {
        try ImportedDetector(weights, of: preset, classNames: classNames)
      }
      #expect(error?.path == path)
      #expect(error?.reason == reason)
    }
  }

  @Test func aDetectorNeedsAllItsArrays() throws {
    try withFolder { folder in
      let path = folder + "/w.safetensors"
      try Safetensors(arrays: [
        "vgg.0.weight": NamedArray(zeros: .float32, shape: [64, 3, 3, 3]),
        "conf.0.weight": NamedArray(zeros: .float32, shape: [84, 512, 3, 3]),
        "conf.0.bias": NamedArray(zeros: .float32, shape: [80]),
      ]).write(to: path)
      let weights = try PretrainedWeights(contentsOf: path)
      let error = #expect(throws: FileError.self) {
        try ImportedDetector(
          weights, of: .ssd300VGG16, classNames: ClassNames((1...20).map { "\($0)" }))
      }
      let reason = try #require(error?.reason)
      // 71 without the two that fit.
      #expect(
        reason.hasPrefix(
          "69 of 71 arrays of ssd300-vgg16 are missing or of another shape, first "), "\(reason)")
    }
  }

  // Renamed weights of a run are still those of a run.
  @Test func whatWasImportedRemembersThatItIsOfARun() throws {
    try withFolder { folder in
      let (path, renamed) = (folder + "/w.safetensors", folder + "/i.safetensors")
      for (metadata, isOfThisProject) in [(["multibox.kept": "{}"], true), ([:], false)] {
        try Safetensors(
          arrays: [Self.head: NamedArray(zeros: .float32, shape: [1, 1, 1, 1])],
          metadata: metadata
        ).write(to: path)
        try PretrainedWeights(contentsOf: path).write([Self.head], to: renamed)
        let weights = try PretrainedWeights(contentsOf: renamed)
        #expect(weights.isOfThisProject == isOfThisProject)
        #expect(weights.layout == .own && PretrainedWeights.isOwnFile(renamed))
      }
    }
  }
}
