import Foundation
import ModelFiles
import MultiBox
import Runs
import TestSupport
import Testing
import Torch

@testable import SSDModels

/// Converted by Apple's compiler and computed by its interpreter, which Scripts/coreai brings.
/// LibTorch computes the same networks.
@Suite(.serialized) struct CoreAIExportTests {
  // VGG's alone have another operation, the norm of their first map, and take a minute: by hand.
  @Test(arguments: [NetworkPreset.ssdlite320MobileNetV3, .ssdMobileNetV2FPN])
  func assetsComputeWhatLibTorchComputes(preset: NetworkPreset) throws {
    let side = preset.side(requested: 96)
    let network = try preset.makeNetwork(
      classCount: 4, specification: preset.defaultBoxes(side: side), imageSide: side, seed: 5)
    try network.disturb()
    var numbers = SeededNumbers(13)
    let input = (0..<3 * side * side).map { _ in Float(numbers.number(-2...2)) }
    let (logits, offsets) = try Gradients.unrecorded {
      let output = try network(
        Tensor(input, shape: [1, 3, side, side]).channelsLast(), isTraining: false)
      return try (output.logits.floats(), output.offsets.floats())
    }
    let outputs = try withFolder { folder in
      let path = folder + "/m.aimodel"
      let environment = try CoreAIEnvironment(
        environment: [CoreAIEnvironment.variable: ThisPackage.root + "/.deps/coreai"])
      try CoreAIAsset.write(
        network.onnxModel(name: preset.name, metadata: [:], batch: 1), summary: preset.name,
        metadata: ["key": "value"], with: environment, to: path)
      #expect(try CoreAIAsset.metadata(of: path) == ["key": "value"])
      return try CoreAIInterpreter(
        path, outputs: [ExportedNames.logits, ExportedNames.offsets], environment: environment
      ).outputs(of: input)
    }
    try #require(outputs.count == 2)
    #expect(Set(logits).count > 100 && Set(offsets).count > 100)
    for (output, expected) in zip(outputs, [logits, offsets]) {
      // In shares of the largest: how large they are is the seed's.
      let largest = expected.map(abs).max() ?? 0
      #expect(output.values.isClose(to: expected, tolerance: Double(max(1, largest)) * 2e-5))
    }
  }
}
