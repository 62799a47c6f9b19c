import Files
import Foundation

/// The tensors of a PyTorch checkpoint (`.pth`, `.pt`), read without Python and without running
/// what the file says.
///
/// Two forms: the zip archive that PyTorch writes since 1.6, and the older one of pickles with the
/// storages behind. Nested dictionaries become names with dots; of a checkpoint that holds a
/// `state_dict`, `model_state_dict` or `model`, its tensors are taken.
public struct PyTorchFile: Sendable {
  /// The tensors' names, in the order of the file.
  public let names: [String]
  /// The tensors by name.
  public let arrays: [String: NamedArray]

  /// Reads a file.
  ///
  /// - Parameter path: of a checkpoint.
  /// - Throws: `FileError` that names the file, the tensor or byte, and what is wrong: an unknown
  ///   global, a truncated file, a storage that does not fit.
  public init(contentsOf path: String) throws(FileError) {
    try self.init(InputFile.contents(path), path: path)
  }

  /// Reads the bytes of a file.
  ///
  /// - Parameters:
  ///   - file: a whole checkpoint.
  ///   - path: what errors call it.
  /// - Throws: `FileError` as for a file.
  public init(_ file: Data, path: String) throws(FileError) {
    do {
      if file.starts(with: [0x50, 0x4B]) {
        self = try Self.archive(file)
      } else if file.starts(with: [0x80]) {
        self = try Self.older(file)
      } else {
        throw PyTorchFailure(
          reason: file.isEmpty
            ? "is empty" : "neither a zip archive nor a pickle, as PyTorch writes")
      }
    } catch let error as FileError {
      throw error
    } catch {
      throw FileError(path: path, reason: "\(error)")
    }
  }

  /// Bytes that the arrays may have in all: tied weights share a storage a few times, a file that
  /// becomes gigabytes shares it thousands of times.
  private static func byteLimit(_ file: Data) -> Int { 1 << 20 + 8 * file.count }

  private init(
    _ tensors: [(name: String, tensor: PyTorchTensor)], _ blocks: [String: Data], of file: Data
  ) throws {
    var names: [String] = []
    var arrays: [String: NamedArray] = [:]
    var bytesLeft = Self.byteLimit(file)
    for (name, tensor) in tensors {
      guard let block = blocks[tensor.storage.key] else {
        throw PyTorchFailure(reason: "\(name): no storage \(tensor.storage.key) in the file")
      }
      let array = try tensor.array(in: block, name: name)
      bytesLeft -= array.bytes.count + name.utf8.count
      guard bytesLeft >= 0 else {
        throw PyTorchFailure(
          reason: "\(name): expected tensors of at most eight times the file's"
            + " \(file.count) bytes in all, found more")
      }
      if arrays.updateValue(array, forKey: name) == nil { names.append(name) }
    }
    self.names = names
    self.arrays = arrays
  }

  // MARK: The zip form

  private static func archive(_ file: Data) throws -> PyTorchFile {
    let archive = try ZipArchive(file)
    guard let pickle = archive.names.first(where: { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") })
    else {
      throw PyTorchFailure(reason: "holds no data.pkl, so it is no checkpoint of PyTorch")
    }
    let prefix = String(pickle.dropLast("data.pkl".count))
    if archive.names.contains(prefix + "byteorder") {
      let order = String(decoding: try archive.contents(prefix + "byteorder"), as: UTF8.self)
      guard order == "little" else {
        throw PyTorchFailure(reason: "byteorder: expected little, found \(order)")
      }
    }
    var reader = PickleReader(try archive.contents(pickle))
    defer { reader.breakCycles() }
    let tensors = try Self.tensors(in: reader.read(), nameLimit: byteLimit(file))
    var blocks: [String: Data] = [:]
    var bytesLeft = byteLimit(file)
    let names = Set(archive.names)
    for (name, tensor) in tensors where blocks[tensor.storage.key] == nil {
      let entry = "\(prefix)data/\(tensor.storage.key)"
      guard names.contains(entry) else {
        throw PyTorchFailure(reason: "\(name): no storage \(tensor.storage.key) in the file")
      }
      let block = try archive.contents(entry)
      // Entries of a forged archive may share their bytes.
      bytesLeft -= block.count
      guard bytesLeft >= 0 else {
        throw PyTorchFailure(
          reason: "zip: expected storages of at most eight times the file's \(file.count) bytes in"
            + " all, found more")
      }
      blocks[tensor.storage.key] = block
    }
    return try PyTorchFile(tensors, blocks, of: file)
  }

  // MARK: The older form

  /// The number that the older form begins with: 0x1950a86a20f9469cfc6c.
  private static let magic: [UInt8] = [
    0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
  ]

  private static func older(_ file: Data) throws -> PyTorchFile {
    var reader = PickleReader(file)
    defer { reader.breakCycles() }
    guard case .bytes(let magic) = try reader.read(), magic == Self.magic else {
      throw PyTorchFailure(reason: "a pickle, but not of PyTorch")
    }
    guard case .int(1001) = try reader.read() else {
      throw PyTorchFailure(reason: "expected version 1001 of PyTorch's older form")
    }
    _ = try reader.read()  // Sizes of C types, of interest to Python alone.
    let tensors = try Self.tensors(in: reader.read(), nameLimit: byteLimit(file))
    guard case .list(let keys) = try reader.read() else {
      throw PyTorchFailure(reason: "expected a list of storages behind the tensors")
    }
    var types: [String: NamedArray.ElementType] = [:]
    for (_, tensor) in tensors { types[tensor.storage.key] = tensor.storage.elementType }
    var blocks: [String: Data] = [:]
    var position = reader.position
    for item in keys.items {
      guard case .string(let key) = item else {
        throw PyTorchFailure(reason: "a storage's key is \(item.kind)")
      }
      // Without its type a block's length is unknown; a storage that no tensor uses has none.
      guard let type = types[key] else {
        throw PyTorchFailure(reason: "storage \(key) belongs to no tensor")
      }
      let start = file.startIndex + position
      guard file.count - position >= 8 else {
        throw PyTorchFailure(reason: "storage \(key): ends too early")
      }
      let count = file[start..<start + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      let left = UInt64(file.count - position - 8)
      guard count <= left / UInt64(type.byteCount) else {
        throw PyTorchFailure(
          reason: "storage \(key): expected \(count) elements of \(type.byteCount) bytes, found"
            + " \(left) bytes; truncated")
      }
      let size = Int(count) * type.byteCount
      blocks[key] = file[start + 8..<start + 8 + size]
      position += 8 + size
    }
    return try PyTorchFile(tensors, blocks, of: file)
  }

  // MARK: From a pickle's value to tensors

  private static let wrappers = ["state_dict", "model_state_dict", "model"]
  /// A pickle can share parts so often that walking them would never end.
  private static let visitLimit = 1_000_000

  private struct Walk {
    var visits = 0
    var nameBytesLeft: Int
  }

  private static func tensors(
    in value: PickleValue, nameLimit: Int
  ) throws -> [(name: String, tensor: PyTorchTensor)] {
    guard case .dictionary(let root) = value else {
      throw PyTorchFailure(reason: "expected a dictionary of tensors, found \(value.kind)")
    }
    var walk = Walk(nameBytesLeft: nameLimit)
    var result: [(String, PyTorchTensor)] = []
    for wrapper in wrappers {
      for (key, value) in root.entries {
        guard case .string(wrapper) = key, case .dictionary = value else { continue }
        try collect(value, prefix: "", depth: 0, walk: &walk, into: &result)
        if !result.isEmpty { return result }
      }
    }
    try collect(value, prefix: "", depth: 0, walk: &walk, into: &result)
    guard !result.isEmpty else { throw PyTorchFailure(reason: "holds no tensor") }
    return result
  }

  private static func collect(
    _ value: PickleValue, prefix: String, depth: Int, walk: inout Walk,
    into result: inout [(String, PyTorchTensor)]
  ) throws {
    walk.visits += 1
    walk.nameBytesLeft -= prefix.utf8.count
    guard walk.visits <= visitLimit, walk.nameBytesLeft >= 0, depth <= 64 else {
      throw PyTorchFailure(
        reason: "dictionaries too deep, too many, or with too long names: expected at most 64"
          + " levels, \(visitLimit) entries and names of eight times the file's bytes")
    }
    switch value {
    case .tensor(let tensor): result.append((prefix, tensor))
    case .dictionary(let dictionary):
      for (key, value) in dictionary.entries {
        let name: String
        switch key {
        case .string(let text): name = text
        case .int(let number): name = "\(number)"
        default: continue
        }
        try collect(
          value, prefix: prefix.isEmpty ? name : "\(prefix).\(name)", depth: depth + 1,
          walk: &walk, into: &result)
      }
    default: break
    }
  }
}

/// What is wrong with a checkpoint, without its path.
struct PyTorchFailure: Error, Hashable, CustomStringConvertible {
  let reason: String
  var description: String { reason }
}

extension PickleReader {
  /// Containers may hold one another; emptied, they are freed.
  fileprivate func breakCycles() {
    for list in lists { list.items = [] }
    for dictionary in dictionaries { dictionary.entries = [] }
  }
}

extension PyTorchTensor {
  /// Returns the elements row by row.
  ///
  /// - Parameter block: the bytes that the storage lies in.
  fileprivate func array(in block: Data, name: String) throws -> NamedArray {
    func fail(_ reason: String) -> PyTorchFailure { PyTorchFailure(reason: "\(name): \(reason)") }
    let type = storage.elementType
    let size = type.byteCount
    let available = block.count / size
    guard storage.start <= available, storage.count <= available - storage.start else {
      throw fail(
        "storage \(storage.key): expected \(storage.count) elements from \(storage.start), found"
          + " \(available)")
    }
    guard shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }), offset >= 0 else {
      throw fail("size \(shape), stride \(strides), offset \(offset)")
    }
    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= storage.count || product == 0 else {
        throw fail("size \(shape) does not fit a storage of \(storage.count) elements")
      }
      count = product
    }
    guard count > 0 else { return NamedArray(elementType: type, shape: shape, bytes: Data()) }
    var last = offset
    for (extent, stride) in zip(shape, strides) {
      let (span, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
      let (sum, sumOverflow) = last.addingReportingOverflow(span)
      guard !overflow, !sumOverflow else { throw fail("stride \(strides) is too large") }
      last = sum
    }
    guard last < storage.count else {
      throw fail(
        "element \(last) lies outside a storage of \(storage.count) elements (size \(shape), stride"
          + " \(strides), offset \(offset))")
    }
    let start = block.startIndex + (storage.start + offset) * size
    if isContiguous {
      return NamedArray(
        elementType: type, shape: shape, bytes: Data(block[start..<start + count * size]))
    }
    var bytes = Data(capacity: count * size)
    var indices = [Int](repeating: 0, count: shape.count)
    for _ in 0..<count {
      let element = start + zip(indices, strides).reduce(0) { $0 + $1.0 * $1.1 } * size
      bytes.append(block[element..<element + size])
      for axis in indices.indices.reversed() {
        indices[axis] += 1
        if indices[axis] < shape[axis] { break }
        indices[axis] = 0
      }
    }
    return NamedArray(elementType: type, shape: shape, bytes: bytes)
  }

  private var isContiguous: Bool {
    var expected = 1
    for (extent, stride) in zip(shape, strides).reversed() where extent != 1 {
      if stride != expected { return false }
      expected *= extent
    }
    return true
  }
}
