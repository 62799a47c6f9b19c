/// A program of MIL, the language of Core ML's networks: constants, then operations in order.
///
/// Names begin with a letter or `_`, the rest are letters, digits and `_`; each is there once.
public struct CoreMLProgram: Sendable {
  /// What an operation is given for one of its parameters.
  public enum Argument: Hashable, Sendable {
    /// A constant, an input or what an earlier operation gives.
    case value(String)
    /// Several of them, in order.
    case values([String])
    /// A number, a list or a text that stands with the operation.
    case constant(Constant)
  }

  /// What stands with an operation.
  public enum Constant: Hashable, Sendable {
    /// One whole number of 32 bits.
    case integer(Int)
    /// A list of whole numbers of 32 bits.
    case integers([Int])
    /// One floating-point number.
    case float(Float)
    /// Yes or no.
    case bool(Bool)
    /// A text.
    case string(String)
  }

  /// A value with its shape.
  public struct Value: Hashable, Sendable {
    /// The value's name.
    public var name: String
    /// Sizes of all dimensions, N too.
    public var shape: [Int]
    /// The elements' type: float32, or bool, which a comparison gives.
    public var elementType: NamedArray.ElementType

    /// Creates the description of a value.
    ///
    /// - Parameters:
    ///   - name: the value's name.
    ///   - shape: sizes of all dimensions, N too.
    ///   - elementType: float32, or bool, which a comparison gives.
    public init(
      _ name: String, shape: [Int], elementType: NamedArray.ElementType = .float32
    ) {
      self.name = name
      self.shape = shape
      self.elementType = elementType
    }
  }

  /// One operation, which gives one value.
  public struct Operation: Hashable, Sendable {
    /// The operation's name in MIL, `conv` for instance.
    public var kind: String
    /// What it is given, by the names of its parameters in MIL.
    public var arguments: [String: Argument]
    /// The value that it gives.
    public var output: Value

    /// Creates an operation.
    ///
    /// - Parameters:
    ///   - kind: the operation's name in MIL.
    ///   - arguments: what it is given, by the names of its parameters in MIL.
    ///   - output: the value that it gives.
    public init(_ kind: String, _ arguments: [String: Argument], output: Value) {
      self.kind = kind
      self.arguments = arguments
      self.output = output
    }
  }

  /// Weights, arrays of float32, in the order in which they are written.
  public var constants: [(name: String, array: NamedArray)] = []
  /// The operations, each behind those whose values it takes.
  public var operations: [Operation] = []
  /// What the program gives, in order; names of the operations' values.
  public var outputs: [String] = []

  /// Creates a program without operations.
  public init() {}
}

// MARK: Messages

extension CoreMLProgram {
  /// The operator set of iOS 15 and macOS 12, which has all that is written here.
  static let operatorSet = "CoreML5"

  /// - Parameter weights: gets the larger constants.
  func message(input: Value, weights: inout WeightBlobs) -> CoreMLSpecProgram {
    var block = CoreMLSpecBlock()
    for (name, array) in constants {
      block.operations.append(.constant(name, weights.value(array)))
    }
    var taken = Set(constants.map(\.name) + operations.map(\.output.name) + [input.name])
    for operation in operations {
      block.operations += operation.messages(&taken)
    }
    block.outputs = outputs
    let function = CoreMLSpecFunction.with {
      $0.inputs = [input.message]
      $0.opset = Self.operatorSet
      $0.blockSpecializations = [Self.operatorSet: block]
    }
    return .with {
      $0.version = 1
      $0.functions = ["main": function]
    }
  }
}

extension CoreMLProgram.Value {
  fileprivate var message: CoreMLSpecNamedValueType {
    .with {
      $0.name = name
      $0.type = .tensor(elementType == .bool ? .bool : .float32, shape)
    }
  }
}

extension CoreMLProgram.Operation {
  /// The operation behind a constant for each argument that is no value.
  ///
  /// - Parameter taken: names that are in use; gets those of the constants.
  fileprivate func messages(_ taken: inout Set<String>) -> [CoreMLSpecOperation] {
    var constants: [CoreMLSpecOperation] = []
    var inputs: [String: CoreMLSpecArgument] = [:]
    for (parameter, argument) in arguments.sorted(by: { $0.key < $1.key }) {
      let names: [String]
      switch argument {
      case .value(let name): names = [name]
      case .values(let all): names = all
      case .constant(let value):
        var name = "\(output.name)_\(parameter)"
        while !taken.insert(name).inserted { name += "_" }
        constants.append(.constant(name, value.message))
        names = [name]
      }
      inputs[parameter] = .with {
        $0.arguments = names.map { name in .with { $0.name = name } }
      }
    }
    let operation = CoreMLSpecOperation.with {
      $0.type = kind
      $0.inputs = inputs
      $0.outputs = [output.message]
      $0.attributes = ["name": CoreMLProgram.Constant.string(output.name).message]
    }
    return constants + [operation]
  }
}

extension CoreMLProgram.Constant {
  fileprivate var message: CoreMLSpecValue {
    switch self {
    case .integer(let number): .immediate(.int32, []) { $0.ints.values = [Int32(number)] }
    case .integers(let numbers):
      .immediate(.int32, [numbers.count]) { $0.ints.values = numbers.map { Int32($0) } }
    case .float(let number): .immediate(.float32, []) { $0.floats.values = [number] }
    case .bool(let flag): .immediate(.bool, []) { $0.bools.values = [flag] }
    case .string(let text): .immediate(.string, []) { $0.strings.values = [text] }
    }
  }
}

extension CoreMLSpecOperation {
  fileprivate static func constant(_ name: String, _ value: CoreMLSpecValue) -> Self {
    .with {
      $0.type = "const"
      $0.outputs = [
        .with {
          $0.name = name
          $0.type = value.type
        }
      ]
      $0.attributes = ["name": CoreMLProgram.Constant.string(name).message, "val": value]
    }
  }
}

extension CoreMLSpecValueType {
  static func tensor(_ elementType: CoreMLSpecDataType, _ shape: [Int]) -> Self {
    .with {
      $0.tensorType.dataType = elementType
      $0.tensorType.rank = Int64(shape.count)
      $0.tensorType.dimensions = shape.map { size in .with { $0.constant.size = UInt64(size) } }
    }
  }
}

extension CoreMLSpecValue {
  /// A value that stands in the program itself.
  static func immediate(
    _ elementType: CoreMLSpecDataType, _ shape: [Int], _ fill: (inout CoreMLSpecTensorValue) -> Void
  ) -> Self {
    .with {
      $0.type = .tensor(elementType, shape)
      fill(&$0.immediateValue.tensor)
    }
  }
}
