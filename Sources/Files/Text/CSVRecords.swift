import Foundation

/// The records of comma-separated values, read one after the other (RFC 4180).
///
/// A field in quotes may hold the delimiter, line ends and, doubled, quotes. A quote that nothing
/// closes, or text behind a closing one, spoils its own line and no other.
public struct CSVRecords: Sequence, Sendable {
  /// A record: a line, or several where quotes hold a line end.
  public struct Record: Hashable, Sendable {
    /// The line that it begins in, from 1.
    public let line: Int
    /// The fields; empty for a record with a fault.
    public let fields: [String]
    /// The reason why the record cannot be taken apart; nil for a good one.
    public let fault: String?
  }

  private let lines: [String]
  private let delimiter: UInt8

  /// Takes the lines of a text.
  ///
  /// - Parameters:
  ///   - text: decoded, so that byte order marks and line ends are dealt with.
  ///   - delimiter: a letter of ASCII, as `,`, `;` or a tab.
  /// - Precondition: the delimiter is of ASCII, and no quote.
  public init(_ text: TextFile, delimiter: Character = ",") {
    guard let code = delimiter.asciiValue, code != Self.quote else {
      preconditionFailure("expected a delimiter of ASCII, found \(delimiter)")
    }
    lines = text.lines
    self.delimiter = code
  }

  fileprivate static let quote = UInt8(ascii: "\"")

  /// Goes through the records; lines without anything but spaces are none.
  public func makeIterator() -> Iterator { Iterator(lines: lines, delimiter: delimiter) }

  /// The place in the text.
  public struct Iterator: IteratorProtocol {
    fileprivate let lines: [String]
    fileprivate let delimiter: UInt8
    private var position = 0

    fileprivate init(lines: [String], delimiter: UInt8) {
      self.lines = lines
      self.delimiter = delimiter
    }

    /// Returns the next record; nil at the end.
    public mutating func next() -> Record? {
      while position < lines.count, lines[position].allSatisfy(\.isWhitespace) { position += 1 }
      guard position < lines.count else { return nil }
      let number = position + 1
      let line = lines[position]
      position += 1
      guard line.utf8.contains(CSVRecords.quote) else {
        let fields = line.utf8.split(separator: delimiter, omittingEmptySubsequences: false)
        return Record(line: number, fields: fields.map { String(Substring($0)) }, fault: nil)
      }
      var parser = QuotedFields(delimiter: delimiter)
      parser.add(line.utf8)
      let resume = position
      while parser.isOpen, position < lines.count, position - resume < Self.lineLimit {
        parser.add(CollectionOfOne(10))
        parser.add(lines[position].utf8)
        position += 1
      }
      let isOpen = parser.isOpen
      parser.finishField()
      if isOpen || parser.fault != nil && position > resume {
        position = resume
        return Record(line: number, fields: [], fault: "a quote that is never closed")
      }
      if let fault = parser.fault { return Record(line: number, fields: [], fault: fault) }
      return Record(line: number, fields: parser.fields, fault: nil)
    }

    /// No field of a table of labels is that long: so a stray quote in each line of a large file
    /// does not cost the square of its length.
    private static let lineLimit = 100
  }
}

/// Takes a record with quotes apart, byte by byte.
private struct QuotedFields {
  let delimiter: UInt8
  private(set) var fields: [String] = []
  private(set) var fault: String?
  private var field: [UInt8] = []
  private var state = State.start

  private enum State {
    /// Before a field's first letter.
    case start
    case plain
    case quoted
    /// Behind a quote inside quotes: the end, or the first of two.
    case quote
  }

  init(delimiter: UInt8) { self.delimiter = delimiter }

  /// Whether a quote waits for its second.
  var isOpen: Bool { state == .quoted }

  mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes {
      switch state {
      case .start where byte == CSVRecords.quote:
        // Spaces before a quote are no part of the field.
        field = []
        state = .quoted
      case .start, .plain:
        if byte == delimiter {
          finishField()
        } else {
          field.append(byte)
          if byte != 32 { state = .plain }
        }
      case .quoted:
        if byte == CSVRecords.quote { state = .quote } else { field.append(byte) }
      case .quote:
        if byte == CSVRecords.quote {
          field.append(byte)
          state = .quoted
        } else if byte == delimiter {
          finishField()
        } else if byte != 32 {
          fault = "text behind a closing quote"
          state = .plain
        }
      }
    }
  }

  mutating func finishField() {
    fields.append(String(decoding: field, as: UTF8.self))
    field = []
    state = .start
  }
}

extension String {
  /// The text as a field of comma-separated values: in quotes where it has to be.
  public var asCSVField: String {
    let needsQuotes =
      utf8.contains { [10, 13, 34, 44].contains($0) } || hasPrefix(" ") || hasSuffix(" ")
    return needsQuotes ? "\"\(replacing("\"", with: "\"\""))\"" : self
  }
}
