import Files
import Foundation
import TestSupport
import Testing

@testable import SSDReport

struct PageFileTests {
  @Test(arguments: ["<!--<script>", "</script>", "</SCRIPT >", "<\u{338}b", "a \"quoted\" name"])
  func aNameCannotEndTheScript(name: String) throws {
    let text = PageFile.embedded(try JSONEncoder().encode([name]))
    #expect(!text.utf8.contains(UInt8(ascii: "<")))
    #expect(try JSONDecoder().decode([String].self, from: Data(text.utf8)) == [name])
  }

  @Test func onlyAPageOfTheKindIsWrittenOver() throws {
    try withFolder { folder in
      let pages = [
        (PageFile.Kind.dataset, PackageResources.browse_html),
        (.explanation, PackageResources.explain_html), (.training, PackageResources.report_html),
      ]
      #expect(pages.map(\.0) == PageFile.Kind.allCases)
      for (kind, bytes) in pages {
        let path = "\(folder)/new/\(kind)"
        let html = String(decoding: bytes, as: UTF8.self)
        for _ in 0..<2 { try PageFile.write(html, kind, to: path) }
        for other in PageFile.Kind.allCases where other != kind {
          #expect(throws: FileError.self) { try PageFile.check(path, isNewOr: other) }
        }
      }
      // A page of somebody else's, whatever its name.
      for (name, text) in [("data.yaml", "names: [a]\n"), ("index.html", "<!DOCTYPE html>\n")] {
        let path = "\(folder)/\(name)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: FileError.self) {
          try PageFile.write("<p>", .dataset, to: path)
        }
        #expect(
          error?.reason
            == "expected a new file or a MultiBox page of the same kind, found another;"
            + " not written over")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
      }
    }
  }
}
