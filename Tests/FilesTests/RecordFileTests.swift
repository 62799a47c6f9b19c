import Files
import Foundation
import TestSupport
import Testing

/// Files of records, and what broken or hostile ones do.
struct RecordFileTests {
  private func read(_ data: Data) throws -> (records: [Data?], fault: String?) {
    try withFolder { folder in
      try data.write(to: URL(fileURLWithPath: folder + "/x.tfrecord"))
      let file = try RecordFile(folder + "/x.tfrecord")
      return (file.records.indices.map { try? file.contents($0) }, file.fault)
    }
  }

  private func framed(_ text: String) -> Data { RecordFile.framed(Data(text.utf8)) }

  // By hand: a length of 3; the checksums by the PyPI package crc32c 2.7.1.
  @Test func aRecordIsLengthChecksumBytesChecksum() {
    #expect(framed("abc").count == 8 + 4 + 3 + 4)
    #expect(framed("abc").prefix(8) == Data([3, 0, 0, 0, 0, 0, 0, 0]))
  }

  @Test func recordsAreReadInTheirOrder() throws {
    let (records, fault) = try read(framed("one") + framed("") + framed("three"))
    #expect(records == [Data("one".utf8), Data(), Data("three".utf8)])
    #expect(fault == nil)
    let empty = try read(Data())
    #expect(empty.records.isEmpty && empty.fault == nil)
  }

  @Test func aFileThatIsCutSaysWhere() throws {
    let whole = framed("one") + framed("three")
    for length in 23..<whole.count - 4 {
      let (records, fault) = try read(whole.prefix(length))
      #expect(records == [Data("one".utf8)])
      #expect(try #require(fault).hasPrefix("record 1 at byte 19: "), "\(length)")
    }
  }

  // A length with a right checksum that no file has.
  @Test(arguments: [UInt64.max, UInt64(Int64.max), 1 << 40, 5])
  func lengthsThatNoFileHasAreRefused(length: UInt64) throws {
    var head = withUnsafeBytes(of: length.littleEndian) { Data($0) }
    let checksum = CRC32C.masked(head)
    head += withUnsafeBytes(of: checksum.littleEndian) { Data($0) }
    let (records, fault) = try read(framed("one") + head + Data("four".utf8) + Data(count: 4))
    #expect(records.count == 1)
    #expect(fault == "record 1 at byte 19: expected \(length) bytes, found 4")
  }

  @Test func wrongChecksumsAreNamed() throws {
    var data = framed("one") + framed("two")
    data[20] ^= 1
    #expect(try read(data).fault == "record 1 at byte 19: its length has a wrong checksum")
    data[20] ^= 1
    data[31] ^= 1
    let (records, fault) = try read(data)
    #expect(records == [Data("one".utf8), nil])
    #expect(fault == nil)
  }

  @Test func aFileOfGzipSaysSo() throws {
    #expect(
      try read(Data([0x1F, 0x8B, 8, 0] + [UInt8](repeating: 0, count: 20))).fault
        == "compressed by gzip; unpack it first")
  }
}
