import Foundation
import Testing

@testable import Serving

struct MultipartFormTests {
  private static let type = "multipart/form-data; boundary=AaB03x"

  private func form(_ text: String, type: String = Self.type) throws -> [[String?]] {
    let type = try #require(MediaType(type))
    return try MultipartForm(Data(text.utf8), type: type).parts.map {
      [$0.name, $0.fileName, String(decoding: $0.content, as: UTF8.self)]
    }
  }

  // As curl 7.88 sends `-F image=@a.jpg -F threshold=.3`.
  @Test func partsOfCurlAreRead() throws {
    let body = """
      --------------------------d74496d66958873e\r
      Content-Disposition: form-data; name="image"; filename="a.jpg"\r
      Content-Type: image/jpeg\r
      \r
      \u{1}\r\n--\r\n\r
      --------------------------d74496d66958873e\r
      Content-Disposition: form-data; name="threshold"\r
      \r
      .3\r
      --------------------------d74496d66958873e--\r

      """
    #expect(
      try form(
        body, type: "multipart/form-data; boundary=------------------------d74496d66958873e")
        == [["image", "a.jpg", "\u{1}\r\n--\r\n"], ["threshold", nil, ".3"]])
  }

  @Test(
    arguments: [
      // Preamble, space behind the boundary, epilogue.
      (
        "before\r\n--AaB03x \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--AaB03x--after",
        [["a", nil, "1"]]
      ),
      // Empty content, and a body without parts.
      (
        "--AaB03x\r\nCONTENT-DISPOSITION:form-data;name=\"a\"\r\n\r\n\r\n--AaB03x--",
        [["a", nil, ""]]
      ),
      ("--AaB03x--\r\n", []),
      // Without the empty line's content: the boundary follows the headers at once.
      (
        "--AaB03x\r\nContent-Disposition: form-data; name=a\r\n\r\n--AaB03x--",
        [["a", nil, ""]]
      ),
      // A quote, a semicolon and a word of UTF-8 in the name of a file.
      (
        "--AaB03x\r\nContent-Disposition: form-data; name=\"i\"; filename=\"a\\\";é.png\"\r\n"
          + "\r\nx\r\n--AaB03x--",
        [["i", "a\";é.png", "x"]]
      ),
      // What is like the boundary and is none.
      (
        "--AaB03x\r\nContent-Disposition: form-data; name=a\r\n\r\n--AaB03\r\nAaB03x\r\n--AaB03x--",
        [["a", nil, "--AaB03\r\nAaB03x"]]
      ),
    ] as [(String, [[String?]])])
  func formsOfTheStandardAreRead(body: String, expected: [[String?]]) throws {
    #expect(try form(body) == expected)
  }

  @Test func partsOfASliceAreThoseOfTheSlice() throws {
    let body = "--AaB03x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--AaB03x--"
    let data = Data("junk\(body)".utf8).dropFirst(4)
    let type = try #require(MediaType(Self.type))
    let part = try #require(try MultipartForm(data, type: type).parts.first)
    #expect(Data(part.content) == Data("1".utf8) && part.name == "a")
  }

  @Test(
    arguments: [
      ("", "expected the boundary AaB03x, found none"),
      ("--AaB03", "expected the boundary AaB03x, found none"),
      ("--AaB03x", "part 1: expected a line's end behind the boundary"),
      ("--AaB03x-", "part 1: expected a line's end behind the boundary"),
      ("--AaB03xy\r\n\r\n", "part 1: expected a line's end behind the boundary"),
      ("--AaB03x\r\nContent-Disposition: form-data; name=a", "part 1: expected headers of"),
      ("--AaB03x\r\n\r\n\r\n--AaB03x--", "part 1: expected Content-Disposition, found none"),
      (
        "--AaB03x\r\nContent-Disposition: attachment; name=a\r\n\r\n\r\n--AaB03x--",
        "part 1: expected form-data, found attachment"
      ),
      (
        "--AaB03x\r\nContent-Disposition: form-data\r\n\r\n\r\n--AaB03x--",
        "part 1: expected a name in Content-Disposition, found none"
      ),
      (
        "--AaB03x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--AaB03",
        "part 1: expected a boundary behind it, found none"
      ),
    ])
  func whatIsNoFormIsNamed(body: String, reason: String) {
    let refusal = #expect(throws: Refusal.self) { try form(body) }
    #expect(refusal?.kind == .malformed)
    #expect(
      refusal?.message.hasPrefix("multipart/form-data: \(reason)") == true,
      "\(refusal?.message ?? "")")
  }

  @Test func partsHeadersAndBoundaryHaveLimits() throws {
    let part = "--AaB03x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n"
    func parts(_ count: Int) throws -> Int {
      try form(String(repeating: part, count: count) + "--AaB03x--").count
    }
    #expect(try parts(MultipartForm.partLimit) == MultipartForm.partLimit)
    #expect(throws: Refusal.self) { try parts(MultipartForm.partLimit + 1) }
    func headers(_ count: Int) throws -> Int {
      let padding = String(repeating: "x", count: count)
      return try form(
        "--AaB03x\r\nX: \(padding)\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--AaB03x--"
      ).count
    }
    #expect(try headers(MultipartForm.headerLimit - 100) == 1)
    #expect(throws: Refusal.self) { try headers(MultipartForm.headerLimit) }
    for boundary in ["", String(repeating: "b", count: 71)] {
      #expect(throws: Refusal.self) {
        try form("--\(boundary)--", type: "multipart/form-data; boundary=\"\(boundary)\"")
      }
    }
    #expect(throws: Refusal.self) { try form("----", type: "multipart/form-data") }
  }
}
