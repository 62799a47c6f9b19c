import Detectors
import Files
import Foundation

@testable import ModelFiles

extension FuzzTarget {
  /// Files of weights and networks.
  static let models = [
    FuzzTarget(name: "safetensors", structure: .bytes) { data in
      try reading { try check(Safetensors(data, path: "fuzz").arrays) }
    },
    // The whole file, in either form.
    FuzzTarget(name: "pytorch", structure: .bytes) { data in
      try reading { try check(PyTorchFile(data, path: "fuzz").arrays) }
    },
    // The pickle alone: in an archive a changed byte fails the checksum and nothing else.
    FuzzTarget(name: "pickle", structure: .bytes) { data in
      let archive = StoredArchive([
        ("a/data.pkl", data), ("a/byteorder", Data("little".utf8)),
        ("a/data/0", Data(count: 64)), ("a/data/1", Data(count: 8)),
      ])
      return try reading { try check(PyTorchFile(archive.bytes, path: "fuzz").arrays) }
    },
    FuzzTarget(name: "onnx", structure: .protobuf) { data in
      try FuzzFolder.named("onnx").with([("x.onnx", data)]) { folder in
        try reading {
          let path = folder + "/x.onnx"
          _ = try ONNXModel.metadata(of: path)
          _ = try ONNXModel.attribute("axis", ofOperator: "Softmax", in: path)
          _ = try DetectorDescription.ofModel(path)
        }
      }
    },
    FuzzTarget(name: "tflite", structure: .bytes) { data in
      try FuzzFolder.named("tflite").with([("x.tflite", data)]) { folder in
        try reading {
          try check(TFLiteModel(data, path: "fuzz"), count: data.count)
          _ = try DetectorDescription.ofModel(folder + "/x.tflite")
        }
      }
    },
  ]

  private static func check(_ arrays: [String: NamedArray]) throws {
    for (name, array) in arrays {
      let size = array.shape.reduce(array.elementType.byteCount, *)
      try require(array.bytes.count == size, "\(name): \(array.bytes.count) bytes, not \(size)")
      _ = try? array.floats()
    }
  }

  private static func check(_ model: TFLiteModel, count: Int) throws {
    if let cut = model.withoutDetectionOperator() {
      try require(cut.count >= count && cut.count < count + 32, "\(cut.count) bytes")
      _ = try? TFLiteModel(cut, path: "fuzz").inputs
    }
    if let decoding = model.detectionOperator {
      try require(decoding.classCount > 0 && decoding.scales.count == 4, "\(decoding)")
      _ = try decoding.defaultBoxes(path: "fuzz")
    }
    _ = try model.metadata()
    for number in try model.layers().layers.prefix(64).flatMap({ $0.inputs.prefix(4) }) {
      _ = try model.tensor(number).floats(path: "fuzz")
    }
  }
}

/// A zip archive whose entries are stored as they are.
private struct StoredArchive {
  private(set) var bytes = Data()

  init(_ entries: [(name: String, content: Data)]) {
    var directory = Data()
    for (name, content) in entries {
      let sizes = UInt32(content.count)
      let common =
        Self.bytes(UInt32(0)) + Self.bytes(UInt32(0)) + Self.bytes(Self.checksum(content))
        + Self.bytes(sizes) + Self.bytes(sizes) + Self.bytes(UInt16(name.utf8.count))
        + Self.bytes(UInt16(0))
      directory += Data([0x50, 0x4B, 1, 2, 20, 0, 20, 0]) + common
      directory += Self.bytes(UInt16(0)) + Self.bytes(UInt32(0)) + Self.bytes(UInt32(0))
      directory += Self.bytes(UInt32(bytes.count)) + Data(name.utf8)
      bytes += Data([0x50, 0x4B, 3, 4, 20, 0]) + common + Data(name.utf8) + content
    }
    let start = UInt32(bytes.count)
    bytes += directory + Data([0x50, 0x4B, 5, 6, 0, 0, 0, 0])
    bytes += Self.bytes(UInt16(entries.count)) + Self.bytes(UInt16(entries.count))
    bytes += Self.bytes(UInt32(directory.count)) + Self.bytes(start) + Self.bytes(UInt16(0))
  }

  private static func bytes(_ value: some FixedWidthInteger) -> Data {
    withUnsafeBytes(of: value.littleEndian) { Data($0) }
  }

  private static func checksum(_ data: Data) -> UInt32 { CRC32.of(data) }
}

/// The checksum of zip archives and PNG.
enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { index in
    var value = UInt32(index)
    for _ in 0..<8 { value = value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    return value
  }

  static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var value = UInt32.max
    for byte in bytes { value = table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] ^ (value >> 8) }
    return ~value
  }
}
