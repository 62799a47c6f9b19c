import Foundation
import ImageFiles
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

struct ImageSearchTests {
  // What is made of such a name is another name, which nothing has.
  @Test(.enabled(if: isLinux, "needs a file system that takes any bytes as a name"))
  func aNameThatIsNoUTF8IsNamed() throws {
    try withFolder { folder in
      let name = Array("\(folder)/b".utf8) + [0xFF] + Array(".png".utf8) + [0]
      let file = name.withUnsafeBufferPointer { bytes in
        bytes.withMemoryRebound(to: CChar.self) { fopen($0.baseAddress, "w") }
      }
      fclose(file)
      let expected = ImageError(
        path: "\(folder)/b\u{FFFD}.png",
        reason: "expected a name in UTF-8, found another encoding; rename the file")
      // Alone it is the error; the others of a folder do not wait for it.
      #expect(throws: expected) { try ImageSearch([folder]) }
      try Data().write(to: URL(fileURLWithPath: "\(folder)/a.png"))
      #expect(try ImageSearch([folder]).paths == ["\(folder)/a.png"])
      #expect(try ImageSearch([folder, "\(folder)/a.png"]).unreadable == [expected])
      #expect(throws: expected) { try ImageSearch(["\(folder)/*.png"]) }
      #expect(try ImageSearch(["\(folder)/a*"]).paths == ["\(folder)/a.png"])
    }
  }

  @Test func hiddenFilesAndFoldersAreNoImages() throws {
    try withFolder { folder in
      for name in ["b.png", "a.JPG", "._b.png", ".c.png", "d.txt"] {
        try Data().write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      }
      try FileManager.default.createDirectory(
        atPath: "\(folder)/e.png", withIntermediateDirectories: true)
      #expect(try ImageSearch([folder]).paths == ["\(folder)/a.JPG", "\(folder)/b.png"])
    }
  }

  // In one order, whatever the file system's; a ring of links ends.
  @Test func imagesOfInnerFoldersAreFound() throws {
    try withFolder { folder in
      let names = ["b/2.png", "b/1.png", "a/x/3.png", "a.png", "c/.hidden/4.png", "b/out/2.png"]
      for name in names {
        try FileManager.default.createDirectory(
          atPath: ("\(folder)/\(name)" as NSString).deletingLastPathComponent,
          withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      }
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/a/up", withDestinationPath: folder)
      let found = ["a.png", "a/x/3.png", "b/1.png", "b/2.png", "b/out/2.png"]
      #expect(try ImageSearch([folder]).paths == found.map { "\(folder)/\($0)" })
      #expect(try ImageSearch([folder]).unreadable.isEmpty)
      let others = try ImageSearch([folder], leavingOut: folder + "/b/out")
      #expect(others.paths == found.dropLast().map { "\(folder)/\($0)" })
      #expect(others.leftOut == [folder + "/b/out/2.png"])
      // A folder that is named is meant, and so is a file.
      #expect(
        try ImageSearch([folder + "/b/out"], leavingOut: folder + "/b/out").paths
          == [folder + "/b/out/2.png"])
      #expect(
        try ImageSearch([folder + "/b/out/2.png"], leavingOut: folder + "/b/out").paths
          == [folder + "/b/out/2.png"])
      let error = #expect(throws: ImageError.self) { try ImageSearch([folder + "/c"]) }
      #expect(error == ImageError(path: folder + "/c", reason: "holds no image"))
    }
  }
}

private let isLinux: Bool = {
  #if os(Linux)
    true
  #else
    false
  #endif
}()
