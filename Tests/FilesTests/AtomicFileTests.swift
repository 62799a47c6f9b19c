import Files
import Foundation
import TestSupport
import Testing

struct AtomicFileTests {
  // 255 bytes are the longest name that file systems have; the temporary one must be no longer.
  @Test(arguments: [
    String(repeating: "a", count: 251) + ".txt", String(repeating: "ä", count: 125) + ".json",
    String(repeating: "👩‍👩‍👧", count: 14), "a",
  ])
  func namesOfUpTo255BytesAreWritten(name: String) throws {
    try withFolder { folder in
      let path = "\(folder)/\(name)"
      for text in ["one", "two"] {
        try AtomicFile.write(Data(text.utf8), to: path)
        #expect(FileManager.default.contents(atPath: path) == Data(text.utf8))
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [name])
    }
  }

  @Test(arguments: [0o600, 0o640, 0o755, 0o444]) func aFileKeepsItsMode(mode: Int) throws {
    try withFolder { folder in
      let path = "\(folder)/a"
      try AtomicFile.write(Data("one".utf8), to: path)
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      try AtomicFile.write(Data("two".utf8), to: path)
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.posixPermissions] as? Int == mode)
      #expect(FileManager.default.contents(atPath: path) == Data("two".utf8))
    }
  }
}
