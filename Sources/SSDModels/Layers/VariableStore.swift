import Torch

/// A named tensor of a network: what a checkpoint holds and an optimizer changes.
public struct Variable {
  /// What a variable is for; decides about weight decay and gradients.
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
  public let kind: Kind
  public let tensor: Tensor
}

/// The variables of one network, in the order they were made.
public final class VariableStore {
  public private(set) var variables: [Variable] = []
  /// Initial values are drawn from it, in that order.
  public let generator: TorchGenerator

  public init(seed: UInt64) throws {
    generator = try TorchGenerator(seed: seed)
  }

  /// The scope without a prefix.
  public var root: VariableScope { VariableScope(store: self, path: "") }

  func add(_ variable: Variable) throws {
    precondition(
      !variables.contains { $0.name == variable.name }, "a second variable \(variable.name)")
    if variable.kind != .buffer { try variable.tensor.setRequiresGradient(true) }
    variables.append(variable)
  }

  /// Number of trained scalars, as torchvision counts parameters.
  public var parameterCount: Int {
    variables.filter { $0.kind != .buffer }.reduce(0) { $0 + $1.tensor.elementCount }
  }

  /// The trained tensors of the given kinds.
  public func tensors(of kinds: Set<Variable.Kind>) -> [Tensor] {
    variables.filter { kinds.contains($0.kind) }.map(\.tensor)
  }
}

/// A place in a store's naming: layers register their variables under it.
public struct VariableScope {
  let store: VariableStore
  let path: String

  /// The scope one step further down.
  public func callAsFunction(_ name: String) -> VariableScope {
    VariableScope(store: store, path: path.isEmpty ? name : "\(path).\(name)")
  }

  public func callAsFunction(_ index: Int) -> VariableScope { self(String(index)) }

  /// Makes a variable with `value` everywhere.
  func constant(
    _ name: String, _ shape: [Int], _ value: Double, _ kind: Variable.Kind
  ) throws -> Tensor {
    let tensor = try Tensor.full(shape, value)
    try store.add(Variable(name: self(name).path, kind: kind, tensor: tensor))
    return tensor
  }

  /// Makes a weight from `fill`, which gets the tensor and the store's generator.
  func weight(
    _ name: String, _ shape: [Int], fill: (Tensor, TorchGenerator) throws -> Void
  ) throws -> Tensor {
    let tensor = try Tensor.full(shape, 0)
    try fill(tensor, store.generator)
    // Weights rest in the order that channels-last convolutions read.
    let ordered = shape.count == 4 ? try tensor.channelsLast() : tensor
    try store.add(Variable(name: self(name).path, kind: .weight, tensor: ordered))
    return ordered
  }
}
