import Foundation
import ImageFiles
import TestSupport
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

struct ImagePathTests {
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
      #expect(throws: expected) { try ImageFile.paths([folder]) }
      try Data().write(to: URL(fileURLWithPath: "\(folder)/a.png"))
      #expect(try ImageFile.paths([folder]) == ["\(folder)/a.png"])
      #expect(ImageFile.unreadable(in: [folder, "\(folder)/a.png"]) == [expected])
      #expect(throws: expected) { try ImageFile.paths(["\(folder)/*.png"]) }
      #expect(try ImageFile.paths(["\(folder)/a*"]) == ["\(folder)/a.png"])
    }
  }

  @Test func hiddenFilesAndFoldersAreNoImages() throws {
    try withFolder { folder in
      for name in ["b.png", "a.JPG", "._b.png", ".c.png", "d.txt"] {
        try Data().write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      }
      try FileManager.default.createDirectory(
        atPath: "\(folder)/e.png", withIntermediateDirectories: true)
      #expect(try ImageFile.paths([folder]) == ["\(folder)/a.JPG", "\(folder)/b.png"])
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
      #expect(try ImageFile.paths([folder]) == found.map { "\(folder)/\($0)" })
      #expect(ImageFile.unreadable(in: [folder]).isEmpty)
      let others = found.dropLast().map { "\(folder)/\($0)" }
      #expect(try ImageFile.paths([folder], leavingOut: folder + "/b/out") == others)
      // A folder that is named is meant, and so is a file.
      #expect(
        try ImageFile.paths([folder + "/b/out"], leavingOut: folder + "/b/out")
          == [folder + "/b/out/2.png"])
      #expect(
        try ImageFile.paths([folder + "/b/out/2.png"], leavingOut: folder + "/b/out")
          == [folder + "/b/out/2.png"])
      let error = #expect(throws: ImageError.self) { try ImageFile.paths([folder + "/c"]) }
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
