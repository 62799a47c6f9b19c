import Foundation
import TestSupport
import Testing

@testable import Files

/// What is noted of files and folders, and whether a change of them is seen.
struct DiskTraceTests {
  private func isUnchanged(_ record: DiskRecord) -> Bool {
    record.paths.withUnsafeBytes { paths in
      record.starts.indices.allSatisfy { block in
        let end = block + 1 < record.starts.count ? Int(record.starts[block + 1]) : paths.count
        let first = block * DiskRecord.blockCount
        let last = min(first + DiskRecord.blockCount, record.digests.count)
        return DiskRecord.isUnchanged(
          paths: UnsafeRawBufferPointer(rebasing: paths[Int(record.starts[block])..<end]),
          digests: record.digests[first..<last])
      }
    }
  }

  private func write(_ text: String, _ path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  @Test func whateverLooksIsNotedAndNothingElse() throws {
    try withFolder { folder in
      try write("text", folder + "/a")
      try write("text", folder + "/b")
      let trace = DiskTrace(trustedAge: .zero)
      try trace.run {
        _ = try InputFile.contents(folder + "/a")
        _ = FolderListing(folder)
        _ = FolderListing.isFile(folder + "/none")
      }
      _ = try InputFile.contents(folder + "/b")
      #expect(trace.paths == [folder, folder + "/a", folder + "/none"])
    }
  }

  @Test func everyKindOfChangeIsSeen() throws {
    try withFolder { folder in
      let trace = DiskTrace(trustedAge: .zero)
      // More than a block, names that share much and little.
      for number in 0..<1500 { try write("\(number)", "\(folder)/\(number * 7 % 1500)") }
      try trace.run {
        for number in 0..<1500 { _ = try InputFile.contents("\(folder)/\(number)") }
        _ = FolderListing.isFile(folder + "/none")
      }
      let record = try #require(trace.record)
      #expect(record.digests.count == 1501 && record.starts.count == 2)
      #expect(isUnchanged(record))
      try write("none", folder + "/none")
      #expect(!isUnchanged(record))
      try FileManager.default.removeItem(atPath: folder + "/none")
      #expect(isUnchanged(record))
      try write("longer than it was", folder + "/1499")
      #expect(!isUnchanged(record))
      let gone = DiskTrace(trustedAge: .zero)
      gone.run { _ = FolderListing.isFile(folder + "/3") }
      try FileManager.default.removeItem(atPath: folder + "/3")
      #expect(!isUnchanged(try #require(gone.record)))
    }
  }

  // What the system fails to give once it may give the next time, without any change of a file.
  @Test(arguments: [(ENOENT, true), (ENOTDIR, true), (EISDIR, true), (EIO, false), (EMFILE, false)])
  func aFailureIsNotTrusted(number: Int32, isTrusted: Bool) {
    let trace = DiskTrace(trustedAge: .zero)
    trace.run {
      _ = FolderListing.isFile("/none")
      _ = InputFile.reason(number)
      _ = FolderListing.isFile("/none either")
    }
    #expect((trace.record != nil) == isTrusted)
    // Nobody listens.
    _ = InputFile.reason(number)
  }

  // A ring of links leads nowhere, but not because nothing is there.
  @Test func whatCannotBeLookedAtIsNotMissing() throws {
    try withFolder { folder in
      let trace = DiskTrace(trustedAge: .zero)
      trace.run { _ = FolderListing.isFile(folder + "/ring") }
      let record = try #require(trace.record)
      #expect(isUnchanged(record))
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/ring", withDestinationPath: "ring")
      #expect(!isUnchanged(record))
    }
  }

  // By hand: 2⁶³ − 1 nanoseconds are 9223372036.854775807 seconds.
  @Test(arguments: [9_223_372_036, 9_223_372_037, 100_000_000_000])
  func aTimeBeyondAllNanosecondsIsToCome(seconds: Int) throws {
    try withFolder { folder in
      try write("text", folder + "/a")
      let time = timespec(tv_sec: seconds, tv_nsec: 999_999_999)
      #expect(utimensat(AT_FDCWD, folder + "/a", [time, time], 0) == 0)
      // Or what the file system takes it for.
      #expect(DiskStamp(folder + "/a").changed > DiskStamp.now)
    }
  }

  // ä as one character and as two: one text to Swift, two files to Linux.
  @Test func namesInTwoFormsOfUnicodeAreTwo() throws {
    try withFolder { folder in
      let trace = DiskTrace(trustedAge: .zero)
      trace.run {
        for name in ["\u{E4}", "a\u{308}"] { _ = FolderListing.isFile("\(folder)/\(name)") }
      }
      #expect(trace.record?.digests.count == 2)
    }
  }

  @Test func whatMayChangeUnseenIsNotTrusted() throws {
    try withFolder { folder in
      try write("text", folder + "/a")
      for (path, age) in [(folder + "/a", 1000), ("/dev/null", 0), (folder + "/a\0b", 0)] {
        let trace = DiskTrace(trustedAge: .seconds(age))
        trace.run { _ = FolderListing.isFile(path) }
        #expect(trace.record == nil, "\(path)")
      }
    }
  }
}
