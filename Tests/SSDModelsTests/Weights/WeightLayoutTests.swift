import Files
import ModelFiles
import MultiBox
import Runs
import TestSupport
import Testing

@testable import SSDModels

/// Names as the published projects' sources give them.
struct WeightLayoutTests {
  private struct Case {
    let layout: WeightLayout
    let mark: String
    /// Names of conv1_1, fc7, the first and last layer behind it, the scale, and two heads.
    let names: [String]
  }

  private static let own = [
    "backbone.features.0.weight", "backbone.extra.0.7.3.bias", "backbone.extra.1.0.weight",
    "backbone.extra.4.2.bias", "backbone.scale_weight",
    "head.classification_head.module_list.5.weight", "head.regression_head.module_list.0.bias",
  ]

  private static let cases = [
    Case(
      layout: .lufficc, mark: "box_head.predictor.cls_headers.0.weight",
      names: [
        "backbone.vgg.0.weight", "backbone.vgg.33.bias", "backbone.extras.0.weight",
        "backbone.extras.7.bias", "backbone.l2_norm.weight",
        "box_head.predictor.cls_headers.5.weight", "box_head.predictor.reg_headers.0.bias",
      ]),
    Case(
      layout: .qfgaohao, mark: "source_layer_add_ons.0.scale",
      names: [
        "base_net.0.weight", "base_net.33.bias", "extras.0.0.weight", "extras.3.2.bias",
        "source_layer_add_ons.0.scale", "classification_headers.5.weight",
        "regression_headers.0.bias",
      ]),
    Case(
      layout: .mmdetection, mark: "bbox_head.cls_convs.0.0.weight",
      names: [
        "backbone.features.0.weight", "backbone.features.33.bias",
        "neck.extra_layers.0.0.conv.weight", "neck.extra_layers.3.1.conv.bias",
        "neck.l2_norm.weight", "bbox_head.cls_convs.5.0.weight", "bbox_head.reg_convs.0.0.bias",
      ]),
  ]

  @Test func publishedNamesAreTheNetworksOwn() {
    for entry in Self.cases {
      let layout = WeightLayout.recognized(entry.names + [entry.mark])
      #expect(layout == entry.layout)
      #expect(entry.names.map { layout.name(of: $0) } == Self.own, "\(layout)")
      #expect(layout.name(of: "something.else") == nil)
    }
    let nvidia = WeightLayout.recognized(["feature_extractor.feature_extractor.0.weight"])
    #expect(nvidia == .nvidia && !NetworkPreset.all.contains(where: nvidia.fits))
  }

  @Test func namesOfWrappersAreTakenOff() {
    #expect(
      WeightLayout.unwrapped(["module.model.a", "module.model.b.c"])
        == ["module.model.a": "a", "module.model.b.c": "b.c"])
    // Only where all names have it.
    #expect(WeightLayout.unwrapped(["model.a", "b"]) == ["model.a": "model.a", "b": "b"])
  }

  // By hand: two boxes of two classes and the background behind them.
  @Test func theLastRowOfEachBoxBecomesTheFirst() throws {
    try withFolder { folder in
      let path = folder + "/w.safetensors"
      try Safetensors(arrays: [
        "module.bbox_head.cls_convs.0.0.weight": NamedArray(
          shape: [6, 1, 1, 1], floats: [1, 2, 0, 11, 12, 10]),
        "module.bbox_head.reg_convs.0.0.bias": NamedArray(
          shape: [8], floats: [Float](repeating: 0, count: 8)),
      ]).write(to: path)
      let weights = try PretrainedWeights(contentsOf: path)
      #expect(weights.layout == .mmdetection && weights.unknown.isEmpty)
      let array = try #require(weights.arrays["head.classification_head.module_list.0.weight"])
      #expect(try array.floats() == [0, 1, 2, 10, 11, 12])
    }
  }
}
