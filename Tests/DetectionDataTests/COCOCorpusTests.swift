import Files
import Foundation
import TestSupport
import Testing

@testable import Datasets

/// What `Scripts/fuzz/run coco` found worth keeping: each file reaches other code.
struct COCOCorpusTests {
  @Test func everyFileGivesContentOrAnError() throws {
    let folder = TestFiles().folder.appendingPathComponent("Corpus/COCO")
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    #expect(files.count > 100)
    var contents = 0
    var results = 0
    for file in files {
      let data = try Data(contentsOf: file)
      do throws(FileError) {
        contents += try COCOContent(MappedFile(data), path: "x").annotations.isEmpty ? 0 : 1
      } catch {
        #expect(error.path == "x" && !error.reason.isEmpty)
      }
      do throws(FileError) {
        results += try COCOResults(MappedFile(data), path: "x").results.isEmpty ? 0 : 1
      } catch {
        #expect(error.path == "x" && !error.reason.isEmpty)
      }
    }
    #expect(contents > 3 && results > 1)
  }
}
