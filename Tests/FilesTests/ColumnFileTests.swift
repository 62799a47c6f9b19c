import Foundation
import Testing

@testable import Files

/// Files of columns, and what damaged ones do.
struct ColumnFileTests {
  private func written() -> Data {
    var file = ColumnFileWriter(kind: "ANYCOLUM", version: 3)
    file.add("key")
    file.add(-42)
    file.add([1.5, -0.0, .infinity])
    file.add(["a", "", "ä\u{308}", "a\0b"])
    file.add([UInt8]())
    var data = Data()
    for region in file.regions { region.withUnsafeBytes { data.append(contentsOf: $0) } }
    return data
  }

  private func read(_ data: Data, version: UInt32 = 3) throws {
    var file = try ColumnFile(MappedFile(data), kind: "ANYCOLUM", version: version)
    let (key, number) = try (file.text(), file.number())
    #expect(key == "key" && number == -42)
    let numbers = try file.numbers(of: Double.self)
    #expect(numbers.map(\.bitPattern) == [1.5, -0.0, Double.infinity].map(\.bitPattern))
    let texts = try file.texts()
    #expect(texts.map { Array($0.utf8) } == ["a", "", "ä\u{308}", "a\0b"].map { Array($0.utf8) })
    let none = try file.numbers(of: UInt8.self)
    #expect(none.isEmpty)
    let more = Result { try file.number() }
    #expect(throws: ColumnFile.Fault.self) { try more.get() }
  }

  @Test func whatIsWrittenIsRead() throws {
    let data = written()
    #expect(data.count.isMultiple(of: 8))
    try read(data)
  }

  // Each either fails or, in the filling between columns, which nobody reads, changes nothing.
  @Test func noDamageIsRead() throws {
    let data = written()
    var refused = 0
    for place in data.indices {
      var damaged = data
      damaged[place] ^= 0x10
      do { try read(damaged) } catch is ColumnFile.Fault { refused += 1 }
      #expect(throws: ColumnFile.Fault.self) { try read(data.prefix(place)) }
    }
    #expect(refused > data.count / 2)
    let other = #expect(throws: ColumnFile.Fault.self) { try read(data, version: 4) }
    #expect(other?.isOfOthers == true)
  }
}
