import SSDModels
import TestSupport
import Testing
import Torch

/// Weights and images of Scripts/goldens/networks.py: made of names, in any language.
enum NamedWeights {
  private static func value(_ name: String, _ shape: [Int]) -> [Float] {
    var numbers = SeededNumbers(name: name)
    let count = shape.reduce(1, *)
    if shape.count == 4 {
      let scale = (6 / Double(shape[1] * shape[2] * shape[3])).squareRoot()
      return numbers.signed(count, scale: scale)
    }
    if name.hasSuffix("running_var") { return numbers.signed(count, around: 1, scale: 0.2) }
    if name.hasSuffix("running_mean") { return numbers.signed(count, scale: 0.1) }
    if name == "backbone.scale_weight" { return numbers.signed(count, around: 20) }
    if name.hasSuffix(".weight") { return numbers.signed(count, around: 1, scale: 0.1) }
    return numbers.signed(count, scale: 0.05)
  }

  static func assign(to store: VariableStore) throws {
    for variable in store.variables {
      let shape = variable.tensor.shape
      try variable.tensor.assign(Tensor(value(variable.name, shape), shape: shape))
    }
  }

  /// The pixels of `[count, 3, side, side]`.
  static func noise(_ count: Int, side: Int) -> [Float] {
    var numbers = SeededNumbers(name: "images")
    return numbers.signed(count * 3 * side * side)
  }
}

/// Values of a golden, drawn from a tensor.
struct PickedValues: Decodable {
  let indices: [Int]
  let values: [Double]

  /// Expects the same to 1e-4 of their size: in float32 torchvision itself is off by 6e-4 where
  /// the values of MobileNetV3 have a mean square of 4.4.
  func expect(
    _ tensor: Tensor, _ name: String, _ location: SourceLocation = #_sourceLocation
  ) throws {
    let found = try tensor.floats()
    try #require(
      indices.count == 300 && indices.allSatisfy(found.indices.contains), sourceLocation: location)
    let errors = zip(indices, values).map { abs(Double(found[$0]) - $1) }
    func meanSquare(_ values: [Double]) -> Double {
      (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
    }
    let largest = values.map(abs).max() ?? 0
    #expect(largest > 0.01, "\(name)", sourceLocation: location)
    #expect(
      meanSquare(errors) <= 1e-4 * meanSquare(values),
      "\(name): \(meanSquare(errors)) of \(meanSquare(values))", sourceLocation: location)
    #expect(
      errors.allSatisfy { $0 <= 1e-4 * largest },
      "\(name): \(errors.max() ?? .nan) of \(largest)", sourceLocation: location)
  }
}
