import Datasets
import Files
import Foundation
import ModelFiles
import Runs
import SSDModels
import Torch

/// Saves and restores everything of a run that changes.
///
/// The data loader needs no state of its own: the images of iteration i, and how they are
/// augmented, follow from the seed and i.
struct Checkpoint {
  let step: TrainingStep

  static let weightsPrefix = "weights."
  static let averagesPrefix = "averages."

  func save(_ position: TrainingPosition, to path: String) throws {
    var arrays: [String: NamedArray] = [:]
    for (name, tensor) in tensors { arrays[name] = try NamedArray(tensor) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let text = String(decoding: try encoder.encode(position), as: UTF8.self)
    try Safetensors(arrays: arrays, metadata: [TrainingPosition.metadataKey: text]).write(to: path)
  }

  /// - Parameter iterations: of the whole run.
  func restore(from path: String, of iterations: Int) throws -> TrainingPosition {
    let file = try Safetensors(contentsOf: path)
    let position = try TrainingPosition(file.metadata, path: path, of: iterations)
    for (name, tensor) in tensors { try tensor.assign(file.arrays, name: name, path: path) }
    return position
  }

  /// Goes on from a position whose tensors the first process has.
  func resume(at position: TrainingPosition, _ share: TrainingShare) throws {
    try share.takeFirst(tensors.map { $0.1 })
    // Each iteration is a step, but for those that were left out.
    step.optimizer.stepCount = position.iteration - (position.lossScale?.skippedSteps ?? 0)
    if let scale = position.lossScale { step.lossScale = scale }
  }

  private var tensors: [(String, Tensor)] {
    var result = step.network.store.variables.map { (Self.weightsPrefix + $0.name, $0.tensor) }
    if let averages = step.averages {
      result += zip(step.network.store.variables, averages.tensors).map {
        (Self.averagesPrefix + $0.name, $1)
      }
    }
    return result + step.optimizer.state
  }
}

extension VariableStore {
  /// Writes all variables as safetensors, under their names.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - metadata: texts by key.
  /// - Throws: `FileError` where it cannot be written.
  public func save(to path: String, metadata: [String: String] = [:]) throws {
    var arrays: [String: NamedArray] = [:]
    for variable in variables { arrays[variable.name] = try NamedArray(variable.tensor) }
    try Safetensors(arrays: arrays, metadata: metadata).write(to: path)
  }

  /// Overwrites all variables with those of a safetensors file.
  ///
  /// - Parameter path: of the file.
  /// - Throws: `FileError` naming a variable that is missing or of another shape.
  public func load(from path: String) throws {
    try load(Safetensors(contentsOf: path), path: path) { $0 }
  }

  /// Overwrites all variables with those that detection with a run uses: the weights that are kept,
  /// or those of the checkpoint, its averages where it has some, where nothing was measured yet.
  ///
  /// - Parameter folder: of the run.
  /// - Returns: the path of the file that they are from.
  /// - Throws: `FileError` naming file and variable; also where the run has no weights yet.
  @discardableResult
  public func load(detectionWeightsOf folder: RunFolder) throws -> String {
    let path = try folder.detectionWeightsPath ?? folder.weightsPath
    guard path == folder.checkpointPath else {
      try load(from: path)
      return path
    }
    let file = try Safetensors(contentsOf: path)
    let hasAverages = file.arrays.keys.contains { $0.hasPrefix(Checkpoint.averagesPrefix) }
    let prefix = hasAverages ? Checkpoint.averagesPrefix : Checkpoint.weightsPrefix
    try load(file, path: path) { prefix + $0 }
    return path
  }

  private func load(_ file: Safetensors, path: String, name: (String) -> String) throws {
    for variable in variables {
      try variable.tensor.assign(file.arrays, name: name(variable.name), path: path)
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
    try assign(Tensor(array.finiteFloats(name, path: path), shape: shape))
  }
}
