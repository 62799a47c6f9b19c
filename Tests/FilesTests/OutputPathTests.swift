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
        try OutputPath.check("\(folder)/\(name)", isNewOr: "a page") {
          FileManager.default.contents(atPath: $0) == Data([1])
        }
      }
      try check("new.txt")
      for (name, byte) in [("a.html", UInt8(1)), ("b.html", 2)] {
        try Data([byte]).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      }
      try check("a.html")
      let error = #expect(throws: FileError.self) { try check("b.html") }
      #expect(
        error?.reason == "expected a new file or a page, found another; not written over")
      #expect(throws: FileError.self) { try check(".") }
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/ring", withDestinationPath: "ring")
      let ring = #expect(throws: FileError.self) { try check("ring/x") }
      #expect(ring?.reason == "cannot be read: Too many levels of symbolic links")
    }
  }

  @Test func outputsOfOnePathAreRefusedAndThoseInAFilledFolder() throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/real", withIntermediateDirectories: false)
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/link", withDestinationPath: "real")
      func reason(_ files: [String?], _ folders: [String?] = []) -> String? {
        do throws(FileError) {
          try OutputPath.checkApart(
            files.map { $0.map { "\(folder)/\($0)" } },
            newFolders: folders.map { $0.map { "\(folder)/\($0)" } })
          return nil
        } catch { return error.reason }
      }
      let one = "expected a path for each output, found one for two"
      #expect(reason(["a", nil, "b", nil], ["c", "cc"]) == nil)
      #expect(reason(["new/a", "new/./x/../a"]) == one)
      #expect(reason(["real/a", "link/a"]) == one)
      #expect(reason(["a"], ["a"]) == one)
      #expect(reason([], ["link", "real"]) == one)
      let inside = "lies in \(folder)/link, which another output fills; name another"
      #expect(reason(["real/x/a"], ["link"]) == inside)
      #expect(reason([], ["link", "real/b"]) == inside)
      // A folder for pictures may hold others.
      #expect(reason(["real", "real/t.csv"], ["real/crops"]) == nil)
      try OutputPath.checkApart(["/dev/stdout", "/dev/stdout"])
    }
  }

  @Test func aPathThatIsNotThereYetHasARealOne() throws {
    try withFolder { folder in
      let folder = OutputPath.real(folder)
      try FileManager.default.createDirectory(
        atPath: folder + "/a/b", withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/link", withDestinationPath: "a/b")
      // Behind a link `..` is above where that leads.
      #expect(OutputPath.real(folder + "/link/../x") == folder + "/a/x")
      #expect(OutputPath.real(folder + "//no/./x/../y/") == folder + "/no/y")
      #expect(OutputPath.real("/..") == "/")
      #expect(OutputPath.real("x") == OutputPath.real(".") + "/x")
    }
  }

  @Test func aFolderThatHoldsSomethingIsNotNew() throws {
    try withFolder { folder in
      func found(_ path: String) -> String? {
        do throws(FileError) {
          try OutputPath.checkIsNewFolder(path)
          return nil
        } catch { return error.reason }
      }
      #expect(found(folder) == nil && found(folder + "/no/such") == nil)
      try Data().write(to: URL(fileURLWithPath: folder + "/.hidden"))
      #expect(found(folder) == "expected a new or empty folder, found .hidden")
      #expect(found(folder + "/.hidden") == "expected a new or empty folder, found a file")
      // What the system does not tell is not taken for nothing.
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/ring", withDestinationPath: "ring")
      #expect(found(folder + "/ring") == "cannot be read: Too many levels of symbolic links")
    }
  }

  @Test func whatIsNoFolderIsNamedAndToldWhatItIs() throws {
    try withFolder { folder in
      func found(_ path: String) -> String? {
        do throws(FileError) {
          try OutputPath.make(folder: path)
          return nil
        } catch { return error.description }
      }
      func expected(_ path: String, _ kind: String) -> String {
        "\(path): expected a folder, found \(kind)"
      }
      for path in ["", "/a/b/c", "/a/b/c", "/a/b/../d/"] {
        #expect(found(folder + path) == nil)
        #expect(FolderListing.isFolder(folder + path))
      }
      let (file, pipe, link) = ("\(folder)/file", "\(folder)/pipe", "\(folder)/link")
      try Data().write(to: URL(fileURLWithPath: file))
      try #require(mkfifo(pipe, 0o600) == 0)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "nowhere")
      #expect(found(file) == expected(file, "a file"))
      #expect(found(file + "/x/y") == expected(file, "a file"))
      #expect(found(pipe) == expected(pipe, "a pipe"))
      #expect(found(link + "/x") == expected(link, "a broken link"))
      #expect(found("/dev/null/x") == expected("/dev/null", "a device"))
      #expect(
        found("\(folder)/\(String(repeating: "a", count: 300))")?.hasSuffix(
          "cannot be made: File name too long") == true)
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
