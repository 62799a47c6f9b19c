import Files
import Foundation
import TestSupport
import Testing

/// Tar archives written by hand, and what broken or hostile ones do. Those that Python's tarfile
/// wrote are read in `WebDatasetFormatTests`.
struct TarFileTests {
  private struct Found: Equatable {
    var names: [String] = []
    var texts: [String] = []
    var kinds: [TarFile.Member.Kind] = []
    var fault: String?
  }

  private func read(_ data: Data, limit: Int = .max) throws -> Found {
    try withFolder { folder in
      let path = folder + "/x.tar"
      try data.write(to: URL(fileURLWithPath: path))
      let file = try TarFile(path, limit: limit)
      let texts = try file.members.map { member in
        let part = FilePart(path: path, offset: member.offset, length: member.size)
        return String(decoding: try part.contents(), as: UTF8.self)
      }
      return Found(
        names: file.members.map(\.name), texts: texts, kinds: file.members.map(\.kind),
        fault: file.fault)
    }
  }

  private func member(_ name: String, _ text: String) -> Data {
    TarFile.member(name, Data(text.utf8))
  }

  /// A member of which bytes of the head are changed, and the checksum is right.
  private func member(
    _ name: String, _ text: String, changing place: Int, to bytes: [UInt8]
  ) -> Data {
    var member = [UInt8](member(name, text))
    member.replaceSubrange(place..<place + bytes.count, with: bytes)
    member.replaceSubrange(148..<156, with: Array("        ".utf8))
    let sum = member[..<512].reduce(0) { $0 + Int($1) }
    let digits = String(sum, radix: 8)
    member.replaceSubrange(
      148..<156,
      with: Array((String(repeating: "0", count: 6 - digits.count) + digits).utf8) + [0, 32])
    return Data(member)
  }

  // By hand, as POSIX has it.
  @Test func aMemberIsAHeadAndItsBytesInWholeBlocks() {
    let bytes = [UInt8](member("a", "xyz"))
    #expect(bytes.count == 1024)
    #expect(bytes[0] == UInt8(ascii: "a") && bytes[1] == 0)
    #expect(Array(bytes[100..<108]) == Array("0000644\0".utf8))
    #expect(Array(bytes[124..<136]) == Array("00000000003\0".utf8))
    #expect(Array(bytes[136..<148]) == Array("00000000000\0".utf8))
    #expect(bytes[156] == UInt8(ascii: "0"))
    #expect(Array(bytes[257..<265]) == Array("ustar\u{0}00".utf8))
    #expect(Array(bytes[512..<516]) == Array("xyz\0".utf8))
    // a, 0000644 and two of 0000000, 00000000003, 00000000000, eight spaces, type 0, ustar00:
    // 97 + 350 + 336 + 336 + 531 + 528 + 256 + 48 + 655 = 3137 = 6101 in octal.
    #expect(Array(bytes[148..<156]) == Array("006101\0 ".utf8))
    #expect(member("a", "xyz") == member("a", "xyz"))
  }

  @Test func membersAreReadInTheirOrder() throws {
    let data = member("a.jpg", "one") + member("b/c.txt", "") + member("d", "three") + TarFile.end
    #expect(
      try read(data)
        == Found(
          names: ["a.jpg", "b/c.txt", "d"], texts: ["one", "", "three"],
          kinds: [.file, .file, .file]))
    #expect(try read(data, limit: 2).names == ["a.jpg", "b/c.txt"])
    #expect(try read(TarFile.end) == Found())
    #expect(try read(TarFile.end + Data(count: 8192)) == Found())
  }

  @Test(arguments: [1, 99, 100, 101, 130, 255, 1000])
  func namesOfAnyLengthComeBack(length: Int) throws {
    let name = String(repeating: "é", count: length / 2) + (length % 2 == 1 ? "x" : "")
    #expect(name.utf8.count == length)
    let found = try read(member(name, "abc") + member("b", "d") + TarFile.end)
    #expect(found.names == [name, "b"] && found.texts == ["abc", "d"] && found.fault == nil)
  }

  // 0x80 and big endian, as GNU tar writes what eleven octal digits cannot hold.
  @Test func sizesInBase256AreRead() throws {
    let size = [0x80] + [UInt8](repeating: 0, count: 10) + [3]
    let found = try read(member("a", "xyz", changing: 124, to: size) + TarFile.end)
    #expect(found == Found(names: ["a"], texts: ["xyz"], kinds: [.file]))
  }

  @Test func aSizeOfAPaxHeaderCounts() throws {
    let header = TarFile.member("pax", Data("9 size=3\n".utf8))
    let pax = member("pax", "9 size=3\n", changing: 156, to: [UInt8(ascii: "x")])
    #expect(header.count == pax.count)
    let data = pax + member("a", "xyz", changing: 124, to: Array("00000000000".utf8)) + TarFile.end
    #expect(try read(data) == Found(names: ["a"], texts: ["xyz"], kinds: [.file]))
  }

  // The prefix of ustar, which GNU's magic has not.
  @Test func theFolderMayStandInThePrefix() throws {
    let prefixed = member("a.jpg", "x", changing: 345, to: Array("some/folder".utf8))
    #expect(try read(prefixed + TarFile.end).names == ["some/folder/a.jpg"])
  }

  @Test func foldersAreNoFilesAndLinksAreTold() throws {
    func typed(_ name: String, _ type: String) -> Data {
      member(name, "", changing: 156, to: Array(type.utf8))
    }
    let data =
      typed("folder", "5") + typed("old/", "\0") + typed("device", "3") + typed("soft", "2")
      + typed("hard", "1") + typed("old", "\0") + member("z", "z") + TarFile.end
    #expect(
      try read(data)
        == Found(
          names: ["soft", "hard", "old", "z"], texts: ["", "", "", "z"],
          kinds: [.link, .link, .file, .file]))
  }

  @Test func anArchiveThatIsCutSaysWhere() throws {
    let whole = member("a", "one") + member("b", String(repeating: "x", count: 600))
    for length in [1024, 1025, 1536, 1600, 1024 + 512 + 599, whole.count] {
      let found = try read(whole.prefix(length))
      #expect(found.names == (length == whole.count ? ["a", "b"] : ["a"]))
      let place = length == whole.count ? whole.count : 1024
      #expect(try #require(found.fault).hasPrefix("byte \(place): "), "\(length)")
    }
    #expect(
      try read(whole).fault
        == "byte 2560: expected two blocks of zeros at the end, found none: perhaps cut off")
    #expect(
      try read(whole.prefix(1600)).fault == "byte 1024: b: expected 600 bytes, found 64")
  }

  @Test(arguments: [
    ("99999999999", "size: expected octal digits, found 99999999999"),
    ("77777777777", "b: expected 8589934591 bytes, found 1024"),
    ("-0000000001", "size: expected octal digits, found -0000000001"),
  ])
  func sizesThatAreNoneAreFaults(size: String, reason: String) throws {
    let data =
      member("a", "one") + member("b", "", changing: 124, to: Array(size.utf8)) + TarFile.end
    #expect(
      try read(data)
        == Found(
          names: ["a"], texts: ["one"], kinds: [.file], fault: "byte 1024: \(reason)"))
  }

  // Below 0, and above what an Int holds.
  @Test(arguments: [
    [UInt8](repeating: 0xFF, count: 12), [0x80, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0],
  ])
  func numbersOfBase256ThatAreTooLargeAreFaults(size: [UInt8]) throws {
    let found = try read(member("a", "", changing: 124, to: size) + TarFile.end)
    #expect(
      found.fault
        == "byte 0: size: expected a number of bytes, found one of more than 63 bit")
  }

  // Found by fuzzing.
  @Test(arguments: [("\n", "\\u000A"), ("\u{85}", "\\u0085"), ("\u{2028}", "\\u2028")])
  func aNameDoesNotBreakTheLine(end: String, shown: String) throws {
    #expect(
      try read(member("a\(end)b", "one").prefix(513)).fault
        == "byte 0: a\(shown)b: expected 3 bytes, found 1")
  }

  @Test func whatIsNoTarIsAFault() throws {
    var changed = member("a", "one") + TarFile.end
    changed[0] = UInt8(ascii: "b")
    #expect(
      try read(changed).fault?.hasSuffix(": no tar, or damaged") == true)
    #expect(
      try read(Data([0x1F, 0x8B]) + Data(repeating: 1, count: 600)).fault
        == "byte 0: compressed by gzip; unpack it first")
    #expect(try read(Data(repeating: 1, count: 20)).fault == "byte 0: expected 512 bytes, found 20")
  }

  // As `cat a.tar b.tar` gives it.
  @Test func bytesBehindTheEndAreTold() throws {
    let archive = member("a", "one") + TarFile.end
    #expect(
      try read(archive + archive)
        == Found(
          names: ["a"], texts: ["one"], kinds: [.file],
          fault: "byte 2048: expected the end, found bytes behind it, which are not read"))
  }

  @Test(arguments: ["x=1\n", "99 path=a\n", "4 a\n", "9 size=-\n", "0 path=a\n"])
  func headersThatAreNoneAreFaults(records: String) throws {
    let pax = member("pax", records, changing: 156, to: [UInt8(ascii: "x")])
    let found = try read(pax + member("a", "one") + TarFile.end)
    #expect(found.names.isEmpty && found.fault?.hasPrefix("byte 0: ") == true)
  }

  // 0o10000000 is 2 MiB; mtime, checksum and type follow the size.
  @Test func aLongHeaderIsNotTakenIntoMemory() throws {
    let fields = "00010000000\0" + "00000000000\0" + "        " + "L"
    let data = member("x", "", changing: 124, to: Array(fields.utf8)) + TarFile.end
    #expect(
      try read(data).fault
        == "byte 0: expected a header of at most 1048576 bytes, found 2097152")
  }

  @Test func whatIsNoFileIsRefused() throws {
    try withFolder { folder in
      #expect(throws: FileError(path: folder, reason: "a folder, not a file")) {
        try TarFile(folder)
      }
      #expect(throws: FileError(path: folder + "/x", reason: "no such file")) {
        try TarFile(folder + "/x")
      }
    }
  }
}
