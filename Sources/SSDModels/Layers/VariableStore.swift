import Torch

/// A named tensor of a network: a part of a checkpoint, changed by an optimizer.
public struct Variable {
  /// The use of a variable; decides about weight decay and gradients.
  public enum Kind: Hashable, Sendable {
    /// A convolution's weight. Decays.
    case weight
    /// A convolution's bias. Does not decay.
    case bias
    /// Scale or shift of a normalization. Does not decay.
    case normalization
    /// A running statistic: kept and saved, not trained.
    case buffer
  }

  /// Path with dots, in torchvision's words where torchvision has the network:
  /// `backbone.features.0.weight`.
  public let name: String
  /// The use of the variable.
  public let kind: Kind
  /// The values, changed in place.
  public let tensor: Tensor
}

/// The variables of one network, in the order they were made.
public final class VariableStore {
  /// The variables, in the order they were made.
  public private(set) var variables: [Variable] = []
  /// The generator of the initial values, which are drawn in that order.
  public let generator: TorchGenerator
  private var frozen: Set<String> = []
  /// The device of the variables, and so of the network's input.
  public let device: Device
  /// The normalizations, in the order they were made.
  private(set) var normalizations: [BatchNormalization] = []
  let measurement = NormalizationMeasurement()
  /// The processes whose images normalizations take statistics of while training.
  private(set) var normalizationGroup: ProcessGroup?

  /// Creates an empty store.
  ///
  /// - Parameters:
  ///   - seed: of the initial weights, which are the same on every device.
  ///   - device: where the variables lie.
  /// - Throws: `TorchError` for a device that LibTorch does not compute on.
  public init(seed: UInt64, device: Device = .cpu) throws {
    try device.checkAvailable()
    generator = try TorchGenerator(seed: seed)
    self.device = device
  }

  /// The scope without a prefix.
  public var root: VariableScope { VariableScope(store: self, path: "") }

  func add(_ variable: Variable) throws {
    precondition(
      !variables.contains { $0.name == variable.name }, "a second variable \(variable.name)")
    if variable.kind != .buffer { try variable.tensor.setRequiresGradient(true) }
    variables.append(variable)
  }

  func add(_ normalization: BatchNormalization) { normalizations.append(normalization) }

  /// Number of trained scalars, as torchvision counts parameters.
  public var parameterCount: Int {
    variables.filter { $0.kind != .buffer }.reduce(0) { $0 + $1.tensor.elementCount }
  }

  /// Returns the tensors of the given `kinds` that are not frozen, in the store's order.
  public func tensors(of kinds: Set<Variable.Kind>) -> [Tensor] {
    variables.filter { kinds.contains($0.kind) && !isFrozen($0.name) }.map(\.tensor)
  }

  /// Freezes all variables under some scopes, and no others.
  ///
  /// They get no gradient, and a ``BatchNormalization`` there neither uses nor takes statistics of
  /// batches. An optimizer and averages that were made before know nothing of it.
  ///
  /// - Parameter paths: of scopes, as `backbone.stem`; none thaws all.
  /// - Precondition: there are variables under each.
  public func freeze(under paths: [String]) throws {
    let prefixes = paths.map { $0 + "." }
    for prefix in prefixes {
      precondition(variables.contains { $0.name.hasPrefix(prefix) }, "nothing under \(prefix)")
    }
    for variable in variables {
      let freezes = prefixes.contains { variable.name.hasPrefix($0) }
      guard freezes != isFrozen(variable.name) else { continue }
      if variable.kind != .buffer { try variable.tensor.setRequiresGradient(!freezes) }
      if freezes { frozen.insert(variable.name) } else { frozen.remove(variable.name) }
    }
  }

  /// Lets the normalizations take the statistics of the images of several processes together while
  /// training, as if they were one batch; frozen ones take none.
  ///
  /// - Parameter group: the processes; nil takes those of each process by itself.
  public func synchronizeNormalizations(over group: ProcessGroup?) {
    normalizationGroup = group
  }

  /// Says whether a variable stays as it is while the network trains.
  ///
  /// - Parameter name: of the variable.
  public func isFrozen(_ name: String) -> Bool { frozen.contains(name) }
}

/// A place in a store's naming: layers register their variables under it.
///
/// `store.root("backbone")("stem")(0)` is the place `backbone.stem.0`.
public struct VariableScope {
  /// The store that variables are added to.
  public let store: VariableStore
  /// The steps from the root with dots between; empty for the root.
  public let path: String

  /// Returns the scope one step further down, called `name`.
  public func callAsFunction(_ name: String) -> VariableScope {
    VariableScope(store: store, path: path.isEmpty ? name : "\(path).\(name)")
  }

  /// Returns the scope of one of several alike, by its `index` from 0.
  public func callAsFunction(_ index: Int) -> VariableScope { self(String(index)) }

  /// Makes a variable with `value` everywhere, on the store's device.
  ///
  /// - Parameters:
  ///   - name: the last step of the variable's name.
  ///   - shape: sizes of the dimensions.
  ///   - value: the initial value of all elements.
  ///   - kind: decides about weight decay and gradients.
  /// - Precondition: the store has no variable of that name.
  public func constant(
    _ name: String, _ shape: [Int], _ value: Double, _ kind: Variable.Kind
  ) throws -> Tensor {
    let tensor = try Tensor.full(shape, value, on: store.device)
    try store.add(Variable(name: self(name).path, kind: kind, tensor: tensor))
    return tensor
  }

  /// Makes a weight on the store's device.
  ///
  /// - Parameters:
  ///   - name: the last step of the variable's name.
  ///   - shape: sizes of the dimensions.
  ///   - fill: sets the initial values of the tensor, by the store's generator.
  /// - Precondition: the store has no variable of that name.
  public func weight(
    _ name: String, _ shape: [Int], fill: (Tensor, TorchGenerator) throws -> Void
  ) throws -> Tensor {
    let tensor = try Tensor.full(shape, 0, on: store.device)
    try fill(tensor, store.generator)
    // Weights rest in the order that channels-last convolutions read.
    let ordered = shape.count == 4 ? try tensor.channelsLast() : tensor
    try store.add(Variable(name: self(name).path, kind: .weight, tensor: ordered))
    return ordered
  }
}
