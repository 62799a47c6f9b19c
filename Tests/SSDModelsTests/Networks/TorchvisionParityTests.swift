import Foundation
import MultiBox
import Runs
import TestSupport
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
    struct Truth: Decodable {
      let boxes: [[Double]]
      let classes: [Int]
    }
    let parameters: Int
    let state: [String: State]
    let logits, offsets: PickedValues
    let truth: [Truth]
    let localization, confidence: Double
    let first: String
    let gradient: [Double]

    init(_ model: NetworkPreset) throws { self = try TestFiles().golden(model.name) }
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
    return (network, specification)
  }

  @Test(arguments: [NetworkPreset.ssd300VGG16, .ssdlite320MobileNetV3])
  func logitsLossAndGradientAreTorchvisions(model: NetworkPreset) throws {
    // As many as the golden was made with: one thread sums in another order, 2.3 % off in the end.
    try TorchRuntime.setThreadCount(2)
    let golden = try Golden(model)
    let (network, specification) = try network(model)
    try NamedWeights.assign(to: network.store)
    let side = model.side(requested: 320)
    func images(_ values: [Float]) throws -> Tensor {
      try Tensor(values, shape: [2, 3, side, side]).channelsLast()
    }
    #expect(network.store.parameterCount == golden.parameters)
    try Gradients.unrecorded {
      let output = try network(images(NamedWeights.noise(2, side: side)), isTraining: false)
      try golden.logits.expect(output.logits, "logits")
      try golden.offsets.expect(output.offsets, "offsets")
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
