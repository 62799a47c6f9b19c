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

  // Each is well-formed, and its element holds all that it would without the declarations.
  @Test(arguments: [
    "<?pi x?><a l=\"1\">t<?pi?>u<b/></a><?end?>", "<!-- c --><a l=\"1\">t<!-- & -->u<b/></a>",
    "<!DOCTYPE a [<!NOTATION gif SYSTEM \"g\">]><a l=\"1\">tu<b/></a>",
    "<!DOCTYPE a [<!NOTATION g SYSTEM 'g'><!ENTITY p SYSTEM 'p' NDATA g>]><a l='1'>tu<b/></a>",
    "<!DOCTYPE a [<!ATTLIST b l CDATA #IMPLIED><!ATTLIST a l CDATA #REQUIRED>]><a l='1'>tu<b/></a>",
    "<!DOCTYPE a [<!ATTLIST a xmlns CDATA #FIXED \"u\">]><a l=\"1\">tu<b/></a>",
    "<!DOCTYPE a SYSTEM \"no.dtd\"><a l=\"1\">t<![CDATA[u]]><b/></a>",
    "<!DOCTYPE a [<!ENTITY one \"1\">]><a l=\"&one;\">tu<b/></a>",
  ])
  func declarationsTakeNothingAway(text: String) throws {
    let root = try XMLTree(Data(text.utf8))
    #expect(root.attributes.filter { $0.key != "xmlns" } == ["l": "1"] && root.text == "tu")
    #expect(root.children.map(\.name) == ["b"] && root.children[0].attributes.isEmpty)
  }

  // What the parser would leave out in silence: a value that a declaration gives, an entity that
  // stands elsewhere or is no text.
  @Test(arguments: [
    (
      "<!DOCTYPE a [\n<!ATTLIST b l CDATA \"cat\">]>\n<a><b/></a>",
      "an ATTLIST with a value for b l, which would be left out"
    ),
    (
      "<!DOCTYPE a [<!ATTLIST b l CDATA #FIXED \"cat\">]><a><b/></a>",
      "an ATTLIST with a value for b l, which would be left out"
    ),
    (
      "<!DOCTYPE a [<!ENTITY % p '<!ATTLIST b l CDATA \"cat\">'> %p;]><a><b/></a>",
      "an ATTLIST with a value for b l, which would be left out"
    ),
    ("<!DOCTYPE a SYSTEM 'no.dtd'><a l='z&x;z'/>", "an entity that the document does not declare"),
    ("<!DOCTYPE a SYSTEM 'no.dtd'><a><b l='z&x;z'/></a>", "an entity of the document's own, &x;"),
    ("<!DOCTYPE a SYSTEM 'no.dtd'><a>z&x;z</a>", "an entity of the document's own, &x;"),
    ("<!DOCTYPE a [<!ENTITY x 'cat'>]><a>z&x;z</a>", "an entity of the document's own, &x;"),
    ("<!DOCTYPE a [<!ENTITY x SYSTEM 'f'>]><a>z&x;z</a>", "an entity of the document's own, &x;"),
  ])
  func whatWouldBeLostInSilenceIsRefused(text: String, found: String) {
    let error = #expect(throws: XMLError.self) { try XMLTree(Data(text.utf8)) }
    #expect(error?.reason.hasSuffix("found \(found)") == true, "\(String(describing: error))")
    #expect(error?.line ?? 0 >= 1)
  }

  @Test func anUnparsedEntityInTextIsNoText() {
    let text = "<!DOCTYPE a [<!NOTATION g SYSTEM 'g'><!ENTITY p SYSTEM 'p' NDATA g>]><a>t&p;</a>"
    #expect(throws: XMLError.self) { try XMLTree(Data(text.utf8)) }
  }

  @Test(arguments: ["a\u{FFFF}b", "a\u{FFFE}b", "a\u{1}b"])
  func whatXMLCannotHoldIsLeftOut(text: String) throws {
    #expect(try XMLTree(XMLTree("a", text: text).document()).text == "ab")
  }
}
