import Foundation
import TestSupport
import Testing

@testable import Files
@testable import ModelFiles

/// Fixtures: Scripts/goldens/checkpoints.py, torch 2.15.0, seed 20261125.
struct PyTorchFileTests {
  private static let fixtures = TestFiles().path("Fixtures")

  private struct Expected: Decodable {
    struct Array: Decodable {
      let shape: [Int]
      let values: [Double]
    }
    let torch: String
    let tensors: [String: Array]
    let modules: [String: Array]
  }

  private func expected() throws -> Expected {
    try JSONDecoder().decode(Expected.self, from: TestFiles().data("Fixtures/expected.json"))
  }

  private func values(_ array: NamedArray) throws -> [Double] {
    switch array.elementType {
    case .int64:
      array.bytes.withUnsafeBytes { bytes in
        (0..<array.elementCount).map {
          Double(bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self))
        }
      }
    case .float64:
      array.bytes.withUnsafeBytes { bytes in
        (0..<array.elementCount).map {
          bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self)
        }
      }
    case .uint8: array.bytes.map(Double.init)
    default: try array.floats().map(Double.init)
    }
  }

  private func compare(_ file: PyTorchFile, _ expected: [String: Expected.Array]) throws {
    #expect(Set(file.names) == Set(expected.keys))
    for (name, answer) in expected {
      let array = try #require(file.arrays[name], "\(name)")
      #expect(array.shape == answer.shape, "\(name)")
      #expect(try values(array) == answer.values, "\(name)")
    }
  }

  // Views, transposes and shared storages included.
  @Test(arguments: ["zip", "older"]) func everyTensorIsRead(form: String) throws {
    let file = try PyTorchFile(contentsOf: "\(Self.fixtures)/tensors-\(form).pth")
    try compare(file, expected().tensors)
    #expect(file.names.prefix(3) == ["plain", "base", "transposed"])
    #expect(file.arrays["half"]?.elementType == .float16)
    #expect(file.arrays["bfloat16"]?.elementType == .bfloat16)
  }

  @Test(arguments: ["zip", "older"]) func aTrainingCheckpointGivesItsStateDictionary(
    form: String
  ) throws {
    try compare(
      PyTorchFile(contentsOf: "\(Self.fixtures)/checkpoint-\(form).pth"), expected().modules)
  }

  @Test(arguments: ["zip", "older"]) func parametersAreTensors(form: String) throws {
    let file = try PyTorchFile(contentsOf: "\(Self.fixtures)/parameter-\(form).pth")
    #expect(try file.arrays["weight"]?.floats() == [1.5, -2])
  }

  // torch.load of torch 2.15.0: the number of tensors, and FNV-1a of names and bytes, by name.
  @Test(
    .enabled(if: SharedMaterial.has("models/ultraface"), "needs ../shared"),
    arguments: [
      ("version-RFB-320", 244, 0x5FA5_6451_44A8_99F9),
      ("version-slim-320", 184, 0x456D_E2C0_510A_4AC3),
    ] as [(String, Int, UInt64)])
  func ultraFaceIsRead(name: String, count: Int, hash: UInt64) throws {
    let file = try PyTorchFile(contentsOf: SharedMaterial.path("models/ultraface/\(name).pth"))
    #expect(file.names.count == count)
    #expect(file.arrays["base_net.0.0.weight"]?.shape == [16, 3, 3, 3])
    var found = FowlerNollVo()
    for (name, array) in file.arrays.sorted(by: { $0.key < $1.key }) {
      found.add(name.utf8)
      found.add(array.bytes)
    }
    #expect(found.value == hash)
  }

  // What the file asks to run is named and not run.
  @Test func nothingIsRun() throws {
    let error = #expect(throws: FileError.self) {
      try PyTorchFile(contentsOf: Self.fixtures + "/malicious.pth")
    }
    let text = try #require(error?.description)
    #expect(text.contains("malicious.pth: pickle, byte "))
    #expect(
      text.hasSuffix(
        "refers to posix.system, which is not part of a state dictionary; save model.state_dict()"
          + " instead of the model"), "\(text)")
    #expect(!FileManager.default.fileExists(atPath: "/tmp/multibox-was-here"))
    let module = #expect(throws: FileError.self) {
      try PyTorchFile(contentsOf: Self.fixtures + "/module-zip.pth")
    }
    #expect(module?.description.contains("refers to torch.nn.modules.linear.Linear") == true)
  }

  // Cut anywhere, a file is an error and never a part of its tensors.
  @Test(arguments: ["tensors-zip", "tensors-older", "checkpoint-zip", "checkpoint-older"])
  func truncatedFilesAreErrors(name: String) throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: "\(Self.fixtures)/\(name).pth"))
    try #require(whole.count > 100)
    for count in stride(from: 0, to: whole.count - 1, by: 7) {
      let error = #expect(throws: FileError.self, "\(count) bytes") {
        try PyTorchFile(whole.prefix(count), path: "x.pth")
      }
      #expect(error?.description.hasPrefix("x.pth: ") == true)
    }
  }

  @Test(arguments: [
    // A storage of 1000 elements, tensor of 2 × 3 beyond it, strides, negative sizes.
    ((2, 3), (3, 1), 5, "element 10 lies outside a storage of 6 elements"),
    ((2, 3), (300, 1), 0, "element 302 lies outside a storage of 6 elements"),
    ((20, 30), (1, 1), 0, "does not fit a storage of 6 elements"),
  ])
  func storagesThatDoNotFitAreErrors(
    shape: (Int, Int), strides: (Int, Int), offset: Int, message: String
  ) throws {
    // The pickles of the older form, by hand.
    var bytes = Data([0x80, 2, 0x8A, 10])
    bytes += [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
    bytes += [0x80, 2, 0x4D, 0xE9, 3, 0x2E, 0x80, 2, 0x7D, 0x2E]
    func text(_ text: String) -> Data { Data([0x8C, UInt8(text.utf8.count)]) + Data(text.utf8) }
    func global(_ module: String, _ name: String) -> Data {
      Data([0x63]) + Data("\(module)\n\(name)\n".utf8)
    }
    func int(_ value: Int) -> Data { Data([0x4D, UInt8(value & 0xFF), UInt8(value >> 8)]) }
    bytes += [0x80, 2, 0x7D] + text("w") + global("torch._utils", "_rebuild_tensor_v2") + [0x28]
    bytes += [0x28] + text("storage") + global("torch", "FloatStorage") + text("0") + text("cpu")
    bytes += int(6) + [0x74, 0x51] + int(offset)
    bytes += int(shape.0) + int(shape.1) + [0x86] + int(strides.0) + int(strides.1) + [0x86]
    bytes += [0x89, 0x4E, 0x74, 0x52, 0x73, 0x2E]
    bytes += [0x80, 2, 0x5D] + text("0") + [0x61, 0x2E, 6, 0, 0, 0, 0, 0, 0, 0]
    bytes += Data(count: 24)
    let error = #expect(throws: FileError.self) { try PyTorchFile(bytes, path: "x.pth") }
    #expect(error?.description.contains("x.pth: w: ") == true, "\(String(describing: error))")
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }

  // Found by hand: a dictionary that holds itself, and one shared so often that a walk never ends.
  @Test func endlessStructuresEnd() throws {
    // {} put into itself: PROTO 2, }, BINPUT 0, "a", BINGET 0, SETITEM, STOP.
    let header =
      Data([0x80, 2, 0x8A, 10])
      + Data([
        0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E, 0x80, 2, 0x4D, 0xE9, 3,
        0x2E, 0x80, 2, 0x7D, 0x2E,
      ])
    let itself = header + Data([0x80, 2, 0x7D, 0x71, 0, 0x8C, 1, 0x61, 0x68, 0, 0x73, 0x2E])
    #expect(
      #expect(throws: FileError.self) { try PyTorchFile(itself, path: "x") }?.description
        == "x: dictionaries too deep, too many, or with too long names: expected at most 64 levels,"
        + " 1000000 entries and names of eight times the file's bytes")
    var shared = header + Data([0x80, 2, 0x7D, 0x71, 0])
    for index in 1..<60 {
      // { a: previous, b: previous }
      shared += Data([
        0x7D, 0x71, UInt8(index), 0x8C, 1, 0x61, 0x68, UInt8(index - 1), 0x73, 0x8C, 1, 0x62, 0x68,
        UInt8(index - 1), 0x73,
      ])
    }
    // Take the others off the stack.
    shared += Data([0x28]) + Data([0x31]) + Data([0x2E])
    #expect(throws: FileError.self) { try PyTorchFile(shared, path: "x") }
  }

  @Test(arguments: [
    (Data(), "x: is empty"),
    (Data("hello".utf8), "x: neither a zip archive nor a pickle, as PyTorch writes"),
    (Data([0x80, 2, 0x4E, 0x2E]), "x: a pickle, but not of PyTorch"),
    (Data([0x80, 9]), "x: pickle, byte 2: protocol 9, known are 2…5"),
    (Data([0x80, 2, 0xFF]), "x: pickle, byte 2: opcode 0xff is not one of a checkpoint's"),
    (Data([0x50, 0x4B, 3, 4]), "x: zip: "),
  ])
  func otherFilesAreNamed(data: Data, message: String) {
    let error = #expect(throws: FileError.self) { try PyTorchFile(data, path: "x") }
    #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
  }

  @Test func aMissingFileIsNamed() {
    #expect(
      #expect(throws: FileError.self) { try PyTorchFile(contentsOf: "/no/x.pth") }?.description
        == "/no/x.pth: no such file")
  }
}
