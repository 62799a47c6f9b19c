import MultiBox
import Runs
import SSDModels
import Testing
import Torch

struct FrozenStagesTests {
  private func network(_ preset: NetworkPreset) throws -> any SSDNetwork {
    let side = preset.side(requested: 64)
    return try preset.makeNetwork(
      classCount: 2, specification: preset.defaultBoxes(side: side), imageSide: side, seed: 1)
  }

  /// VGG16's heads on its maps of a smaller image, the smallest that leaves each a cell: SSD512's
  /// convolutions take half a minute for each of its own.
  private func smallVGG(_ size: VGG16Backbone.Size) throws -> any SSDNetwork {
    let store = try VariableStore(seed: 1)
    let backbone = try VGG16Backbone(store, size: size)
    let side = 268
    return try SSD(
      backbone, classCount: 2,
      defaultBoxes: DefaultBoxSpecification(
        imageWidthInPixels: side, imageHeightInPixels: side,
        featureMaps: backbone.cellCounts(along: side).map {
          DefaultBoxSpecification.FeatureMap(
            rows: $0, columns: $0, shapes: [.init(width: 30, height: 30)])
        }), store: store)
  }

  private func names(under scopes: [String], of store: VariableStore) -> [String] {
    store.variables.map(\.name).filter { name in
      scopes.contains { name.hasPrefix($0 + ".") }
    }
  }

  // Every layer of a backbone that a classifier has belongs to one stage, and none of the others.
  @Test(arguments: NetworkPreset.all) func stagesDivideTheBackbone(preset: NetworkPreset) throws {
    let network = try network(preset)
    #expect(network.stages.count == preset.stageCount)
    var found: [String] = []
    for scopes in network.stages {
      let names = names(under: scopes, of: network.store)
      #expect(!names.isEmpty)
      found += names
    }
    #expect(Set(found).count == found.count)
    let isVGG = preset.name.hasSuffix("vgg16")
    let expected = network.store.variables.map(\.name).filter { name in
      guard name.hasPrefix("backbone."), name != "backbone.scale_weight" else { return false }
      return isVGG && name.hasPrefix("backbone.extra.0.") || !name.hasPrefix("backbone.extra.")
    }
    #expect(Set(found) == Set(expected))
  }

  // By hand: MobileNetV2's table 2, a stride of 2 at the stem and the blocks 2, 4, 7 and 14; VGG16
  // between its poolings; MobileNetV3's table 1, a stride of 2 at the stem and the blocks 2, 4, 7
  // and 13, whose expansion alone stands in the first part.
  @Test func stagesOfThreeNetworks() throws {
    func features(_ ranges: [ClosedRange<Int>]) -> [[String]] {
      ranges.map { $0.map { "backbone.features.\($0)" } }
    }
    let second = try network(.ssdMobileNetV2FPN).stages
    #expect(second == features([0...1, 2...3, 4...6, 7...13, 14...18]))
    let vgg = try network(.ssd300VGG16).stages
    let positions = [[0, 2], [5, 7], [10, 12, 14], [17, 19, 21]]
    #expect(
      vgg == positions.map { $0.map { "backbone.features.\($0)" } } + [["backbone.extra.0"]])
    let third = try network(.ssdlite320MobileNetV3).stages
    #expect(
      third.map { $0.map { String($0.dropFirst("backbone.features.".count)) } } == [
        ["0.0", "0.1"], ["0.2", "0.3"], ["0.4", "0.5", "0.6"],
        ["0.7", "0.8", "0.9", "0.10", "0.11", "0.12"], ["0.13", "1"],
      ])
    let compact = try network(.ssdCompact).stages
    #expect(
      compact == [
        ["backbone.stem.0"], ["backbone.stem.1"], ["backbone.stages.0"], ["backbone.stages.1"],
        ["backbone.stages.2"],
      ])
  }

  // Without a gradient where it is frozen, with one elsewhere; thawed, all have one again.
  @Test(arguments: NetworkPreset.all) func frozenVariablesGetNoGradient(
    preset: NetworkPreset
  ) throws {
    let smallSize: VGG16Backbone.Size? =
      preset == .ssd300VGG16 ? .pixels300 : preset == .ssd512VGG16 ? .pixels512 : nil
    let network = try smallSize.map(smallVGG) ?? self.network(preset)
    let store = network.store
    let side = network.defaultBoxSpecification.imageWidthInPixels
    // Two where normalizations need them, which VGG16 has not.
    let images = try Tensor.full([smallSize == nil ? 2 : 1, 3, side, side], 0.5)
    func withGradient() throws -> Set<String> {
      let output = try network(images, isTraining: true)
      try Tensor.backward(
        [output.logits, output.offsets],
        gradients: [
          Tensor.full(output.logits.shape, 1), Tensor.full(output.offsets.shape, 1),
        ])
      return Set(try store.variables.filter { try $0.tensor.gradient() != nil }.map(\.name))
    }
    try network.freezeStages(2)
    let frozen = Set(names(under: Array(network.stages.prefix(2).joined()), of: store))
    #expect(!frozen.isEmpty)
    #expect(Set(store.variables.map(\.name).filter(store.isFrozen)) == frozen)
    let statistics = try store.variables.filter { frozen.contains($0.name) }
      .map { try $0.tensor.floats() }
    let trained = Set(store.variables.filter { $0.kind != .buffer }.map(\.name))
    #expect(try withGradient() == trained.subtracting(frozen))
    #expect(
      try store.variables.filter { frozen.contains($0.name) }.map { try $0.tensor.floats() }
        == statistics)
    #expect(
      store.tensors(of: [.weight, .bias, .normalization]).count
        == trained.subtracting(frozen).count)
    try network.freezeStages(0)
    #expect(try withGradient() == trained)
  }

  // Frozen, it normalizes by the running statistics: mean 0 and variance 1 leave 3 as it is, but
  // for epsilon: 3 / √1.00001. The batch's statistics would make 0 of what is all alike.
  @Test func aFrozenNormalizationUsesItsRunningStatistics() throws {
    let store = try VariableStore(seed: 1)
    let layer = try BatchNormalization(store.root("a"), channels: 1)
    let input = try Tensor.full([2, 1, 2, 2], 3)
    try store.freeze(under: ["a"])
    let found = try layer(input, isTraining: true).floats()
    #expect(found.allSatisfy { abs($0 - 2.999985) < 1e-6 }, "\(found)")
    let mean = try #require(store.variables.first { $0.name == "a.running_mean" })
    #expect(try mean.tensor.floats() == [0])
    try store.freeze(under: [])
    #expect(try layer(input, isTraining: true).floats().allSatisfy { abs($0) < 1e-3 })
    let moved = try mean.tensor.floats()
    #expect(abs(moved[0] - 0.3) < 1e-6)
  }
}
