import Files
import Foundation
import TestSupport
import Testing

@testable import ModelFiles

/// What Scripts/fuzz/run found worth keeping: each file reaches other code.
struct CheckpointCorpusTests {
  @Test func everyFileGivesTensorsOrAnError() throws {
    let folder = TestFiles().folder.appendingPathComponent("Corpus")
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    #expect(files.count > 100)
    var readable = 0
    for file in files {
      do {
        readable += try PyTorchFile(Data(contentsOf: file), path: "x").names.isEmpty ? 0 : 1
      } catch let error as FileError {
        #expect(error.path == "x")
      }
    }
    #expect(readable > 5)
  }
}
