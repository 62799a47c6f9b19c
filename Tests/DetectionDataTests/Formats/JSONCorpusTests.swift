import Files
import Foundation
import TestSupport
import Testing

@testable import Datasets

/// What Scripts/fuzz-labels found.
struct JSONCorpusTests {
  @Test(arguments: [DatasetFormat.createml, .labelme, .via, .labelstudio])
  func anyBytesGiveImagesOrAnErrorThatNamesTheFile(format: DatasetFormat) throws {
    let corpus = TestFiles().path("Corpus/JSON")
    let names = try FileManager.default.contentsOfDirectory(atPath: corpus)
    var images = 0
    for name in names {
      let path = "\(corpus)/\(name)"
      do {
        let place = try DatasetPlace(path)
        let reader = try format.type.init(place, options: ReadingOptions())
        for split in try reader.splits() {
          var report = DatasetReport()
          let content = try reader.content(of: split, report: &report)
          for index in 0..<content.imageCount {
            if try content.image(index, report: &report) != nil {
              images += 1
            } else {
              #expect(!report.problems.isEmpty, "\(name)")
            }
          }
        }
      } catch {
        #expect((error as? FileError)?.path == path, "\(name): \(error)")
      }
    }
    #expect(names.count > 10 && images > 0)
  }
}
