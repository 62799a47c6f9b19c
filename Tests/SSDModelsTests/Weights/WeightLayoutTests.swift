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

  // ssd.pytorch and lufficc: voc or coco of their configurations; mmdetection: ssd300_coco.py,
  // ssd512_coco.py and those below pascal_voc; qfgaohao: vgg_ssd_config.py alone.
  @Test func defaultBoxesAreThoseOfTheProjects() {
    func preset(_ layout: WeightLayout, _ network: NetworkPreset, _ classCount: Int)
      -> DefaultBoxPreset?
    { layout.defaultBoxes(of: network, classCount: classCount) }
    for classCount in [3, 20, 90] {
      #expect(preset(.own, .ssd300VGG16, classCount) == .ssd300COCO)
      #expect(preset(.own, .ssdlite320MobileNetV3, classCount) == .ssdlite320)
      #expect(preset(.own, .ssdlite320MobileNetV2, classCount) == nil)
      #expect(preset(.qfgaohao, .ssd300VGG16, classCount) == .ssd300VOC)
    }
    for layout in [WeightLayout.ssdPyTorch, .lufficc, .mmdetection] {
      #expect(preset(layout, .ssd300VGG16, 20) == .ssd300VOC)
      #expect(preset(layout, .ssd300VGG16, 80) == .ssd300COCO)
      #expect(preset(layout, .ssd300VGG16, 3) == nil)
    }
    for layout in [WeightLayout.lufficc, .mmdetection] {
      #expect(preset(layout, .ssd512VGG16, 20) == .ssd512VOC)
      #expect(preset(layout, .ssd512VGG16, 80) == .ssd512COCO)
    }
  }

  // vgg_ssd512_voc0712.yaml and vgg_ssd512_coco_trainval35k.yaml; mmdetection has whole pixels, as
  // the original code.
  @Test func lufficcDoesNotCutTheSizesOfSSD512() throws {
    for (preset, sizes) in [
      (DefaultBoxPreset.ssd512VOC, [35.84, 76.8, 460.8, 537.65]),
      (.ssd512COCO, [20.48, 51.2, 460.8, 542.72]),
    ] {
      let specification = WeightLayout.lufficc.specification(of: preset)
      let usual = preset.specification(clipping: .all)
      #expect(specification.clipping == .all)
      #expect(specification.featureMaps.map(\.boxCount) == usual.featureMaps.map(\.boxCount))
      #expect(
        specification.featureMaps.map(\.stepInPixels) == usual.featureMaps.map(\.stepInPixels))
      let first = try #require(specification.featureMaps.first).shapes
      #expect(first.map(\.width).prefix(2) == [sizes[0], (sizes[0] * sizes[1]).squareRoot()])
      #expect(first[2].width == sizes[0] * 2.squareRoot())
      #expect(first[2].height == sizes[0] / 2.squareRoot())
      let last = try #require(specification.featureMaps.last).shapes
      #expect(last.map(\.width).prefix(2) == [sizes[2], (sizes[2] * sizes[3]).squareRoot()])
      #expect(WeightLayout.mmdetection.specification(of: preset) == preset.specification())
    }
  }
}
