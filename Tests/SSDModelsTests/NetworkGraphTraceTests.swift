import ModelFiles
import MultiBox
import NetworkGraphs
import Runs
import Testing
import Torch

@testable import SSDModels

struct NetworkGraphTraceTests {
  // LibTorch is the oracle of the graph's own rules about shapes.
  @Test(arguments: NetworkPreset.all)
  func shapesAreThoseThatLibTorchComputes(model: NetworkPreset) throws {
    let side = model.side(requested: 96)
    let network = try model.makeNetwork(
      classCount: 4, specification: model.defaultBoxes(side: side), imageSide: side,
      seed: 5)
    let graph = try network.graph(name: "test")
    let shapes = try graph.shapes()
    let (trace, images) = try OperationTrace.begin(with: Tensor.full([2, 3, side, side], 0.5))
    _ = try Gradients.unrecorded { try network(images, isTraining: false) }
    #expect(graph.nodes.map(\.operation) == trace.steps.map(\.operation))
    #expect(
      graph.nodes.map { [2] + shapes[$0.output, default: []] } == trace.steps.map(\.outputShape))
    let count = network.defaultBoxSpecification.boxCount
    #expect(shapes["logits"] == [count, 5] && shapes["offsets"] == [count, 4])
  }

  @Test func weightsHaveTheNamesAndNumbersOfTheVariables() throws {
    let network = try EveryOperation(VariableStore(seed: 3))
    let graph = try network.graph(name: "test")
    for variable in network.store.variables where variable.name != "scale" {
      let weight = try #require(graph.weights[variable.name])
      #expect(weight.shape == variable.tensor.shape)
      #expect(try weight.floats() == variable.tensor.floats())
    }
    // What is computed of a variable alone.
    let constants = graph.weights.filter { $0.key.hasPrefix("constant") }
    #expect(constants.map(\.value.shape) == [[1, 8, 1, 1]])
    #expect(graph.weights["scale"] == nil)
  }

  @Test func aHeadThatIsNotMadeOfTheImagesIsNamed() throws {
    let network = try EveryOperation(VariableStore(seed: 3))
    network.fixedOffsets = try Tensor.full([2, 1, 4], 0)
    #expect(
      #expect(throws: NetworkGraphError.self) { try network.graph(name: "own") }?.description
        == "graph own: output offsets: no node gives it")
  }
}
