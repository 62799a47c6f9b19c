import Foundation

/// The file of a program's larger constants: version 2 of MIL's blob storage.
///
/// A header, then each array behind a record of its own; header, records and arrays begin at
/// multiples of 64 bytes, and all numbers are little-endian. The program names an array by the
/// place of its record.
struct WeightBlobs {
  /// The file's name in a program.
  static let reference = "@model_path/weights/weight.bin"
  private static let alignment = 64
  private static let version: UInt32 = 2
  private static let recordMark: UInt32 = 0xDEAD_BEEF
  private static let float32: UInt32 = 2
  /// Arrays with fewer elements stand in the program itself, as coremltools has it.
  private static let fewestElements = 10

  private var count: UInt32 = 0
  private var records = Data()

  /// The whole file.
  var data: Data {
    var header = Data()
    header.append(count)
    header.append(Self.version)
    return Self.padded(header) + records
  }

  /// Returns an array of float32 as a value of the program, after storing it where it is larger.
  mutating func value(_ array: NamedArray) -> CoreMLSpecValue {
    precondition(array.elementType == .float32, "\(array.elementType.rawValue)")
    guard array.elementCount >= Self.fewestElements else {
      return .immediate(.float32, array.shape) {
        $0.floats.values = (try? array.floats()) ?? []
      }
    }
    let place = Self.alignment + records.count
    var record = Data()
    record.append(Self.recordMark)
    record.append(Self.float32)
    record.append(UInt64(array.bytes.count))
    record.append(UInt64(place + Self.alignment))
    records.append(Self.padded(record))
    records.append(Self.padded(array.bytes))
    count += 1
    return .with {
      $0.type = .tensor(.float32, array.shape)
      $0.blobFileValue.fileName = Self.reference
      $0.blobFileValue.offset = UInt64(place)
    }
  }

  private static func padded(_ data: Data) -> Data {
    data + Data(count: (alignment - data.count % alignment) % alignment)
  }
}

extension Data {
  fileprivate mutating func append<Number: FixedWidthInteger>(_ number: Number) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }
}
