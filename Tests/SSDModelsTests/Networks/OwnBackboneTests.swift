import MultiBox
import SSDModels
import Testing
import Torch

// Nothing here is `@testable`: this is what a program outside of the package can write.

/// Two convolutions down to stride 8, and a map of stride 16 behind them.
struct TwoConvolutions: Backbone {
  let maps = [BackboneMap(channels: 32, stride: 8), BackboneMap(channels: 16, stride: 16)]
  private let first: NormalizedConvolution
  private let second: Convolution
  private let scale: Tensor

  init(_ scope: VariableScope) throws {
    first = try NormalizedConvolution(scope("first"), input: 3, output: 32, kernel: 3, stride: 8)
    second = try Convolution(scope("second"), input: 32, output: 16, kernel: 3, stride: 2)
    scale = try scope.constant("scale", [16], 2, .normalization)
  }

  func callAsFunction(_ images: Tensor, isTraining: Bool) throws -> [Tensor] {
    let fine = try first(images, isTraining: isTraining)
    let coarse = try second(fine).reluInPlace().multiplied(by: scale.reshaped([1, -1, 1, 1]))
    return [fine, coarse]
  }
}

/// Gives other maps than it states.
private struct Mistaken: Backbone {
  let maps: [BackboneMap]
  let layer: Convolution

  init(_ scope: VariableScope, maps: [BackboneMap]) throws {
    self.maps = maps
    layer = try Convolution(scope, input: 3, output: 8, kernel: 3, stride: 8)
  }

  func callAsFunction(_ images: Tensor, isTraining: Bool) throws -> [Tensor] {
    [try layer(images)]
  }
}

struct OwnBackboneTests {
  private func specification(
    cells: [Int], side: Int = 32
  ) -> DefaultBoxSpecification {
    DefaultBoxSpecification(
      imageWidthInPixels: side, imageHeightInPixels: side,
      featureMaps: cells.map { count in
        DefaultBoxSpecification.FeatureMap(
          cells: count, size: 32 / Double(count), nextSize: 48 / Double(count), aspectRatios: [2])
      })
  }

  private func network(_ predictor: SSDHead.Predictor) throws -> SSD<TwoConvolutions> {
    let store = try VariableStore(seed: 3)
    return try SSD(
      TwoConvolutions(store.root("backbone")), classCount: 2,
      defaultBoxes: specification(cells: [4, 2]), predictor: predictor, store: store)
  }

  @Test(arguments: [SSDHead.Predictor.convolution(), .depthwiseSeparable])
  func aNetworkOfTwoLayersLearns(predictor: SSDHead.Predictor) throws {
    let network = try network(predictor)
    let defaultBoxes = DefaultBoxes(network.defaultBoxSpecification)
    let truth = [
      [LabeledBox(box: Box(xMin: 0.1, yMin: 0.2, xMax: 0.5, yMax: 0.6), classIndex: 1)],
      [LabeledBox(box: Box(xMin: 0.4, yMin: 0.3, xMax: 0.9, yMax: 0.9), classIndex: 2)],
    ]
    let pixels: [Float] = (0..<2 * 32 * 32 * 3).map { Float($0 % 37) / 18 - 1 }
    let images = try Tensor(
      channelsLast: pixels, shape: [2, 32, 32, 3], on: network.store.device)
    let optimizer = StochasticGradientDescent(momentum: 0.9)
    try optimizer.addGroup(network.store.tensors(of: [.weight]), weightDecay: 1e-4)
    try optimizer.addGroup(network.store.tensors(of: [.bias, .normalization]), weightDecay: 0)

    func step() throws -> Double {
      let output = try network(images, isTraining: true)
      #expect(output.logits.shape == [2, defaultBoxes.count, 3])
      #expect(output.offsets.shape == [2, defaultBoxes.count, 4])
      let outputs = [output.logits, output.offsets]
      let gradients = try outputs.map { try $0.detached().emptyLike() }
      let result = try output.logits.withFloats { logits in
        try output.offsets.withFloats { offsets in
          try gradients[0].withMutableFloats { logitGradient in
            try gradients[1].withMutableFloats { offsetGradient in
              try MultiBoxLoss().evaluate(
                logits: logits, offsets: offsets, imageCount: 2, defaultBoxes: defaultBoxes,
                groundTruth: truth, logitGradient: logitGradient, offsetGradient: offsetGradient,
                threadCount: 1)
            }
          }
        }
      }
      try optimizer.clearGradients()
      try Tensor.backward(outputs, gradients: gradients)
      try optimizer.step(rate: 0.01)
      return result.loss
    }
    let before = try network.store.variables.map { try $0.tensor.floats() }
    let first = try step()
    for (variable, old) in zip(network.store.variables, before) {
      #expect(try variable.tensor.floats() != old, "\(variable.name)")
    }
    var last = first
    for _ in 0..<10 { last = try step() }
    #expect(last < 0.8 * first, "\(first) to \(last)")
  }

  @Test func variablesHaveTheNamesOfTheirScopes() throws {
    #expect(
      try network(.convolution()).store.variables.map(\.name) == [
        "backbone.first.0.weight", "backbone.first.1.weight", "backbone.first.1.bias",
        "backbone.first.1.running_mean", "backbone.first.1.running_var",
        "backbone.second.weight", "backbone.second.bias", "backbone.scale",
        "head.classification_head.module_list.0.weight",
        "head.classification_head.module_list.0.bias",
        "head.classification_head.module_list.1.weight",
        "head.classification_head.module_list.1.bias",
        "head.regression_head.module_list.0.weight", "head.regression_head.module_list.0.bias",
        "head.regression_head.module_list.1.weight", "head.regression_head.module_list.1.bias",
      ])
  }

  // By hand: −ln(.99 / .01) = −4.59512. Four shapes of background and two classes.
  @Test(arguments: [SSDHead.Predictor.convolution(), .depthwiseSeparable])
  func scoresStartWhereTheLossWantsThem(predictor: SSDHead.Predictor) throws {
    let network = try network(predictor)
    try network.startScores(at: 0.01)
    var found = 0
    for variable in network.store.variables where variable.kind == .bias {
      let values = try variable.tensor.floats()
      if variable.name.contains("classification") {
        #expect(
          zip(values, [0, -4.59512, -4.59512, 0, -4.59512, -4.59512].cycled(values.count))
            .allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(values.count == 12)
        found += 1
      } else {
        #expect(values.allSatisfy { $0 == 0 }, "\(variable.name)")
      }
    }
    #expect(found == 2)
  }

  @Test(arguments: [
    (
      [4], 32,
      "default boxes for TwoConvolutions: expected 2 feature maps, found 1"
    ),
    (
      [4, 3], 32,
      "default boxes for TwoConvolutions, feature map 1: expected 2 × 2 cells, found 3 × 3"
    ),
    (
      [4, 2], 33,
      "default boxes for TwoConvolutions, feature map 0: expected 5 × 5 cells, found 4 × 4"
    ),
  ])
  func defaultBoxesMustFitTheMaps(cells: [Int], side: Int, message: String) throws {
    let store = try VariableStore(seed: 1)
    let error = #expect(throws: ModelError.self) {
      try SSD(
        TwoConvolutions(store.root("backbone")), classCount: 2,
        defaultBoxes: specification(cells: cells, side: side), store: store)
    }
    #expect(error?.description == message)
  }

  @Test(arguments: [
    (
      [BackboneMap(channels: 9, stride: 8)], [4],
      "the backbone of mine, feature map 0: expected the shape [2, 9, 4, 4], found [2, 8, 4, 4]"
    ),
    (
      [BackboneMap(channels: 8, stride: 16)], [2],
      "the backbone of mine, feature map 0: expected the shape [2, 8, 2, 2], found [2, 8, 4, 4]"
    ),
    (
      [BackboneMap(channels: 8, stride: 8), BackboneMap(channels: 8, stride: 16)], [4, 2],
      "the backbone of mine: expected 2 feature maps, found 1"
    ),
  ])
  func aBackboneMustGiveWhatItStates(
    maps: [BackboneMap], cells: [Int], message: String
  ) throws {
    let store = try VariableStore(seed: 1)
    let network = try SSD(
      Mistaken(store.root("backbone"), maps: maps), classCount: 2,
      defaultBoxes: specification(cells: cells), store: store, name: "mine")
    let error = #expect(throws: ModelError.self) {
      try network(Tensor.full([2, 3, 32, 32], 0), isTraining: false)
    }
    #expect(error?.description == message)
  }

  @Test func variablesLieOnTheStoresDevice() throws {
    let network = try network(.convolution())
    #expect(network.store.device == .cpu)
    #expect(network.store.variables.allSatisfy { $0.tensor.device == .cpu })
    let missing = Device.cuda(Device.cudaCount)
    let error = #expect(throws: TorchError.self) { try VariableStore(seed: 1, device: missing) }
    #expect(error?.operation == "device \(missing)")
  }
}

extension [Float] {
  /// The elements again and again, as many as asked for.
  fileprivate func cycled(_ count: Int) -> [Float] { (0..<count).map { self[$0 % self.count] } }
}
