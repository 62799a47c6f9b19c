import Foundation

/// Makes a file of columns: numbers of one kind, one behind the other as they are in memory, and
/// texts, so that a reader maps them and makes nothing of them.
///
/// ```
/// kind, 8 bytes · version, 4 · 0x01020304 in the machine's order, 4 · all bytes, 8 · 0, 8
/// column: number of its bytes, 8 · their hash in hexadecimal digits, 32
///   · the bytes, to a multiple of 8
/// ```
///
/// It is for the machine that wrote it: numbers are in its order of bytes, which is told.
package struct ColumnFileWriter {
  private let kind: String
  private let version: UInt32
  private var parts: [any ContiguousBytes] = []
  private var byteCount = ColumnFile.headSize

  /// Begins a file.
  ///
  /// - Parameters:
  ///   - kind: tells such files from others; eight letters of ASCII.
  ///   - version: of the columns' order and meaning.
  package init(kind: String, version: UInt32) {
    precondition(kind.utf8.count == 8, "a kind of \(kind.utf8.count) bytes, not 8")
    self.kind = kind
    self.version = version
  }

  /// Adds a column of numbers.
  package mutating func add<Number: BitwiseCopyable & Sendable>(_ numbers: [Number]) {
    let bytes = ArrayBytes(array: numbers)
    let (count, hash) = bytes.withUnsafeBytes { ($0.count, ContentHash(of: $0)) }
    var head = withUnsafeBytes(of: UInt64(count)) { Data($0) }
    head += Data(hash.text.utf8)
    parts += [head, bytes, Data(count: Self.padding(count))]
    byteCount += head.count + count + Self.padding(count)
  }

  /// Adds a column of texts.
  package mutating func add(_ texts: some Sequence<String>) {
    var columns = TextColumn()
    for text in texts { columns.append(text) }
    add(columns)
  }

  /// Adds a column of texts.
  package mutating func add(_ texts: TextColumn) {
    add(texts.ends)
    add(texts.bytes)
  }

  /// Adds one number.
  package mutating func add(_ number: Int) { add([Int64(number)]) }

  /// Adds one text.
  package mutating func add(_ text: String) { add([text]) }

  /// All bytes, in pieces.
  package var regions: [any ContiguousBytes] {
    var head = Data(kind.utf8)
    for number in [version, ColumnFile.orderMark] {
      withUnsafeBytes(of: number) { head.append(contentsOf: $0) }
    }
    withUnsafeBytes(of: UInt64(byteCount)) { head.append(contentsOf: $0) }
    head.append(Data(count: ColumnFile.headSize - head.count))
    return [head] + parts
  }

  static func padding(_ count: Int) -> Int { (8 - count % 8) % 8 }
}

/// Texts, one behind the other in UTF-8.
package struct TextColumn: Sendable {
  private(set) var ends: [UInt64] = []
  private(set) var bytes: [UInt8] = []

  /// Creates a column without texts.
  package init() {}

  /// Adds a text.
  package mutating func append(_ text: some StringProtocol) {
    bytes += text.utf8
    ends.append(UInt64(bytes.count))
  }
}

/// The memory of an array's numbers.
private struct ArrayBytes<Number: BitwiseCopyable & Sendable>: ContiguousBytes {
  let array: [Number]

  func withUnsafeBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try array.withUnsafeBytes(body)
  }
}
