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

  @Test func onlyAPageIsWrittenOver() throws {
    try withFolder { folder in
      for path in ["\(folder)/new/page.html", "\(folder)/new/page.html", "\(folder)/page"] {
        try PageFile.write("<p>", to: path)
      }
      let labels = folder + "/data.yaml"
      try Data("names: [a]\n".utf8).write(to: URL(fileURLWithPath: labels))
      #expect(throws: FileError.self) { try PageFile.write("<p>", to: labels) }
      #expect(try String(contentsOfFile: labels, encoding: .utf8) == "names: [a]\n")
    }
  }
}
