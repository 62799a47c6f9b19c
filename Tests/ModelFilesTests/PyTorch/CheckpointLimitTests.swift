import Foundation
import TestSupport
import Testing

@testable import Files
@testable import ModelFiles

/// Short files that ask for much: each limit is a multiple of the file.
struct CheckpointLimitTests {
  /// Opcodes of Python's pickles, protocol 2.
  private struct Pickle {
    private(set) var bytes: [UInt8] = [0x80, 2]

    static func += (pickle: inout Pickle, opcodes: [UInt8]) { pickle.bytes += opcodes }
    static func += (pickle: inout Pickle, text: String) {
      let bytes = Array(text.utf8)
      pickle += [0x58] + Self.little(bytes.count) + bytes
    }
    mutating func integer(_ value: Int) { bytes += [0x4A] + Self.little(value) }
    mutating func global(_ module: String, _ name: String) {
      bytes += Array("c\(module)\n\(name)\n".utf8)
    }
    static func little(_ value: Int) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
    /// With STOP.
    var data: Data { Data(bytes + [0x2E]) }
  }

  private func failure(_ pickle: Pickle) -> String {
    var reader = PickleReader(pickle.data)
    return #expect(throws: PickleReader.Failure.self) { _ = try reader.read() }?.reason ?? ""
  }

  // Freed one within the other, 100,000 would use up the stack.
  @Test(arguments: [65, 100_000]) func tuplesWithinTuplesHaveALimit(depth: Int) throws {
    var pickle = Pickle()
    pickle += [0x29]
    for _ in 0..<depth { pickle += [0x85] }
    #expect(failure(pickle) == "expected tuples at most 64 deep, found more")
  }

  // By the memo each stands twice in the next.
  @Test func tuplesFromTheMemoCountAsDeep() throws {
    var pickle = Pickle()
    pickle += [0x29, 0x71, 0]
    for _ in 0..<65 { pickle += [0x68, 0, 0x68, 0, 0x86, 0x71, 0] }
    #expect(failure(pickle) == "expected tuples at most 64 deep, found more")
  }

  @Test func sixtyFourTuplesAreRead() throws {
    var pickle = Pickle()
    pickle += [0x29]
    for _ in 0..<63 { pickle += [0x85] }
    var reader = PickleReader(pickle.data)
    var value = try reader.read()
    var depth = 1
    while case .tuple(let items) = value, let first = items.first {
      (value, depth) = (first, depth + 1)
    }
    #expect(depth == 64)
  }

  private func sizes(of count: Int, times: Int) -> Pickle {
    var pickle = Pickle()
    pickle.global("torch", "Size")
    pickle += [0x71, 0, 0x28]
    for _ in 0..<count { pickle += [0x4B, 1] }
    pickle += [0x74, 0x85, 0x71, 1]
    for _ in 0..<times { pickle += [0x68, 0, 0x68, 1, 0x52] }
    return pickle
  }

  // One tuple of 64 numbers for 48,000 sizes of 240 KB.
  @Test func sizesTakeAMultipleOfTheFile() {
    #expect(
      failure(sizes(of: 64, times: 48_000))
        == "sizes of more numbers than four for each byte of the file")
    // Of a size a byte and more: all are read, and the stack is not empty at the end.
    #expect(failure(sizes(of: 16, times: 100)) == "STOP with 101 values left over")
    #expect(failure(sizes(of: 65, times: 1)) == "a size of 65 numbers: expected at most 64")
  }

  /// A file of the older form: one storage of `count` float32, as many tensors as names.
  private func checkpoint(count: Int, names: [String]) -> Data {
    var file = Data([0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19])
    file += [0x2E, 0x80, 2, 0x4D, 0xE9, 3, 0x2E, 0x80, 2, 0x7D, 0x2E]
    var tensor = Pickle()
    tensor.global("torch._utils", "_rebuild_tensor_v2")
    tensor += [0x28, 0x28]
    tensor += "storage"
    tensor.global("torch", "FloatStorage")
    tensor += "0"
    tensor += "cpu"
    tensor.integer(count)
    tensor += [0x4E, 0x74, 0x51, 0x4B, 0]
    tensor.integer(count)
    tensor += [0x85, 0x4B, 1, 0x85, 0x74, 0x52, 0x71, 0, 0x30, 0x7D, 0x28]
    for name in names {
      tensor += name
      tensor += [0x68, 0]
    }
    tensor += [0x75]
    file += tensor.data
    var keys = Pickle()
    keys += [0x5D]
    keys += "0"
    keys += [0x61]
    file += keys.data
    file += Data(Pickle.little(count) + [0, 0, 0, 0]) + Data(count: count * 4)
    return file
  }

  // Tied weights are read; a megabyte that stands for six gigabytes is not.
  @Test func tensorsOfOneStorageTakeAMultipleOfTheFile() throws {
    let tied = try PyTorchFile(checkpoint(count: 50_000, names: ["a", "b"]), path: "a.pth")
    #expect(tied.names == ["a", "b"] && tied.arrays["b"]?.shape == [50_000])
    let many = checkpoint(count: 200_000, names: (0..<7000).map { "n\($0)" })
    #expect(many.count < 1_000_000)
    let error = #expect(throws: FileError.self) { try PyTorchFile(many, path: "a.pth") }
    #expect(
      error?.reason.hasSuffix(
        "expected tensors of at most eight times the file's \(many.count) bytes in all, found more")
        == true, "\(error?.reason ?? "")")
  }
}
