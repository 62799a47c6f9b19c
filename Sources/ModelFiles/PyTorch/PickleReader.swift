import Foundation

/// Reads Python's pickles as far as PyTorch checkpoints need them: a stack machine that builds
/// values and runs nothing.
///
/// A pickle is a program; Python's own reader calls whatever the program names. This one knows the
/// names in ``PickleGlobal`` alone, each of which it builds itself, and refuses every other.
///
/// - SeeAlso: Python's `pickletools`, which documents each opcode.
struct PickleReader {
  /// What is wrong with a pickle, and at which byte.
  struct Failure: Error, Hashable, CustomStringConvertible {
    let position: Int
    let reason: String
    var description: String { "pickle, byte \(position): \(reason)" }
  }

  private enum Entry {
    case value(PickleValue, depth: Int)
    case mark
  }

  /// Tuples within tuples, which are freed one in the other: a checkpoint's are four deep.
  private static let depthLimit = 64
  /// More dimensions than any tensor of PyTorch's has.
  private static let rankLimit = 64

  private let data: Data
  /// Relative to the data's start.
  private(set) var position: Int
  private var stack: [Entry] = []
  private var memo: [Int: (value: PickleValue, depth: Int)] = [:]
  /// Numbers that sizes may still have in all: each comes from a byte, unless one size is used for
  /// others, as a short file does that becomes gigabytes.
  private var numbersLeft: Int
  /// Every container made, to break cycles when the reader is done with them.
  private(set) var lists: [PickleList] = []
  private(set) var dictionaries: [PickleDictionary] = []

  /// - Parameter position: where the pickle starts.
  init(_ data: Data, at position: Int = 0) {
    self.data = data
    self.position = position
    numbersLeft = 1024 + 4 * data.count
  }

  /// Reads one pickle, up to and including its STOP.
  mutating func read() throws -> PickleValue {
    stack = []
    memo = [:]
    while true {
      let start = position
      let code = try byte()
      guard let opcode = Opcode(rawValue: code) else {
        throw Failure(
          position: start,
          reason: "opcode 0x\(String(code, radix: 16)) is not one of a checkpoint's")
      }
      if opcode == .stop {
        let result = try pop()
        guard stack.isEmpty else { throw failure("STOP with \(stack.count) values left over") }
        return result
      }
      try execute(opcode)
    }
  }

  private enum Opcode: UInt8 {
    case mark = 0x28  // (
    case emptyTuple = 0x29  // )
    case stop = 0x2E  // .
    case pop = 0x30  // 0
    case popMark = 0x31  // 1
    case duplicate = 0x32  // 2
    case binBytes = 0x42  // B
    case shortBinBytes = 0x43  // C
    case binFloat = 0x47  // G
    case binInt = 0x4A  // J
    case binInt1 = 0x4B  // K
    case binInt2 = 0x4D  // M
    case none = 0x4E  // N
    case binPersistentID = 0x51  // Q
    case reduce = 0x52  // R
    case binString = 0x54  // T
    case shortBinString = 0x55  // U
    case binUnicode = 0x58  // X
    case emptyList = 0x5D  // ]
    case append = 0x61  // a
    case build = 0x62  // b
    case global = 0x63  // c
    case dictionary = 0x64  // d
    case appends = 0x65  // e
    case binGet = 0x68  // h
    case longBinGet = 0x6A  // j
    case list = 0x6C  // l
    case binPut = 0x71  // q
    case longBinPut = 0x72  // r
    case setItem = 0x73  // s
    case tuple = 0x74  // t
    case setItems = 0x75  // u
    case emptyDictionary = 0x7D  // }
    case proto = 0x80
    case newObject = 0x81
    case tuple1 = 0x85
    case tuple2 = 0x86
    case tuple3 = 0x87
    case newTrue = 0x88
    case newFalse = 0x89
    case long1 = 0x8A
    case shortBinUnicode = 0x8C
    case stackGlobal = 0x93
    case memoize = 0x94
    case frame = 0x95
  }

  private mutating func execute(_ opcode: Opcode) throws {
    switch opcode {
    case .stop: break
    case .proto:
      let version = try byte()
      guard (2...5).contains(version) else { throw failure("protocol \(version), known are 2…5") }
    case .frame: _ = try integer(8)
    case .mark: stack.append(.mark)
    case .pop:
      guard stack.popLast() != nil else { throw failure("nothing to take off the stack") }
    case .popMark: _ = try popToMark()
    case .duplicate:
      _ = try top()
      if let entry = stack.last { stack.append(entry) }
    case .none: push(.none)
    case .newTrue: push(.bool(true))
    case .newFalse: push(.bool(false))
    case .binInt: push(.int(Int(Int32(truncatingIfNeeded: try integer(4)))))
    case .binInt1: push(.int(try integer(1)))
    case .binInt2: push(.int(try integer(2)))
    case .long1: push(try longInteger(try integer(1)))
    case .binFloat:
      let bits = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      push(.float(Double(bitPattern: bits)))
    case .binUnicode, .binString: push(.string(try text(integer(4))))
    case .shortBinUnicode, .shortBinString: push(.string(try text(integer(1))))
    case .binBytes: push(.bytes(Array(try take(integer(4)))))
    case .shortBinBytes: push(.bytes(Array(try take(integer(1)))))
    case .emptyTuple: push(.tuple([]))
    case .tuple:
      let isMark = { (entry: Entry) in if case .mark = entry { true } else { false } }
      guard let mark = stack.lastIndex(where: isMark) else { throw failure("no mark on the stack") }
      try pushTuple(from: mark + 1)
      stack.remove(at: mark)
    case .tuple1: try pushTuple(from: stack.count - 1)
    case .tuple2: try pushTuple(from: stack.count - 2)
    case .tuple3: try pushTuple(from: stack.count - 3)
    case .emptyList: push(.list(makeList([])))
    case .list: push(.list(makeList(try popToMark())))
    case .append:
      let item = try pop()
      try topList().items.append(item)
    case .appends:
      let items = try popToMark()
      try topList().items += items
    case .emptyDictionary: push(.dictionary(makeDictionary()))
    case .dictionary:
      let items = try popToMark()
      let dictionary = makeDictionary()
      try set(items, in: dictionary)
      push(.dictionary(dictionary))
    case .setItem:
      let items = try pop(2)
      try set(items, in: topDictionary())
    case .setItems:
      let items = try popToMark()
      try set(items, in: topDictionary())
    case .binPut: try remember(at: integer(1))
    case .longBinPut: try remember(at: integer(4))
    case .memoize: try remember(at: memo.count)
    case .binGet: try recall(integer(1))
    case .longBinGet: try recall(integer(4))
    case .global:
      let module = try line()
      push(.global(try global("\(module).\(try line())")))
    case .stackGlobal:
      let parts = try pop(2)
      guard case .string(let module) = parts[0], case .string(let name) = parts[1] else {
        throw failure("a global whose name is not text")
      }
      push(.global(try global("\(module).\(name)")))
    case .reduce, .newObject:
      let parts = try pop(2)
      push(try build(parts[0], arguments: parts[1]))
    case .build:
      // The attributes of an OrderedDict, of which PyTorch sets `_metadata`: versions of modules.
      _ = try pop()
      guard case .dictionary = try top() else {
        throw failure("a state for \(try top().kind), which has none")
      }
    case .binPersistentID: push(.storage(try storage(try pop())))
    }
  }

  // MARK: The few objects

  private func global(_ name: String) throws -> PickleGlobal {
    guard let global = PickleGlobal(rawValue: name) else {
      throw failure(
        "refers to \(name.prefix(200)), which is not part of a state dictionary; save"
          + " model.state_dict() instead of the model")
    }
    return global
  }

  private mutating func build(
    _ callee: PickleValue, arguments: PickleValue
  ) throws -> PickleValue {
    guard case .global(let global) = callee, case .tuple(let arguments) = arguments else {
      throw failure("calls \(callee.kind)")
    }
    switch global {
    case .orderedDictionary:
      guard arguments.isEmpty else { throw failure("an OrderedDict with arguments") }
      return .dictionary(makeDictionary())
    case .size:
      guard arguments.count == 1 else {
        throw failure("torch.Size of \(arguments.count) arguments")
      }
      return .tuple(try size(arguments[0]).map { .int($0) })
    case .rebuildParameter:
      guard let first = arguments.first, case .tensor = first else {
        throw failure("a parameter without a tensor")
      }
      return first
    case .rebuildTensor, .rebuildTensorV2:
      guard arguments.count >= 4, case .storage(let storage) = arguments[0],
        case .int(let offset) = arguments[1]
      else { throw failure("a tensor without storage, offset, size and stride") }
      let (shape, strides) = (try size(arguments[2]), try size(arguments[3]))
      guard shape.count == strides.count else {
        throw failure("a tensor of size \(shape) and stride \(strides)")
      }
      return .tensor(
        PyTorchTensor(storage: storage, offset: offset, shape: shape, strides: strides))
    default: throw failure("calls \(global.rawValue)")
    }
  }

  /// `('storage', class, key, location, count)`, in the older form with a view behind.
  private func storage(_ identifier: PickleValue) throws -> PyTorchStorage {
    guard case .tuple(let parts) = identifier, parts.count >= 5,
      case .string("storage") = parts[0], case .global(let global) = parts[1],
      case .string(let key) = parts[2], case .int(let count) = parts[4], count >= 0
    else { throw failure("a persistent object that is no storage") }
    guard let type = global.elementType else { throw failure("a storage of \(global.rawValue)") }
    guard parts.count > 5, case .tuple(let view) = parts[5] else {
      return PyTorchStorage(key: key, elementType: type, count: count, start: 0)
    }
    guard view.count == 3, case .int(let start) = view[1], case .int(let size) = view[2],
      start >= 0, size >= 0
    else { throw failure("a view of a storage that is none") }
    return PyTorchStorage(key: key, elementType: type, count: size, start: start)
  }

  private mutating func size(_ value: PickleValue) throws -> [Int] {
    guard case .tuple(let items) = value else {
      throw failure("expected a tuple of whole numbers, found \(value.kind)")
    }
    guard items.count <= Self.rankLimit else {
      throw failure("a size of \(items.count) numbers: expected at most \(Self.rankLimit)")
    }
    numbersLeft -= items.count
    guard numbersLeft >= 0 else {
      throw failure("sizes of more numbers than four for each byte of the file")
    }
    return try items.map {
      guard case .int(let number) = $0 else {
        throw failure("expected a whole number, found \($0.kind)")
      }
      return number
    }
  }

  // MARK: Stack and memo

  private mutating func push(_ value: PickleValue, depth: Int = 0) {
    stack.append(.value(value, depth: depth))
  }

  private mutating func pop() throws -> PickleValue {
    guard case .value(let value, _)? = stack.popLast() else {
      throw failure("nothing to take off the stack")
    }
    return value
  }

  /// Makes a tuple of the entries from an index on.
  private mutating func pushTuple(from start: Int) throws {
    guard start >= 0 else { throw failure("nothing to take off the stack") }
    var items: [PickleValue] = []
    var depth = 0
    for entry in stack[start...] {
      guard case .value(let item, let inner) = entry else {
        throw failure("nothing to take off the stack")
      }
      items.append(item)
      depth = max(depth, inner)
    }
    guard depth < Self.depthLimit else {
      throw failure("expected tuples at most \(Self.depthLimit) deep, found more")
    }
    stack.removeSubrange(start...)
    push(.tuple(items), depth: depth + 1)
  }

  private mutating func pop(_ count: Int) throws -> [PickleValue] {
    var values: [PickleValue] = []
    for _ in 0..<count { values.append(try pop()) }
    return values.reversed()
  }

  private mutating func popToMark() throws -> [PickleValue] {
    var values: [PickleValue] = []
    while let entry = stack.popLast() {
      guard case .value(let value, _) = entry else { return values.reversed() }
      values.append(value)
    }
    throw failure("no mark on the stack")
  }

  private func top() throws -> PickleValue {
    guard case .value(let value, _)? = stack.last else { throw failure("an empty stack") }
    return value
  }

  private func topList() throws -> PickleList {
    guard case .list(let list) = try top() else {
      throw failure("appends to \(try top().kind)")
    }
    return list
  }

  private func topDictionary() throws -> PickleDictionary {
    guard case .dictionary(let dictionary) = try top() else {
      throw failure("sets an item of \(try top().kind)")
    }
    return dictionary
  }

  private mutating func makeList(_ items: [PickleValue]) -> PickleList {
    let list = PickleList()
    list.items = items
    lists.append(list)
    return list
  }

  private mutating func makeDictionary() -> PickleDictionary {
    let dictionary = PickleDictionary()
    dictionaries.append(dictionary)
    return dictionary
  }

  private func set(_ items: [PickleValue], in dictionary: PickleDictionary) throws {
    guard items.count % 2 == 0 else { throw failure("a key without a value") }
    for index in stride(from: 0, to: items.count, by: 2) {
      dictionary.entries.append((items[index], items[index + 1]))
    }
  }

  private mutating func remember(at index: Int) throws {
    guard case .value(let value, let depth)? = stack.last else { throw failure("an empty stack") }
    memo[index] = (value, depth)
  }

  private mutating func recall(_ index: Int) throws {
    guard let (value, depth) = memo[index] else { throw failure("memo \(index) is empty") }
    push(value, depth: depth)
  }

  // MARK: Bytes

  private mutating func byte() throws -> UInt8 { try take(1).first ?? 0 }

  private mutating func take(_ count: Int) throws -> Data {
    guard count >= 0, count <= data.count - position else {
      throw failure("ends too early: expected \(count) bytes, found \(data.count - position)")
    }
    defer { position += count }
    let start = data.startIndex + position
    return data[start..<start + count]
  }

  /// Little-endian, without sign.
  private mutating func integer(_ count: Int) throws -> Int {
    let bits = try take(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let value = Int(exactly: bits) else { throw failure("a length of \(bits)") }
    return value
  }

  /// Little-endian two's complement of any length; numbers that no size has become text.
  private mutating func longInteger(_ count: Int) throws -> PickleValue {
    let bytes = try take(count)
    guard count <= 8 else { return .bytes(Array(bytes)) }
    var bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    if count > 0, count < 8, (bytes.last ?? 0) & 0x80 != 0 { bits |= ~0 << UInt64(8 * count) }
    return .int(Int(Int64(bitPattern: bits)))
  }

  private mutating func text(_ count: Int) throws -> String {
    let bytes = try take(count)
    guard let text = String(data: bytes, encoding: .utf8) else {
      throw failure("text that is not UTF-8")
    }
    return text
  }

  private mutating func line() throws -> String {
    let start = data.startIndex + position
    guard let end = data[start...].firstIndex(of: 0x0A) else { throw failure("a line without end") }
    let bytes = try take(end - start)
    position += 1
    guard let text = String(data: bytes, encoding: .utf8) else {
      throw failure("text that is not UTF-8")
    }
    return text
  }

  private func failure(_ reason: String) -> Failure {
    Failure(position: position, reason: reason)
  }
}
