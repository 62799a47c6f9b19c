import Files
import Foundation

/// A safetensors file: named arrays and text metadata.
///
/// Eight bytes of header length (little-endian), a JSON header, then the arrays' bytes. Names are
/// written in sorted order, so equal content gives equal files.
public struct Safetensors: Hashable, Sendable {
  /// The arrays by name.
  public var arrays: [String: NamedArray]
  /// Texts by key.
  public var metadata: [String: String]

  /// Creates the content of a file.
  public init(arrays: [String: NamedArray], metadata: [String: String] = [:]) {
    self.arrays = arrays
    self.metadata = metadata
  }

  /// The key of the metadata for the command of this project that made the file.
  package static let makerKey = "made_by"

  /// Creates the content of a file that says which command made it.
  ///
  /// - Parameters:
  ///   - arrays: by name.
  ///   - command: its name.
  public init(arrays: [String: NamedArray], madeBy command: String) {
    self.init(arrays: arrays, metadata: [Self.makerKey: "MultiBox \(command)"])
  }

  /// Says whether a file is one that a command made: it may make it anew.
  ///
  /// - Parameters:
  ///   - path: of any file, there or not.
  ///   - command: its name.
  public static func isFile(_ path: String, madeBy command: String) -> Bool {
    (try? Self(contentsOf: path))?.metadata[makerKey] == "MultiBox \(command)"
  }

  private static let metadataKey = "__metadata__"

  /// The longest header that readers of the format accept.
  private static let headerLimit = 100_000_000

  // MARK: Writing

  /// Writes the file atomically.
  ///
  /// - Parameter path: of the file.
  /// - Throws: `FileError` where it cannot be written.
  public func write(to path: String) throws {
    var header: [String: Any] = [:]
    if !metadata.isEmpty { header[Self.metadataKey] = metadata }
    var offset = 0
    let names = arrays.keys.sorted()
    for (name, array) in names.compactMap({ name in arrays[name].map { (name, $0) } }) {
      header[name] = [
        "dtype": array.elementType.rawValue, "shape": array.shape,
        "data_offsets": [offset, offset + array.bytes.count],
      ]
      offset += array.bytes.count
    }
    var text = try JSONSerialization.data(
      withJSONObject: header, options: [.sortedKeys, .withoutEscapingSlashes])
    // Arrays start at a multiple of eight bytes, so that they can be mapped.
    text.append(contentsOf: Array(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8))
    var file = Data(capacity: 8 + text.count + offset)
    withUnsafeBytes(of: UInt64(text.count).littleEndian) { file.append(contentsOf: $0) }
    file.append(text)
    for name in names { if let array = arrays[name] { file.append(array.bytes) } }
    try AtomicFile.write(file, to: path)
  }

  // MARK: Reading

  /// Reads a file and checks all of it: lengths, types, shapes, overlaps.
  ///
  /// - Parameter path: of a safetensors file.
  /// - Throws: `FileError` that names the file, the key, what was expected and what was found.
  public init(contentsOf path: String) throws(FileError) {
    try self.init(InputFile.contents(path), path: path)
  }

  /// Reads the bytes of a file and checks all of them.
  ///
  /// - Parameters:
  ///   - file: a whole safetensors file.
  ///   - path: what errors call it.
  /// - Throws: `FileError` as for a file.
  public init(_ file: Data, path: String) throws(FileError) {
    func fail(_ reason: String) -> FileError { FileError(path: path, reason: reason) }
    let (header, content) = try Self.header(of: file, fail: fail)
    metadata = [:]
    arrays = [:]
    var extents: [(range: Range<Int>, name: String)] = []
    for (name, value) in header {
      if name == Self.metadataKey {
        metadata = try Self.metadata(value, fail: fail)
        continue
      }
      let (array, range) = try Self.array(value, name: name, content: content, fail: fail)
      arrays[name] = array
      extents.append((range, name))
    }
    extents.sort {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    var end = 0
    for extent in extents {
      guard extent.range.lowerBound == end else {
        throw fail(
          "\(extent.name): expected data from byte \(end), found \(extent.range.lowerBound)")
      }
      end = extent.range.upperBound
    }
    guard end == content.count else {
      throw fail("expected \(end) bytes of data, found \(content.count)")
    }
  }

  /// Reads the metadata of a file alone, and nothing of its arrays.
  ///
  /// - Parameter path: of a safetensors file.
  /// - Returns: texts by key.
  /// - Throws: `FileError` that names the file.
  public static func metadata(of path: String) throws(FileError) -> [String: String] {
    func fail(_ reason: String) -> FileError { FileError(path: path, reason: reason) }
    let header = try header(of: InputFile.contents(path), fail: fail).header
    guard let value = header[metadataKey] else { return [:] }
    return try metadata(value, fail: fail)
  }

  private static func metadata(
    _ value: Any, fail: (String) -> FileError
  ) throws(FileError) -> [String: String] {
    guard let texts = value as? [String: String] else {
      throw fail("\(metadataKey): expected strings by name")
    }
    return texts
  }

  /// The parsed header of a file, and the bytes behind it.
  private static func header(
    of file: Data, fail: (String) -> FileError
  ) throws(FileError) -> (header: [String: Any], content: Data) {
    if let name = FailedDownload.name(of: file) { throw fail("expected weights, found \(name)") }
    guard file.count >= 8 else {
      throw fail("expected a safetensors header of 8 bytes or more, found \(file.count) bytes")
    }
    let length = file.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(min(file.count - 8, headerLimit)) else {
      throw fail(
        "header: expected at most \(file.count - 8) bytes, found a length of \(length);"
          + " truncated, or not a safetensors file")
    }
    let start = file.startIndex + 8
    let end = start + Int(length)
    return (try header(file[start..<end], fail: fail), file[end...])
  }

  private static func header(
    _ text: Data, fail: (String) -> FileError
  ) throws(FileError) -> [String: Any] {
    let value: Any
    do {
      value = try JSONSerialization.jsonObject(with: text)
    } catch {
      let reason = (error as NSError).userInfo["NSDebugDescription"] as? String ?? "no JSON"
      // Foundation counts from the text's beginning, and says nothing of its end.
      let place = reason.firstMatch(of: /character ([0-9]+)/).flatMap { Int($0.1) } ?? text.count
      let words = reason.replacing(#/ (around|starting from) .*|\.$/#, with: "")
      throw fail("header: not JSON at byte \(8 + place): \(words)")
    }
    guard let header = value as? [String: Any] else {
      throw fail("header: expected a JSON object at byte 8, found another value")
    }
    return header
  }

  private static func array(
    _ value: Any, name: String, content: Data, fail: (String) -> FileError
  ) throws(FileError) -> (NamedArray, Range<Int>) {
    guard let entry = value as? [String: Any] else {
      throw fail("\(name): expected an object")
    }
    guard let typeName = entry["dtype"] as? String else {
      throw fail("\(name): dtype: expected a string")
    }
    guard let type = NamedArray.ElementType(rawValue: typeName) else {
      throw fail("\(name): dtype: unknown type \(typeName)")
    }
    guard let shape = entry["shape"] as? [Int], shape.allSatisfy({ $0 >= 0 }) else {
      throw fail("\(name): shape: expected whole numbers from 0")
    }
    guard let offsets = entry["data_offsets"] as? [Int], offsets.count == 2,
      offsets[0] >= 0, offsets[0] <= offsets[1]
    else { throw fail("\(name): data_offsets: expected two rising whole numbers") }
    guard offsets[1] <= content.count else {
      throw fail(
        "\(name): data ends at byte \(offsets[1]), found \(content.count) bytes; truncated")
    }
    var size = type.byteCount
    for extent in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw fail("\(name): shape \(shape) is too large") }
      size = product
    }
    guard size == offsets[1] - offsets[0] else {
      throw fail(
        "\(name): expected \(size) bytes for shape \(shape) of \(typeName),"
          + " found \(offsets[1] - offsets[0])")
    }
    let first = content.startIndex + offsets[0]
    let bytes = content[first..<first + size]
    return (
      NamedArray(elementType: type, shape: shape, bytes: Data(bytes)), offsets[0]..<offsets[1]
    )
  }
}
