import Foundation
import Testing

/// `docs/promises.md` names a test for each promise: it must be there.
@Suite struct PromiseTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .appendingPathComponent("../../../..").standardizedFileURL

  @Test func everyTestThatIsNamedIsThere() throws {
    let page = try String(
      contentsOf: Self.root.appendingPathComponent("docs/promises.md"), encoding: .utf8)
    let named = page.matches(of: /`(\w+Tests)(?:\.(\w+))?`/)
      .map { (suite: String($0.1), test: $0.2.map(String.init)) }
    try #require(named.count >= 30)
    let files = FileManager.default.enumerator(
      at: Self.root.appendingPathComponent("Tests"), includingPropertiesForKeys: nil)
    var sources: [String: String] = [:]
    while let file = files?.nextObject() as? URL {
      guard file.pathExtension == "swift" else { continue }
      let source = try String(contentsOf: file, encoding: .utf8)
      // Small suites of one module may share a file.
      for suite in source.matches(of: /struct (\w+Tests)\b/) { sources[String(suite.1)] = source }
    }
    for (suite, test) in named {
      let source = sources[suite] ?? ""
      #expect(source.contains("@Test"), "no suite \(suite)")
      if let test { #expect(source.contains("func \(test)("), "no test \(suite).\(test)") }
    }
  }
}
