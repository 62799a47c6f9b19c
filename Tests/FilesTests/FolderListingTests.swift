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

  #if os(Linux)
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
