import Foundation
import TestSupport
import Testing

@testable import Files

/// Names as a folder spells them, compared by their bytes: Swift takes both Unicode forms of a text
/// for one.
struct FolderListingTests {
  private let composed = "caf\u{E9}.png"
  private let decomposed = "cafe\u{301}.png"

  private func folder(_ names: String..., body: (FolderTree, String) throws -> Void) throws {
    try withFolder { folder in
      for name in names {
        try #require(FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: Data()))
      }
      try body(FolderTree(), folder)
    }
  }

  private func bytes(_ path: String?) throws -> [UInt8] { Array(try #require(path).utf8) }

  @Test func aNameInOneFormIsFoundByEveryForm() throws {
    for name in [composed, decomposed] {
      try folder(name) { tree, folder in
        for written in [composed, decomposed, "CAF\u{C9}.PNG", "CAFE\u{301}.PNG"] {
          let found = try bytes(tree.find(written, in: folder))
          #expect(found == Array("\(folder)/\(name)".utf8), "\(written)")
        }
      }
    }
  }

  // The oracle looks at each name in turn.
  @Test func ofManyNamesEachIsFoundAndNoOther() throws {
    let names = (0..<60).map { ["a\($0).png", "B\($0)", "\u{E9}\($0).JPG"][$0 % 3] }
    try withFolder { folder in
      for (number, name) in names.enumerated() {
        let path = "\(folder)/\(name)"
        if number % 4 == 0 {
          try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false)
        } else {
          try #require(FileManager.default.createFile(atPath: path, contents: Data()))
        }
      }
      let listing = try #require(FolderListing(folder))
      #expect(Set(listing.files + listing.folders) == Set(names))
      let absent = ["", "a", "a1.png", "b", "zz", "\u{E9}", "~", "!"]
      let asked = names + names.map { $0.lowercased() } + names.map { $0.uppercased() } + absent
      for name in asked {
        let expected = names.first { $0.lowercased() == name.lowercased() }
        #expect(listing.spelling(of: name) == expected, "\(name)")
      }
    }
  }

  #if os(Linux)
    @Test func theCaseThatIsWrittenGoesFirst() throws {
      try folder("A.png", "a.png", "B.png", "b.PNG") { tree, folder in
        for name in ["A.png", "a.png", "B.png", "b.PNG"] {
          #expect(tree.find(name, in: folder) == "\(folder)/\(name)")
        }
        #expect(tree.find("A.PNG", in: folder) == "\(folder)/a.png")
        #expect(tree.find("b.png", in: folder) == "\(folder)/B.png")
      }
    }

    // A file in one form, a folder in the other.
    @Test func ofAFileAndAFolderTheFormThatIsWrittenIsFound() throws {
      try folder(decomposed) { tree, folder in
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(composed)", withIntermediateDirectories: false)
        for name in [composed, decomposed] {
          #expect(try bytes(tree.find(name, in: folder)) == Array("\(folder)/\(name)".utf8))
        }
      }
    }

    // Other systems know one file of both names.
    @Test func ofTwoFormsTheOneThatIsWrittenIsFound() throws {
      try folder(composed, decomposed) { tree, folder in
        #expect(tree.listing(folder)?.files.count == 2)
        for name in [composed, decomposed] {
          let found = try bytes(tree.find(name, in: folder))
          #expect(found == Array("\(folder)/\(name)".utf8))
        }
        let other = try bytes(tree.find("CAF\u{C9}.png", in: folder))
        #expect([composed, decomposed].contains { Array("\(folder)/\($0)".utf8) == other })
      }
    }
  #endif
}
