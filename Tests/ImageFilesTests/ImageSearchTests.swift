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

  @Test func whatACommandDrewIsNoPhoto() throws {
    try withFolder { folder in
      let mark = PictureMark(command: "detect")
      let image = RGBImage(width: 20, height: 10, pixels: [UInt8](repeating: 9, count: 600))
      try FileManager.default.createDirectory(
        atPath: "\(folder)/all", withIntermediateDirectories: true)
      for name in ["a-2.png", "all/b.png"] {
        try PNGFile.write(image, to: "\(folder)/\(name)", mark: mark)
      }
      try JPEGFile.write(image, to: "\(folder)/c.jpg", mark: mark)
      try JPEGFile.write(image, to: "\(folder)/d.jpg", mark: PictureMark(command: "other"))
      try PNGFile.write(image, to: "\(folder)/a.png")
      let found = try ImageSearch([folder, "\(folder)/c.jpg"], drawnWith: mark)
      // One that is named is meant.
      #expect(found.paths == ["a.png", "d.jpg", "c.jpg"].map { "\(folder)/\($0)" })
      #expect(found.drawn == ["a-2.png", "all/b.png", "c.jpg"].map { "\(folder)/\($0)" })
      #expect(try ImageSearch([folder]).paths.count == 5)
      let error = #expect(throws: ImageError.self) {
        try ImageSearch([folder + "/all"], drawnWith: mark)
      }
      #expect(error?.reason == "holds no image but 1 drawn by MultiBox detect")
    }
  }

  @Test func foldersThatAreLeftOutAreNotEntered() throws {
    try withFolder { folder in
      for name in ["a.png", "run/own.txt", "run/b.png", "run/report/c.png", "runs/d.png"] {
        try FileManager.default.createDirectory(
          atPath: ("\(folder)/\(name)" as NSString).deletingLastPathComponent,
          withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      }
      func search(_ path: String) throws -> ImageSearch {
        try ImageSearch([path], foldersLeftOut: { $0.files.contains("own.txt") })
      }
      let found = try search(folder)
      #expect(found.paths == ["\(folder)/a.png", "\(folder)/runs/d.png"])
      #expect(found.leftOutFolders == ["\(folder)/run"])
      // The one that is named is meant.
      #expect(
        try search(folder + "/run").paths
          == ["\(folder)/run/b.png", "\(folder)/run/report/c.png"])
      for name in ["a.png", "runs/d.png"] {
        try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
      }
      let error = #expect(throws: ImageError.self) { try search(folder) }
      #expect(error?.reason == "holds no image outside of \(folder)/run")
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
