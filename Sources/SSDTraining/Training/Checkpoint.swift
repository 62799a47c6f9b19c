import Datasets
import Files
import Foundation
import ModelFiles
import SSDModels
import Torch

/// Where a run stands: what must be known besides tensors to go on as if it had never stopped.
struct TrainingPosition: Codable, Hashable {
  /// Iterations done.
  var iteration = 0
  /// Best AP on the validation split so far.
  var bestAveragePrecision: Double?
  /// Sums for the means of the epoch that is under way.
  var epochSums = EpochSums()
}

extension TrainingPosition {
  /// Checks what the types allow and no run of so many iterations can have written.
  func check(iterations: Int) throws(JSONDocument.Problem) {
    func check<Value: Comparable>(
      _ key: String, _ value: Value, in range: ClosedRange<Value>
    ) throws(JSONDocument.Problem) {
      guard range.contains(value) else {
        throw JSONDocument.Problem(
          key: key,
          reason: "expected \(range.lowerBound) to \(range.upperBound), found \(value)")
      }
    }
    try check("iteration", iteration, in: 0...iterations)
    try check("bestAveragePrecision", bestAveragePrecision ?? 0, in: 0...1)
    try check("epochSums.iterations", epochSums.iterations, in: 0...iteration)
    // What later steps add must not overflow.
    for (key, count) in [("images", epochSums.images), ("positives", epochSums.positives)] {
      try check("epochSums.\(key)", count, in: 0...(1 << 53))
    }
    try check("epochSums.seconds", epochSums.seconds, in: 0...1e12)
  }
}

/// Running sums of one epoch's iterations.
struct EpochSums: Codable, Hashable {
  var iterations = 0
  var images = 0
  var loss = 0.0
  var localization = 0.0
  var confidence = 0.0
  var positives = 0
  var gradientNorm = 0.0
  var seconds = 0.0
}

/// Saves and restores everything of a run that changes.
///
/// The data loader needs no state of its own: the images of iteration i, and how they are
/// augmented, follow from the seed and i.
struct Checkpoint {
  let step: TrainingStep

  private static let positionKey = "position"

  func save(_ position: TrainingPosition, to path: String) throws {
    var arrays: [String: NamedArray] = [:]
    for (name, tensor) in tensors { arrays[name] = try NamedArray(tensor) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let text = String(decoding: try encoder.encode(position), as: UTF8.self)
    try Safetensors(arrays: arrays, metadata: [Self.positionKey: text]).write(to: path)
  }

  /// - Parameter iterations: of the whole run.
  func restore(from path: String, of iterations: Int) throws -> TrainingPosition {
    let file = try Safetensors(contentsOf: path)
    guard let text = file.metadata[Self.positionKey] else {
      throw FileError(path: path, reason: "no position in its metadata: not a checkpoint")
    }
    let position = try JSONDocument.decode(
      TrainingPosition.self, from: Data(text.utf8), path: "\(path): position"
    ) { position throws(JSONDocument.Problem) in try position.check(iterations: iterations) }
    for (name, tensor) in tensors { try tensor.assign(file.arrays, name: name, path: path) }
    return position
  }

  private var tensors: [(String, Tensor)] {
    var result = step.network.store.variables.map { ("weights." + $0.name, $0.tensor) }
    if let averages = step.averages {
      result += zip(step.network.store.variables, averages.tensors).map {
        ("averages." + $0.name, $1)
      }
    }
    for (group, state) in step.optimizer.groups.enumerated() {
      result += state.velocities.enumerated().map { ("velocities.\(group).\($0)", $1) }
    }
    return result
  }
}

extension VariableStore {
  /// Writes all variables as safetensors, under their names.
  ///
  /// - Parameter path: of the file.
  /// - Throws: `FileError` where it cannot be written.
  public func save(to path: String) throws {
    var arrays: [String: NamedArray] = [:]
    for variable in variables { arrays[variable.name] = try NamedArray(variable.tensor) }
    try Safetensors(arrays: arrays, metadata: [:]).write(to: path)
  }

  /// Overwrites all variables with those of a safetensors file.
  ///
  /// - Parameter path: of the file.
  /// - Throws: `FileError` naming a variable that is missing or of another shape.
  public func load(from path: String) throws {
    let file = try Safetensors(contentsOf: path)
    for variable in variables {
      try variable.tensor.assign(file.arrays, name: variable.name, path: path)
    }
  }
}

extension NamedArray {
  init(_ tensor: Tensor) throws {
    self.init(shape: tensor.shape, floats: try tensor.floats())
  }
}

extension Tensor {
  fileprivate func assign(
    _ arrays: [String: NamedArray], name: String, path: String
  ) throws {
    guard let array = arrays[name] else {
      throw FileError(path: path, reason: "\(name): missing")
    }
    guard array.shape == shape else {
      throw FileError(
        path: path, reason: "\(name): expected shape \(shape), found \(array.shape)")
    }
    try assign(Tensor(array.floats(), shape: shape))
  }
}
