/// What the restricted pickle reader builds: plain values, containers, and the few objects that a
/// checkpoint is made of. Nothing else can come out, and nothing is run.
enum PickleValue {
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case string(String)
  case bytes([UInt8])
  case tuple([PickleValue])
  case list(PickleList)
  case dictionary(PickleDictionary)
  /// A name that the pickle may refer to, and nothing more than the name.
  case global(PickleGlobal)
  case storage(PyTorchStorage)
  case tensor(PyTorchTensor)

  /// What messages call it.
  var kind: String {
    switch self {
    case .none: "None"
    case .bool: "a truth value"
    case .int: "a whole number"
    case .float: "a number"
    case .string: "a string"
    case .bytes: "bytes"
    case .tuple: "a tuple"
    case .list: "a list"
    case .dictionary: "a dictionary"
    case .global(let global): global.rawValue
    case .storage: "a storage"
    case .tensor: "a tensor"
    }
  }
}

/// A list, shared as Python's are: a pickle may change it after it was put elsewhere.
final class PickleList {
  var items: [PickleValue] = []
}

/// A dictionary in the order of its entries.
final class PickleDictionary {
  var entries: [(key: PickleValue, value: PickleValue)] = []
}

/// The names that a pickle may refer to. Each stands for one thing that the reader knows how to
/// build itself.
enum PickleGlobal: String {
  case orderedDictionary = "collections.OrderedDict"
  case rebuildTensor = "torch._utils._rebuild_tensor"
  case rebuildTensorV2 = "torch._utils._rebuild_tensor_v2"
  case rebuildParameter = "torch._utils._rebuild_parameter"
  case size = "torch.Size"
  case floatStorage = "torch.FloatStorage"
  case doubleStorage = "torch.DoubleStorage"
  case halfStorage = "torch.HalfStorage"
  case bfloat16Storage = "torch.BFloat16Storage"
  case longStorage = "torch.LongStorage"
  case intStorage = "torch.IntStorage"
  case shortStorage = "torch.ShortStorage"
  case charStorage = "torch.CharStorage"
  case byteStorage = "torch.ByteStorage"
  case boolStorage = "torch.BoolStorage"

  /// The element type of a storage's class.
  var elementType: NamedArray.ElementType? {
    switch self {
    case .floatStorage: .float32
    case .doubleStorage: .float64
    case .halfStorage: .float16
    case .bfloat16Storage: .bfloat16
    case .longStorage: .int64
    case .intStorage: .int32
    case .shortStorage: .int16
    case .charStorage: .int8
    case .byteStorage: .uint8
    case .boolStorage: .bool
    case .orderedDictionary, .rebuildTensor, .rebuildTensorV2, .rebuildParameter, .size: nil
    }
  }
}

/// Where a tensor's elements lie: the key of a block of bytes in the file, and a part of it.
struct PyTorchStorage: Hashable {
  let key: String
  let elementType: NamedArray.ElementType
  /// Elements of the storage.
  let count: Int
  /// Elements of the block before it; above 0 for a view in the older form.
  let start: Int
}

/// A tensor as the pickle describes it, not yet checked against the storage's bytes.
struct PyTorchTensor: Hashable {
  let storage: PyTorchStorage
  let offset: Int
  let shape: [Int]
  let strides: [Int]
}
