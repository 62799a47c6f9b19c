import CXML2
import Files
import Foundation
import Testing

struct XMLTreeTests {
  // `<` in UTF-32 and zeros: libxml2 tells this not the parser but whoever listens to all it finds,
  // by itself with words on standard error.
  @Test func whatLibxml2FindsBeforeItParsesIsNotToldToAll() {
    final class Count { var value = 0 }
    let count = Count()
    xmlSetStructuredErrorFunc(Unmanaged.passUnretained(count).toOpaque()) { context, _ in
      context.map { Unmanaged<Count>.fromOpaque($0).takeUnretainedValue().value += 1 }
    }
    defer { xmlSetStructuredErrorFunc(nil, nil) }
    let data = Data([0x3C, 0, 0, 0, 0, 0, 0, 0, 0]) + Data("annotation>s<a/>".utf8)
    #expect(throws: XMLError.self) { try XMLTree(data) }
    #expect(count.value == 0)
    // Who listened listens again.
    #expect(xmlReadMemory("<", 1, nil, nil, 0) == nil)
    #expect(count.value > 0)
  }

  // Inner elements come before the ones around them, which keep only what was not handed over.
  @Test func elementsAreHandedOverWhereTheyEnd() throws {
    let text = "<a x=\"1\">\n<b n=\"1\"><c/><d>t</d></b>\n<e/><b n=\"2\"/></a>"
    var seen: [String] = []
    let root = try XMLTree(Data(text.utf8), handingOver: ["b", "c"]) { element, parent in
      seen.append(
        "\(element.name) \(element.attributes["n"] ?? "") line \(element.line) in"
          + " \(parent?.name ?? "")\(parent?.attributes["n"] ?? "") with"
          + " \(element.children.map(\.name))")
    }
    #expect(
      seen == [
        "c  line 2 in b1 with []", "b 1 line 2 in a with [\"d\"]", "b 2 line 3 in a with []",
      ])
    #expect(root.children.map(\.name) == ["e"])
    #expect(root.attributes == ["x": "1"])
  }

  @Test func anErrorOfTheReceiverEndsReading() {
    let text = "<a>\n<b/>\n<b/></a>"
    var count = 0
    let error = #expect(throws: XMLError.self) {
      try XMLTree(Data(text.utf8), handingOver: ["b"]) { element, _ throws(XMLError) in
        count += 1
        throw XMLError(line: element.line, reason: "enough")
      }
    }
    #expect(count == 1)
    #expect(error?.description == "line 2: enough")
  }

  @Test func attributesAreWrittenAndReadBack() throws {
    let tree = XMLTree(
      "a", attributes: ["b": "<&\"'> ü\n", "a": ""], children: [XMLTree("c", text: "x < y")])
    let read = try XMLTree(tree.document())
    #expect(read.attributes == tree.attributes)
    #expect(read["c"]?.text == "x < y")
    #expect(String(decoding: tree.document(), as: UTF8.self).contains("<a a=\"\" b=\"&lt;&amp;"))
  }

  @Test(arguments: ["a\u{FFFF}b", "a\u{FFFE}b", "a\u{1}b"])
  func whatXMLCannotHoldIsLeftOut(text: String) throws {
    #expect(try XMLTree(XMLTree("a", text: text).document()).text == "ab")
  }
}
