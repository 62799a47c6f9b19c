import Foundation
import TestSupport
import Testing

/// The files that fuzzing found worth keeping: each reaches other code.
struct CorpusTests {
  @Test(arguments: FuzzTarget.all)
  func everyFileIsReadOrRefusedInOneLine(target: FuzzTarget) throws {
    let folder = TestFiles().path("Corpus/\(target.name)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    var understood = 0
    for name in names {
      let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
      do {
        understood += try target.read(data) ? 1 : 0
      } catch {
        Issue.record("\(name): \(error)")
      }
    }
    // A corpus that nothing of is understood tests the beginning of a reader.
    #expect(names.count > 5 && understood > 0)
  }

  @Test func everyCorpusHasATarget() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: TestFiles().path("Corpus"))
    #expect(folders.sorted() == FuzzTarget.all.map(\.name).sorted())
  }
}

extension FuzzTarget: CustomTestStringConvertible {
  var testDescription: String { name }
}
