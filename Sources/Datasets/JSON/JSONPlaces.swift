/// Lines and columns of a JSON text, 1-based, for messages about many of its parts: a file of one
/// long line may have as many faults as it has objects.
final class JSONPlaces {
  private let scanner: JSONScanner
  /// The place of every so many bytes, counted at the first message.
  private lazy var marks = makeMarks()
  private static let distance = 4096

  init(_ scanner: JSONScanner) { self.scanner = scanner }

  /// The place of a byte; of a character of several bytes that of the first.
  subscript(offset: Int) -> (line: Int, column: Int) {
    let mark = min(offset / Self.distance, marks.count - 1)
    var place = marks[mark]
    pass(mark * Self.distance..<min(offset, scanner.count), &place)
    return place
  }

  private func makeMarks() -> [(line: Int, column: Int)] {
    var place = (line: 1, column: 1)
    var marks = [place]
    for start in stride(from: 0, to: scanner.count, by: Self.distance) {
      pass(start..<min(start + Self.distance, scanner.count), &place)
      marks.append(place)
    }
    return marks
  }

  private func pass(_ bytes: Range<Int>, _ place: inout (line: Int, column: Int)) {
    for offset in bytes {
      let byte = scanner.byte(offset)
      if byte == UInt8(ascii: "\n") {
        place = (place.line + 1, 1)
      } else if byte & 0xC0 != 0x80 {
        place.column += 1
      }
    }
  }
}
