import CXML2
import Foundation

/// A small XML document in memory: elements with attributes, text and the line they begin in.
///
/// Read by libxml2 without network, without entities of the document's own and with a limit of
/// depth, so that a file from a stranger cannot do more than be refused.
public struct XMLTree: Hashable, Sendable {
  /// The name of the element, without its namespace's prefix.
  public let name: String
  /// The attributes by name.
  public let attributes: [String: String]
  /// The elements inside, in their order.
  public fileprivate(set) var children: [XMLTree] = []
  /// The text directly inside, without that of the elements inside.
  public fileprivate(set) var text = ""
  /// The line of the file that the element begins in, from 1.
  public let line: Int

  /// The first element inside of a name; nil without one.
  ///
  /// - Parameter name: of the element.
  public subscript(name: String) -> XMLTree? { children.first { $0.name == name } }

  /// Returns the elements inside of a name, in their order.
  ///
  /// - Parameter name: of the elements.
  public func all(_ name: String) -> [XMLTree] { children.filter { $0.name == name } }

  /// ``text`` without space and line ends around it.
  public var trimmedText: String { text.trimmingCharacters(in: .whitespacesAndNewlines) }

  /// Elements that may stand inside of each other.
  static let depthLimit = 64

  /// Parses a document.
  ///
  /// - Parameter data: a whole file, in UTF-8, UTF-16 or an encoding that it declares.
  /// - Throws: ``XMLError`` with line and reason.
  public init(_ data: Data) throws(XMLError) {
    try self.init(data, handingOver: [], to: { _, _ in })
  }

  /// Parses a document of any length: elements of some names are handed over one by one, where they
  /// end, and are not kept in the tree.
  ///
  /// - Parameters:
  ///   - data: a whole file, in UTF-8, UTF-16 or an encoding that it declares.
  ///   - names: of the elements that are handed over, wherever they stand.
  ///   - body: takes such an element, without those in it that were handed over before, and the
  ///     element around it, as far as that was read; nil around the root.
  /// - Throws: ``XMLError`` with line and reason, also of `body`.
  public init(
    _ data: Data, handingOver names: Set<String>,
    to body: (_ element: XMLTree, _ parent: XMLTree?) throws(XMLError) -> Void
  ) throws(XMLError) {
    if let line = Self.lineThatIsNoUTF8(data) {
      throw XMLError(
        line: line, reason: "not well-formed XML: no UTF-8, and no other encoding is declared")
    }
    let result = data.withUnsafeBytes { bytes in
      Result { () throws(XMLError) -> XMLTree? in try XMLTree.parse(bytes, names, body) }
    }
    guard let root = try result.get() else {
      throw XMLError(line: 1, reason: "not well-formed XML")
    }
    self = root
  }

  /// The line of the first byte that is no UTF-8, where the file does not say that it is something
  /// else: the parser names the line where it stops reading, which is a later one.
  private static func lineThatIsNoUTF8(_ data: Data) -> Int? {
    let isDeclared = data.prefix(200).range(of: Data("encoding".utf8)) != nil
    let isUTF16 =
      data.prefix(4).contains(0) || data.starts(with: [0xFF, 0xFE])
      || data.starts(with: [0xFE, 0xFF])
    guard !isDeclared, !isUTF16, String(validating: data, as: UTF8.self) == nil else { return nil }
    var line = 1
    for part in data.split(separator: 10, omittingEmptySubsequences: false) {
      if String(validating: part, as: UTF8.self) == nil { return line }
      line += 1
    }
    return line
  }

  private typealias Body = (XMLTree, XMLTree?) throws(XMLError) -> Void

  private static func parse(
    _ bytes: UnsafeRawBufferPointer, _ names: Set<String>, _ body: Body
  ) throws(XMLError) -> XMLTree? {
    guard let count = Int32(exactly: bytes.count) else {
      throw XMLError(line: 1, reason: "expected at most 2 GiB of XML, found \(bytes.count) bytes")
    }
    // What libxml2 finds beside its parser, as of an encoding, it would write on standard error.
    let (handler, context) = (__xmlStructuredError().pointee, __xmlStructuredErrorContext().pointee)
    xmlSetStructuredErrorFunc(nil) { _, _ in }
    defer { xmlSetStructuredErrorFunc(context, handler) }
    let options =
      XML_PARSE_BIG_LINES.rawValue | XML_PARSE_NONET.rawValue
      | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue | XML_PARSE_NOCDATA.rawValue
    guard
      let reader = xmlReaderForMemory(
        bytes.bindMemory(to: CChar.self).baseAddress, count, nil, nil, Int32(options))
    else { throw XMLError(line: 1, reason: "not well-formed XML") }
    defer { xmlFreeTextReader(reader) }
    // The parser knows the line of its error; the reader stands before the text that it is in.
    let failure = Failure()
    xmlTextReaderSetStructuredErrorHandler(
      reader,
      { context, error in
        guard let context, let error, error.pointee.level != XML_ERR_WARNING else { return }
        let failure = Unmanaged<Failure>.fromOpaque(context).takeUnretainedValue()
        let line = max(Int(error.pointee.line), 1)
        if failure.line == 0 { failure.line = line }
        let isUnknownEntity = error.pointee.code == Int32(XML_WAR_UNDECLARED_ENTITY.rawValue)
        if isUnknownEntity, failure.unknownEntity == nil { failure.unknownEntity = line }
      }, Unmanaged.passUnretained(failure).toOpaque())
    return try withExtendedLifetime(failure) {
      Result { () throws(XMLError) -> XMLTree? in try tree(reader, failure, names, body) }
    }.get()
  }

  private final class Failure {
    var line = 0
    /// The line of an entity that the document, which has a DTD elsewhere, does not declare: the
    /// parser leaves it out, and goes on.
    var unknownEntity: Int?
  }

  private static func tree(
    _ reader: xmlTextReaderPtr, _ failure: Failure, _ names: Set<String>, _ body: Body
  ) throws(XMLError) -> XMLTree? {
    var open: [XMLTree] = []
    var root: XMLTree?
    func close() throws(XMLError) {
      guard let last = open.popLast() else { return }
      if open.isEmpty { root = last }
      if names.contains(last.name) {
        try body(last, open.last)
      } else if !open.isEmpty {
        open[open.count - 1].children.append(last)
      }
    }
    var status = xmlTextReaderRead(reader)
    while status == 1 {
      switch UInt32(bitPattern: xmlTextReaderNodeType(reader)) {
      case XML_READER_TYPE_ELEMENT.rawValue:
        // The parser has read on, so its own line is a later one.
        let line = Int(xmlGetLineNo(xmlTextReaderCurrentNode(reader)))
        guard open.count < depthLimit else {
          throw XMLError(
            line: line, reason: "expected at most \(depthLimit) elements inside of each other")
        }
        let isEmpty = xmlTextReaderIsEmptyElement(reader) == 1
        open.append(
          XMLTree(
            name: string(xmlTextReaderConstLocalName(reader)), attributes: attributes(reader),
            line: line))
        if isEmpty { try close() }
      case XML_READER_TYPE_END_ELEMENT.rawValue: try close()
      case XML_READER_TYPE_DOCUMENT_TYPE.rawValue:
        if let name = defaultedAttribute(xmlTextReaderCurrentNode(reader)) {
          throw XMLError(
            line: Int(xmlTextReaderGetParserLineNumber(reader)),
            reason: "expected attributes in their elements, found an ATTLIST with a value for"
              + " \(name), which would be left out")
        }
      case XML_READER_TYPE_TEXT.rawValue, XML_READER_TYPE_CDATA.rawValue,
        XML_READER_TYPE_SIGNIFICANT_WHITESPACE.rawValue:
        if !open.isEmpty { open[open.count - 1].text += string(xmlTextReaderConstValue(reader)) }
      case XML_READER_TYPE_ENTITY_REFERENCE.rawValue:
        throw XMLError(
          line: Int(xmlTextReaderGetParserLineNumber(reader)),
          reason: "expected text, found an entity of the document's own,"
            + " &\(string(xmlTextReaderConstName(reader)));")
      default: break
      }
      status = xmlTextReaderRead(reader)
    }
    if status == 0, let line = failure.unknownEntity {
      throw XMLError(
        line: line, reason: "expected text, found an entity that the document does not declare")
    }
    guard status == 0, open.isEmpty else {
      let line = failure.line
      throw XMLError(
        line: line > 0 ? line : max(Int(xmlTextReaderGetParserLineNumber(reader)), 1),
        reason: "not well-formed XML")
    }
    return root
  }

  /// The first attribute that a document's own DTD gives a value where an element has none; nil
  /// without one.
  ///
  /// - Parameter node: of the DTD.
  private static func defaultedAttribute(_ node: xmlNodePtr?) -> String? {
    var next = node?.pointee.children
    while let declaration = next {
      next = declaration.pointee.next
      guard declaration.pointee.type == XML_ATTRIBUTE_DECL else { continue }
      let name = declaration.withMemoryRebound(to: xmlAttribute.self, capacity: 1) {
        attribute -> String? in
        let isNamespace = [attribute.pointee.name, attribute.pointee.prefix]
          .contains { string($0) == "xmlns" }
        guard attribute.pointee.defaultValue != nil, !isNamespace else { return nil }
        return "\(string(attribute.pointee.elem)) \(string(attribute.pointee.name))"
      }
      if let name { return name }
    }
    return nil
  }

  /// Creates an element to be written.
  ///
  /// - Parameters:
  ///   - name: of the element.
  ///   - attributes: by name; they are written in the order of their names.
  ///   - text: what stands in it; an element has text or others inside.
  ///   - children: the elements inside.
  public init(
    _ name: String, attributes: [String: String] = [:], text: String = "",
    children: [XMLTree] = []
  ) {
    self.init(name: name, attributes: attributes, line: 0)
    self.text = text
    self.children = children
  }

  private init(name: String, attributes: [String: String], line: Int) {
    self.name = name
    self.attributes = attributes
    self.line = line
  }

  private static func attributes(_ reader: xmlTextReaderPtr) -> [String: String] {
    var result: [String: String] = [:]
    while xmlTextReaderMoveToNextAttribute(reader) == 1 {
      result[string(xmlTextReaderConstLocalName(reader))] =
        string(xmlTextReaderConstValue(reader))
    }
    xmlTextReaderMoveToElement(reader)
    return result
  }

  private static func string(_ text: UnsafePointer<xmlChar>?) -> String {
    text.map { String(cString: $0) } ?? ""
  }
}

/// A document that is not XML, or not XML that is read here.
public struct XMLError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The line, from 1.
  public let line: Int
  /// The reason, in words that follow the place.
  public let reason: String

  /// Creates an error of a line and a reason.
  public init(line: Int, reason: String) {
    self.line = line
    self.reason = reason
  }

  /// The place and the reason: `line 3: not well-formed XML`.
  public var description: String { "line \(line): \(reason)" }
}
