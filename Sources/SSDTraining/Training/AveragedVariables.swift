import SSDModels
import Torch

/// The exponential moving average of a network's variables, running statistics included; it usually
/// detects better than the variables themselves.
public final class AveragedVariables {
  /// The averages, in the order of the store's variables.
  public let tensors: [Tensor]
  private let decay: Double
  /// Positions of the variables that are not frozen.
  private let changing: [Int]

  /// Starts from the variables as they are; those that are frozen by now stay so.
  init(of store: VariableStore, decay: Double) throws {
    self.decay = decay
    changing = store.variables.indices.filter { !store.isFrozen(store.variables[$0].name) }
    tensors = try store.variables.map { try $0.tensor.cloned() }
  }

  /// Sets the averages to the variables, as at the start.
  func reset(to store: VariableStore) throws {
    for (average, variable) in zip(tensors, store.variables) {
      try average.assign(variable.tensor)
    }
  }

  func update(with store: VariableStore, iteration: Int) throws {
    // Early on the average would remember the random start, so it begins short.
    try MovingAverage.update(
      changing.map { tensors[$0] }, with: changing.map { store.variables[$0].tensor },
      decay: min(decay, Double(1 + iteration) / Double(10 + iteration)))
  }

  /// Runs `body` while the network's variables have the values of the averages.
  func withAverages<Result>(in store: VariableStore, _ body: () throws -> Result) throws -> Result {
    let own = try store.variables.map { try $0.tensor.cloned() }
    for (variable, average) in zip(store.variables, tensors) {
      try variable.tensor.assign(average)
    }
    let result = Swift.Result { try body() }
    for (variable, value) in zip(store.variables, own) { try variable.tensor.assign(value) }
    return try result.get()
  }
}
