import CXML2
import Foundation

extension XMLTree {
  /// Returns the document as a file holds it: UTF-8, an element a line, indented.
  ///
  /// Characters that XML cannot hold, the control characters and U+FFFE and U+FFFF, are
  /// left out.
  public func document() -> Data {
    let buffer = xmlBufferCreate()
    defer { xmlBufferFree(buffer) }
    let writer = xmlNewTextWriterMemory(buffer, 0)
    xmlTextWriterSetIndent(writer, 1)
    xmlTextWriterSetIndentString(writer, "  ")
    xmlTextWriterStartDocument(writer, nil, "UTF-8", nil)
    write(to: writer)
    xmlTextWriterEndDocument(writer)
    xmlFreeTextWriter(writer)
    guard let bytes = xmlBufferContent(buffer) else { return Data() }
    return Data(bytes: bytes, count: Int(xmlBufferLength(buffer)))
  }

  private func write(to writer: xmlTextWriterPtr?) {
    xmlTextWriterStartElement(writer, name)
    for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
      xmlTextWriterWriteAttribute(writer, name, Self.allowed(value))
    }
    if !text.isEmpty { xmlTextWriterWriteString(writer, Self.allowed(text)) }
    for child in children { child.write(to: writer) }
    xmlTextWriterEndElement(writer)
  }

  private static func allowed(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.filter {
          ($0.value >= 32 || "\t\n\r".unicodeScalars.contains($0)) && $0.value & ~1 != 0xFFFE
        }))
  }
}
