/// The checksum of record files as TensorFlow and TensorBoard have them.
///
/// CRC-32C (Castagnoli): polynomial 0x1EDC6F41, bits reflected. zlib has only the other CRC-32.
///
/// - SeeAlso: RFC 3720, appendix B.4, whose examples the tests hold.
package enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1
    }
  }

  package static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    // Pictures go through here: no call for each byte, and no check of the table's bounds.
    let contiguous = bytes.withContiguousStorageIfAvailable { update(~0, $0) }
    return ~(contiguous ?? Array(bytes).withUnsafeBufferPointer { update(~0, $0) })
  }

  private static func update(_ start: UInt32, _ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
    table.withUnsafeBufferPointer { table in
      var value = start
      for byte in bytes { value = value >> 8 ^ table[Int((value ^ UInt32(byte)) & 0xFF)] }
      return value
    }
  }

  /// The checksum as the records store it: turned by 15 bits and shifted, so that the checksum of a
  /// record that holds checksums is not degenerate.
  package static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let value = checksum(bytes)
    return (value >> 15 | value << 17) &+ 0xA282_EAD8
  }
}
