import Files
import Foundation
import Testing

/// Comma-separated values, RFC 4180, and what real files do beside it.
struct CSVRecordsTests {
  private func records(_ text: String, _ delimiter: Character = ",") throws -> [CSVRecords.Record] {
    Array(CSVRecords(try TextFile(Data(text.utf8), path: "x.csv"), delimiter: delimiter))
  }

  @Test(arguments: [
    ("a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"]]),
    ("\u{FEFF}a,b\rc,d", [["a", "b"], ["c", "d"]]),
    ("a,,\n,,\n", [["a", "", ""], ["", "", ""]]),
    ("\"a, b\",\"say \"\"hi\"\"\",\"\"\n", [["a, b", "say \"hi\"", ""]]),
    (" \"a\" , b \n", [["a", " b "]]),
    ("5\"x,b\"\n", [["5\"x", "b\""]]),
    ("\"a\",\n", [["a", ""]]),
    ("\n  \na\n\n", [["a"]]),
    ("ä,\"日,本\"\n", [["ä", "日,本"]]),
    ("", []),
  ])
  func fieldsAreTakenApart(text: String, fields: [[String]]) throws {
    let found = try records(text)
    #expect(found.map(\.fields) == fields)
    #expect(found.allSatisfy { $0.fault == nil })
  }

  @Test func recordsTellTheirLineAlsoBehindAFieldOfTwoLines() throws {
    let found = try records("a,b\n\"one\r\ntwo\",c\nd,e\n")
    #expect(found.map(\.line) == [1, 2, 4])
    #expect(found[1].fields == ["one\ntwo", "c"])
  }

  @Test func aStrayQuoteSpoilsItsOwnLineAlone() throws {
    let found = try records("a,b\n\"c,d\ne,f\n\"g\"h,i\nj,k\n")
    #expect(found.map(\.line) == [1, 2, 3, 4, 5])
    #expect(
      found.map(\.fault) == [
        nil, "a quote that is never closed", nil, "text behind a closing quote", nil,
      ])
    #expect(found[2].fields == ["e", "f"])
  }

  @Test func otherDelimitersAreTaken() throws {
    #expect(try records("a;b,c\n", ";").map(\.fields) == [["a", "b,c"]])
    #expect(try records("a\t\"b\tc\"\n", "\t").map(\.fields) == [["a", "b\tc"]])
  }

  @Test(arguments: ["plain", "a,b", "say \"hi\"", " a ", "two\nlines", "", "5\"x", "ä;b"])
  func aFieldThatIsWrittenIsReadTheSame(text: String) throws {
    #expect(try records("x,\(text.asCSVField),y").map(\.fields) == [["x", text, "y"]])
  }
}
