import Foundation

/// Reads the columns of a ``ColumnFileWriter``, in the order in which they were added.
///
/// A large file is mapped: columns are looked at where they lie, and processes share their memory.
/// The bytes of each are compared with their hash when it is opened, so that what was cut, changed
/// or is another file is told and not read.
package struct ColumnFile: Sendable {
  /// What is wrong with a file, in a few words.
  package struct Fault: Error {
    package let reason: String
    /// Says that it is a file of another version, or of another machine: nothing is wrong with it.
    package let isOfOthers: Bool

    package init(reason: String, isOfOthers: Bool = false) {
      self.reason = reason
      self.isOfOthers = isOfOthers
    }
  }

  static let headSize = 32
  static let orderMark: UInt32 = 0x0102_0304
  private static let columnHeadSize = 40

  private let file: MappedFile
  private var place = ColumnFile.headSize

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - file: its bytes.
  ///   - kind: as its writer was given.
  ///   - version: as its writer was given.
  package init(_ file: MappedFile, kind: String, version: UInt32) throws(Fault) {
    let bytes = file.bytes
    guard bytes.count >= Self.headSize, bytes.prefix(8).elementsEqual(kind.utf8) else {
      throw Fault(reason: "is no file of this kind")
    }
    guard bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self) == version,
      bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self) == Self.orderMark
    else { throw Fault(reason: "is of another version or machine", isOfOthers: true) }
    let count = bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
    guard count == UInt64(bytes.count) else {
      throw Fault(reason: "expected \(count) bytes, found \(bytes.count)")
    }
    self.file = file
  }

  /// The next column of numbers.
  package mutating func numbers<Number: BitwiseCopyable & Sendable>(
    of type: Number.Type = Number.self
  ) throws(Fault) -> Column<Number> {
    let bytes = file.bytes
    guard bytes.count - place >= Self.columnHeadSize else { throw Fault(reason: "has no more") }
    let count = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
    let start = place + Self.columnHeadSize
    guard count <= UInt64(bytes.count - start) else { throw Fault(reason: "ends in a column") }
    let end = start + Int(count)
    let hash = ContentHash(of: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
    // What was looked at for the hash alone is not in memory after that.
    file.release(start..<end)
    guard bytes[place + 8..<start].elementsEqual(hash.text.utf8) else {
      throw Fault(reason: "its bytes from \(start) are not those that were written")
    }
    guard Int(count).isMultiple(of: MemoryLayout<Number>.stride),
      end + ColumnFileWriter.padding(Int(count)) <= bytes.count
    else { throw Fault(reason: "a column of \(count) bytes") }
    place = end + ColumnFileWriter.padding(Int(count))
    return Column(file: file, offset: start, count: Int(count) / MemoryLayout<Number>.stride)
  }

  /// The next column of texts.
  package mutating func texts() throws(Fault) -> Texts {
    let ends = try Ends(numbers())
    let bytes = try numbers(of: UInt8.self)
    guard ends.last == bytes.count else { throw Fault(reason: "texts that end elsewhere") }
    return Texts(ends: ends, bytes: bytes)
  }

  /// The next number.
  package mutating func number() throws(Fault) -> Int {
    let numbers = try numbers(of: Int64.self)
    guard numbers.count == 1 else { throw Fault(reason: "\(numbers.count) numbers, not one") }
    return Int(numbers[0])
  }

  /// The next text.
  package mutating func text() throws(Fault) -> String {
    let texts = try texts()
    guard texts.count == 1 else { throw Fault(reason: "\(texts.count) texts, not one") }
    return texts[0]
  }

  /// Gives back the memory of what was looked at; what is asked for is fetched anew.
  package func release() { file.release(0..<file.count) }

  /// Numbers where they lie in a file.
  package struct Column<Number: BitwiseCopyable & Sendable>: RandomAccessCollection, Sendable {
    private let file: MappedFile
    private let offset: Int
    package let count: Int

    fileprivate init(file: MappedFile, offset: Int, count: Int) {
      self.file = file
      self.offset = offset
      self.count = count
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { count }

    package subscript(index: Int) -> Number {
      precondition(index >= 0 && index < count, "number \(index) of \(count)")
      return file.start.loadUnaligned(
        fromByteOffset: offset + index * MemoryLayout<Number>.stride, as: Number.self)
    }

    /// The memory of some of them.
    package func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
      precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range) of \(count)")
      let stride = MemoryLayout<Number>.stride
      return UnsafeRawBufferPointer(
        start: file.start + offset + range.lowerBound * stride, count: range.count * stride)
    }
  }

  /// Where each of some things ends that lie one behind the other, from 0.
  package struct Ends: Sendable {
    private let ends: Column<UInt64>

    /// - Throws: a fault where they do not rise, or the numbers are larger than any place.
    package init(_ ends: Column<UInt64>) throws(Fault) {
      var last: UInt64 = 0
      for end in ends {
        guard end >= last, end <= UInt64(Int.max) else { throw Fault(reason: "ends that fall") }
        last = end
      }
      self.ends = ends
    }

    /// The number of things.
    package var count: Int { ends.count }
    /// Where the last one ends.
    package var last: Int { ends.last.map { Int($0) } ?? 0 }
    /// The places of a thing.
    package subscript(index: Int) -> Range<Int> {
      (index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])
    }
  }

  /// Texts where they lie in a file.
  package struct Texts: RandomAccessCollection, Sendable {
    fileprivate let ends: Ends
    fileprivate let bytes: Column<UInt8>

    package var startIndex: Int { 0 }
    package var endIndex: Int { ends.count }
    package subscript(index: Int) -> String {
      String(decoding: bytes.bytes(ends[index]), as: UTF8.self)
    }
  }
}
