import Files
import Foundation
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

struct OutputPathTests {
  @Test func aFileOfAnotherKindIsRefused() throws {
    try withFolder { folder in
      func check(_ name: String) throws {
        try OutputPath.check("\(folder)/\(name)", isNewOr: "a page", ending: ["html", "htm"])
      }
      try check("new.txt")
      for name in ["a.html", "b.HTM", "c.txt"] {
        try Data([1]).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      }
      try check("a.html")
      try check("b.HTM")
      let error = #expect(throws: FileError.self) { try check("c.txt") }
      #expect(
        error?.reason == "expected a new file or a page (.html), found another; not written over")
      #expect(throws: FileError.self) { try check(".") }
    }
  }

  // Whoever reads a pipe waits for its writer.
  @Test func aPipeIsWrittenToAndALinkToOneIsNotOpened() throws {
    try withFolder { folder in
      let pipe = folder + "/pipe"
      try #require(mkfifo(pipe, 0o600) == 0)
      var asked: [String] = []
      func check(_ path: String) throws {
        try OutputPath.check(path, isNewOr: "a page") {
          asked.append($0)
          return true
        }
      }
      try check(pipe)
      try check("/dev/stdout")
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/link", withDestinationPath: "pipe")
      #expect(throws: FileError.self) { try check(folder + "/link") }
      #expect(asked.isEmpty)
    }
  }
}
