import Files
import Foundation
import ModelFiles
import MultiBox
import Runs
import Testing
import Torch

@testable import SSDModels

/// Heads whose weights were trained on other classes, or on the same in another order.
struct ClassRowsTests {
  private func network(_ preset: NetworkPreset) throws -> any SSDNetwork {
    let configuration = TrainingConfiguration.Network(preset, imageSide: 64)
    return try preset.makeNetwork(
      classCount: 2, specification: configuration.defaultBoxes, imageSide: configuration.imageSide,
      seed: 1)
  }

  // By hand: rows are background, a, b shape by shape; the network's are background, b, a.
  @Test(arguments: [NetworkPreset.ssdCompact, .ssdlite320MobileNetV3])
  func classesOfAnotherOrderAreTakenByName(preset: NetworkPreset) throws {
    let source = try network(preset)
    let path = NSTemporaryDirectory() + "multibox-\(UUID().uuidString).safetensors"
    defer { try? FileManager.default.removeItem(atPath: path) }
    var arrays: [String: NamedArray] = [:]
    for variable in source.store.variables {
      arrays[variable.name] = NamedArray(
        shape: variable.tensor.shape,
        floats: try variable.tensor.floats().indices.map { Float($0) })
    }
    try Safetensors(arrays: arrays).write(to: path)
    let weights = try PretrainedWeights(contentsOf: path)
    #expect(weights.holdsClasses)

    let target = try network(preset)
    let report = try weights.load(
      into: target.store, classNames: ["b", "a"], sourceClassNames: ["a", "b"])
    // Weight and bias of each map's last layer; all else is whole.
    let maps = TrainingConfiguration.Network(preset, imageSide: 64).defaultBoxes.featureMaps
    #expect(report.partlyLoaded.count == 2 * maps.count && report.reshaped.isEmpty)
    let end = preset == .ssdCompact ? "bias" : "1.bias"
    let name = "head.classification_head.module_list.0.\(end)"
    let bias = try #require(target.store.variables.first { $0.name == name }).tensor.floats()
    for shape in 0..<maps[0].shapes.count {
      let first = Float(3 * shape)
      #expect(Array(bias[3 * shape..<3 * shape + 3]) == [first, first + 2, first + 1])
    }

    // Names that do not fit are told before anything is taken by them.
    let specification = TrainingConfiguration.Network(preset, imageSide: 64).defaultBoxes
    func check(_ names: ClassNames, wanted: ClassNames) throws {
      try weights.check(names, of: "names.txt", wanted: wanted, specification: specification)
    }
    #expect(throws: Never.self) { try check(["a", "b"], wanted: ["b", "c"]) }
    #expect(throws: Never.self) { try check(["N/A", "N/A"], wanted: ["b"]) }
    for names in [["a"], ["background", "a", "b"]] as [ClassNames] {
      let error = #expect(throws: FileError.self) { try check(names, wanted: ["a"]) }
      #expect(
        error
          == FileError(
            path: "names.txt",
            reason: "expected 2 names, one for each class of \(path) without the background, found"
              + " \(names.count)"))
    }
    let twice = #expect(throws: FileError.self) { try check(["a", "a"], wanted: ["b", "a"]) }
    #expect(
      twice?.reason == "expected a, which is trained on, once, found it as classes 1, 2")

    let same = try weights.load(
      into: target.store, classNames: ["a", "b"], sourceClassNames: ["a", "b"])
    #expect(same.partlyLoaded.isEmpty && same.loaded.count == target.store.variables.count)
  }
}
