import MultiBox
import Runs
import Testing

@testable import SSDModels

struct NetworkTests {
  // torchvision 0.29.2: 35,641,826 for ssd300_vgg16 with 91 logits.
  @Test func ssd300HasTorchvisionsParameters() throws {
    let network = try NetworkPreset.ssd300VGG16.makeNetwork(
      classCount: 90, specification: DefaultBoxPreset.ssd300COCO.specification(), imageSide: 300,
      seed: 1)
    #expect(network.store.parameterCount == 35_641_826)
  }

  // torchvision 0.29.2: mobilenet_v2 without its classifier has 2,223,872 parameters.
  @Test func theMobileNetHasTorchvisionsParameters() throws {
    let network = try NetworkPreset.ssdlite320MobileNetV2.makeNetwork(
      classCount: 20, specification: DefaultBoxPreset.ssdlite320.specification(), imageSide: 320,
      seed: 1)
    let features = network.store.variables.filter {
      $0.name.hasPrefix("backbone.features.") && $0.kind != .buffer
    }
    #expect(features.reduce(0) { $0 + $1.tensor.elementCount } == 2_223_872)
  }

  // Some names and shapes of torchvision 0.29.2's ssd300_vgg16(num_classes=91).state_dict().
  @Test func ssd300HasTorchvisionsNames() throws {
    let network = try NetworkPreset.ssd300VGG16.makeNetwork(
      classCount: 90, specification: DefaultBoxPreset.ssd300COCO.specification(), imageSide: 300,
      seed: 1)
    let shapes = Dictionary(
      uniqueKeysWithValues: network.store.variables.map { ($0.name, $0.tensor.shape) })
    #expect(shapes.count == 71)
    #expect(shapes["backbone.scale_weight"] == [512])
    #expect(shapes["backbone.features.0.weight"] == [64, 3, 3, 3])
    #expect(shapes["backbone.features.21.weight"] == [512, 512, 3, 3])
    #expect(shapes["backbone.extra.0.1.weight"] == [512, 512, 3, 3])
    #expect(shapes["backbone.extra.0.7.1.weight"] == [1024, 512, 3, 3])
    #expect(shapes["backbone.extra.0.7.3.bias"] == [1024])
    #expect(shapes["backbone.extra.1.0.weight"] == [256, 1024, 1, 1])
    #expect(shapes["backbone.extra.4.2.weight"] == [256, 128, 3, 3])
    #expect(shapes["head.classification_head.module_list.1.weight"] == [546, 1024, 3, 3])
    #expect(shapes["head.regression_head.module_list.5.bias"] == [16])
  }

  @Test func defaultBoxesMustFitTheFeatureMaps() throws {
    let error = #expect(throws: ModelError.self) {
      try NetworkPreset.ssdlite320MobileNetV2.makeNetwork(
        classCount: 3, specification: DefaultBoxPreset.ssd300VOC.specification(), imageSide: 320,
        seed: 1)
    }
    #expect(
      error?.description
        == "default boxes for ssdlite320-mobilenet-v2, feature map 0: expected 20 × 20 cells,"
        + " found 38 × 38")
  }

  // Caffe's SSD300 and SSD512; 320 pixels as in torchvision's SSDLite; TensorFlow's for 300.
  @Test func cellsFollowFromTheInput() throws {
    func store() throws -> VariableStore { try VariableStore(seed: 1) }
    let vgg300 = try VGG16Backbone(store(), size: .pixels300)
    #expect(vgg300.cellCounts(along: 300) == [38, 19, 10, 5, 3, 1])
    #expect(vgg300.maps.map(\.stride) == [8, 16, 32, 64, 64, 64])
    #expect(
      try VGG16Backbone(store(), size: .pixels512).cellCounts(along: 512)
        == [64, 32, 16, 8, 4, 2, 1])
    #expect(
      try MobileNetV3Backbone(store()).cellCounts(along: 320) == [20, 10, 5, 3, 2, 1])
    #expect(
      try MobileNetV2Backbone(store(), hasFineMap: true).cellCounts(along: 320)
        == [40, 20, 10, 5, 3, 2, 1])
    #expect(try CompactBackbone(store()).cellCounts(along: 160) == [20, 10, 5, 3, 2])
    let mobileNetV1 = try MobileNetV1Backbone(store(), depthMultiplier: 0.5)
    #expect(mobileNetV1.cellCounts(along: 300) == [19, 10, 5, 3, 2, 1])
    #expect(mobileNetV1.maps.map(\.channels) == [256, 512, 256, 128, 128, 64])
  }

  @Test func defaultBoxesMustBeForTheInput() throws {
    var specification = DefaultBoxPreset.ssdlite320.specification()
    specification.imageWidthInPixels = 640
    let error = #expect(throws: ModelError.self) {
      try NetworkPreset.ssdlite320MobileNetV3.makeNetwork(
        classCount: 3, specification: specification, imageSide: 320, seed: 1)
    }
    #expect(
      error?.description
        == "default boxes for ssdlite320-mobilenet-v3-large: expected an image of 320 × 320 pixels,"
        + " found 640 × 320")
  }

  @Test func anUnknownNetworkNamesTheOthers() throws {
    let preset = NetworkPreset(
      name: "ssd-large", fixedSide: 64, normalization: .unitRange, learningRatePerImage: 1,
      defaultBoxes: { .compact(side: $0) })
    let error = #expect(throws: ModelError.self) {
      try preset.makeNetwork(
        classCount: 3, specification: preset.defaultBoxes(side: 64), imageSide: 64, seed: 1)
    }
    #expect(
      error?.description
        == "no network is named ssd-large; known are "
        + NetworkPreset.all.map(\.name).joined(separator: ", "))
  }
}
