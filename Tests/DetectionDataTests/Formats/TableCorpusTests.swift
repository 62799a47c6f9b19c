import Files
import Foundation
import TestSupport
import Testing

@testable import Datasets

/// What libFuzzer found worth keeping: Scripts/fuzz-tables.
struct TableCorpusTests {
  @Test func everyFileIsReadOrRefused() throws {
    let corpus = TestFiles().path("Corpus/Tables")
    let names = try FileManager.default.contentsOfDirectory(atPath: corpus)
    #expect(names.count > 20)
    var tables = 0
    for name in names {
      try withFolder { folder in
        let file = folder + "/x.csv"
        try FileManager.default.copyItem(atPath: "\(corpus)/\(name)", toPath: file)
        let records = try RecordFile(file)
        for index in records.records.indices { _ = try? records.contents(index) }
        let place = try DatasetPlace(file)
        guard CSVFormat.recognize(place) == .fits,
          let loader = try? CSVFormat(place, options: ReadingOptions())
        else { return }
        tables += 1
        for split in (try? loader.splits()) ?? [] {
          var report = DatasetReport()
          let content = try loader.content(of: split, report: &report)
          for index in 0..<content.imageCount {
            let image = try content.image(index, report: &report)
            #expect(image != nil || !report.problems.isEmpty, "\(name)")
          }
        }
      }
    }
    #expect(tables > 10)
  }
}
