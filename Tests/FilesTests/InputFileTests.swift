import Foundation
import TestSupport
import Testing

@testable import Files

struct InputFileTests {
  private func reason(_ path: String) -> String? {
    do throws(FileError) {
      _ = try InputFile.contents(path)
      return nil
    } catch { return error.reason }
  }

  @Test func aFolderAndWhatIsNotThereAreTold() throws {
    try withFolder { folder in
      try Data([1]).write(to: URL(fileURLWithPath: folder + "/a"))
      #expect(reason(folder) == "a folder, not a file")
      #expect(reason(folder + "/b") == "no such file")
      #expect(reason(folder + "/a/b") == "no such file")
      // To the system the name would end before.
      #expect(reason(folder + "/a\0b") == "no such file")
      let error = #expect(throws: FileError.self) {
        try InputFile.contents("none", orOneOf: ["x", "y"])
      }
      #expect(error?.reason == "no such file, and not one of x, y")
      let other = #expect(throws: FileError.self) {
        try InputFile.contents(folder, orOneOf: ["x", "y"])
      }
      #expect(other?.reason == "a folder, not a file")
    }
  }

  // As of a folder that is closed to the user; the superuser, who may run the tests, sees all.
  @Test func whatTheSystemDoesNotTellIsNotMissing() throws {
    try withFolder { folder in
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/ring", withDestinationPath: "ring")
      let error = #expect(throws: FileError.self) { try InputFile.isThere(folder + "/ring/x") }
      #expect(error?.reason == "cannot be read: Too many levels of symbolic links")
      #expect(try InputFile.isThere(folder) && !InputFile.isThere(folder + "/no/such"))
    }
  }

  // Around the size from which files are mapped, and around that of a piece.
  @Test(arguments: [0, 1, 4095, 4096, 1 << 20 - 1, 1 << 20, 1 << 20 + 1])
  func allBytesAreThere(count: Int) throws {
    try withFolder { folder in
      let path = folder + "/x"
      let bytes = Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) })
      try bytes.write(to: URL(fileURLWithPath: path))
      #expect(try InputFile.contents(path) == bytes)
      #expect(try InputFile.contents(path, isMapped: false) == bytes)
    }
  }

  @Test func aPipeIsReadToItsEnd() throws {
    let pipe = Pipe()
    let bytes = Data(repeating: 9, count: 10_000)
    try pipe.fileHandleForWriting.write(contentsOf: bytes)
    try pipe.fileHandleForWriting.close()
    let path = "/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)"
    #expect(try InputFile.contents(path) == bytes)
  }

  // They were read until there was no memory left.
  @Test func aDeviceThatDoesNotEndIsNoFile() throws {
    try withFolder { folder in
      let link = folder + "/link"
      try FileManager.default.createSymbolicLink(
        atPath: link, withDestinationPath: "/dev/zero")
      for path in ["/dev/zero", "/dev/random", link] {
        #expect(reason(path) == "a device, not a file", "\(path)")
      }
      #expect(try InputFile.contents("/dev/null") == Data())
    }
  }

  @Test func mappedBytesHaveTheNameOfTheirFileAsLongAsTheyAreThere() throws {
    try withFolder { folder in
      let path = folder + "/a\nb"
      try Data(count: 1 << 21).write(to: URL(fileURLWithPath: path))
      func name(_ address: UInt) -> String? {
        MappedRanges.name(of: address).map { String(cString: $0) }
      }
      var data: Data? = try InputFile.contents(path)
      let part = try #require(data?.dropFirst(1 << 20))
      let start = try #require(data?.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) })
      let shown = folder + #"/a\u000Ab"#
      #expect(name(start) == shown && name(start + 1 << 21 - 1) == shown)
      #expect(name(start - 1) != shown && name(start + 1 << 21) != shown)
      data = nil
      #expect(name(start) == shown)
      #expect(part.count == 1 << 20)
    }
  }
}
