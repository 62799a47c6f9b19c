import Files
import Foundation
import ModelFiles
import MultiBox
import Runs
import TestSupport
import Testing
import Torch

@testable import SSDModels

/// Backbones with the weights that `make weights` brings.
struct ImageNetWeightsTests {
  private struct Golden: Decodable {
    let side: Int
    let maps: [String: [PickedValues]]
  }

  static let presets = [NetworkPreset.ssdMobileNetV2FPN, .ssdEfficientNetLite0FPN]
  static let areThere = presets.allSatisfy {
    BroughtWeights.has($0.imageNetWeights?.rawValue ?? "none")
  }

  private func network(_ preset: NetworkPreset) throws -> any SSDNetwork {
    try preset.makeNetwork(
      classCount: 2, specification: preset.defaultBoxes(side: 320), imageSide: 320, seed: 1)
  }

  /// The maps before the top-down path.
  private func features(of network: any SSDNetwork, _ images: Tensor) throws -> [Tensor] {
    switch network {
    case let network as SSD<MobileNetV2Pyramid>:
      try network.backbone.features(images, isTraining: false)
    case let network as SSD<EfficientNetLitePyramid>:
      try network.backbone.features(images, isTraining: false)
    default: []
    }
  }

  // Scripts/goldens/networks.py: torchvision 0.29.2, efficientnet-lite-pytorch 0.1.0, torch 2.15.0.
  @Test(.enabled(if: areThere, "needs make weights"), arguments: presets)
  func mapsAreThoseOfTheProgramThatTrainedThem(preset: NetworkPreset) throws {
    let golden = try TestFiles().golden("imagenet-features", as: Golden.self)
    let network = try network(preset)
    let file = try #require(preset.imageNetWeights)
    let weights = try PretrainedWeights(contentsOf: BroughtWeights.path(file.rawValue))
    #expect(weights.layout.fits(preset))
    let report = try weights.load(into: network.store, classNames: ["a", "b"])
    // The whole backbone, and of the file all but the classifier.
    #expect(report.missing.allSatisfy { !$0.hasPrefix("backbone.") })
    #expect(report.left.count == 2 && report.reshaped.isEmpty, "\(report.left)")
    let expected = try #require(golden.maps[preset.name])
    try Gradients.unrecorded {
      let images = try Tensor(
        NamedWeights.noise(1, side: golden.side), shape: [1, 3, golden.side, golden.side])
      let maps = try features(of: network, images.channelsLast())
      try #require(maps.count == 3 && expected.count == 3)
      for (index, map) in maps.enumerated() { try expected[index].expect(map, "map \(index)") }
    }
  }

  // Names of efficientnet-lite-pytorch's state_dict, and where they belong, by hand.
  @Test(arguments: [
    ("_conv_stem.weight", "backbone.features.0.0.weight"),
    ("_bn0.bias", "backbone.features.0.1.bias"),
    ("_blocks.0._depthwise_conv.weight", "backbone.features.1.block.0.0.weight"),
    ("_blocks.0._bn2.running_var", "backbone.features.1.block.1.1.running_var"),
    ("_blocks.5._expand_conv.weight", "backbone.features.6.block.0.0.weight"),
    ("_blocks.5._bn0.weight", "backbone.features.6.block.0.1.weight"),
    ("_blocks.15._bn1.running_mean", "backbone.features.16.block.1.1.running_mean"),
    ("_blocks.15._project_conv.weight", "backbone.features.16.block.2.0.weight"),
    ("_conv_head.weight", "backbone.features.17.0.weight"),
    ("_bn1.weight", "backbone.features.17.1.weight"),
  ])
  func namesOfEfficientNetLite(name: String, own: String) throws {
    #expect(WeightLayout.efficientNetLite0.name(of: name) == own)
    let names = try network(.ssdEfficientNetLite0FPN).store.variables.map(\.name)
    #expect(names.contains(own))
    #expect(WeightLayout.efficientNetLite0.name(of: "_fc.weight") == nil)
    #expect(WeightLayout.efficientNetLite0.name(of: "_blocks.0._expand_conv.weight") == nil)
  }

  // By hand: one window of 3 × 3 gets a row and a column of zeros before it.
  @Test func windowsOfStrideTwoBeginWithZeros() throws {
    try withFolder { folder in
      let path = folder + "/e.safetensors"
      try Safetensors(arrays: [
        "_blocks.15._project_conv.weight": NamedArray(zeros: .float32, shape: [320, 1152, 1, 1]),
        "_blocks.1._depthwise_conv.weight": NamedArray(
          shape: [1, 1, 3, 3], floats: [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        "_blocks.2._depthwise_conv.weight": NamedArray(
          shape: [1, 1, 3, 3], floats: [1, 2, 3, 4, 5, 6, 7, 8, 9]),
      ]).write(to: path)
      let weights = try PretrainedWeights(contentsOf: path)
      #expect(weights.layout == .efficientNetLite0)
      let wide = try #require(weights.arrays["backbone.features.2.block.1.0.weight"])
      #expect(wide.shape == [1, 1, 4, 4])
      #expect(try wide.floats() == [0, 0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9])
      let same = try #require(weights.arrays["backbone.features.3.block.1.0.weight"])
      #expect(same.shape == [1, 1, 3, 3])

      // What was written under this project's names is read as it is.
      try weights.write(weights.arrays.keys, to: folder + "/own.safetensors")
      let own = try PretrainedWeights(contentsOf: folder + "/own.safetensors")
      #expect(own.layout == .efficientNetLite0)
      #expect(own.arrays["backbone.features.2.block.1.0.weight"]?.shape == [1, 1, 4, 4])
    }
  }
}
