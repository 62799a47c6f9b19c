import MultiBox
import Runs
import TestSupport
import Testing
import Torch

@testable import SSDModels

/// Networks that torchvision has not, against its parts put together: Scripts/goldens/networks.py,
/// torch 2.15.0, torchvision 0.29.2, weights from names.
@Suite(.serialized) struct ComposedParityTests {
  private struct Golden: Decodable {
    let side, parameters: Int
    let logits, offsets: PickedValues
  }

  @Test(arguments: [
    NetworkPreset.ssd512VGG16, .ssdlite320MobileNetV2, .ssdCompact, .ssdMobileNetV2FPN,
    .ssdEfficientNetLite0FPN,
  ])
  func logitsAndOffsetsAreThoseOfItsParts(model: NetworkPreset) throws {
    let golden = try TestFiles().golden(model.name, as: Golden.self)
    let side = golden.side
    #expect(model.side(requested: side) == side)
    let specification = model.defaultBoxes(side: side)
    let network = try model.makeNetwork(
      classCount: 20, specification: specification, imageSide: side, seed: 1)
    #expect(network.store.parameterCount == golden.parameters)
    try NamedWeights.assign(to: network.store)
    try Gradients.unrecorded {
      let images = try Tensor(NamedWeights.noise(1, side: side), shape: [1, 3, side, side])
      let output = try network(images.channelsLast(), isTraining: false)
      #expect(output.logits.shape == [1, specification.boxCount, 21])
      #expect(output.offsets.shape == [1, specification.boxCount, 4])
      try golden.logits.expect(output.logits, "logits")
      try golden.offsets.expect(output.offsets, "offsets")
    }
  }
}
