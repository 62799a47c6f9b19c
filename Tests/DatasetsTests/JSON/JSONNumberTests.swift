import Files
import Foundation
import TestSupport
import Testing

@testable import Datasets

/// Numbers, with the C library's `strtod` as the oracle.
struct JSONNumberTests {
  private func double(_ text: String) throws -> Double {
    try JSONFile.read(MappedFile(Data(text.utf8)), path: "x") { scanner throws(JSONProblem) in
      try scanner.double()
    }
  }

  private func expectExact(_ text: String) throws {
    let found = try double(text)
    let expected = strtod(text, nil)
    #expect(found.bitPattern == expected.bitPattern, "\(text): \(found), not \(expected)")
  }

  @Test(arguments: [
    "0", "-0", "-0.0", "0e5", "0.000", "1", "-1", "0.1", "1e22", "1e23", "8.5e-27", "1e27", "1e-27",
    "1e28", "1e-28", "9007199254740993", "9007199254740992.5", "9007199254740993.0",
    "9007199254740994.9999", "18446744073709551615", "18446744073709551616", "9999999999999999999",
    "10000000000000000000", "0.9999999999999999999", "1.7976931348623157e308", "5e-324", "2e-324",
    "1e-400", "2.2250738585072014e-308", "2.2250738585072011e-308",
    "123456789012345678901234567890",
    "0.00000000000000000000000000012345", "0.000000000000000000001234567890123456789",
    "1.00000000000000011102230246251565", "1.00000000000000011102230246251566", "6.02e+23",
    "1000000000000000000000000000e-27", "7.4505805969238281e-9", "12345678", "123456789",
    "1234567.12345678", "100000000.00000001", "1E+2", "0.1e1",
  ])
  func edgesAreExact(text: String) throws { try expectExact(text) }

  // Ties between two doubles, and one digit on either side of them.
  @Test func tiesGoToTheEvenDouble() throws {
    var numbers = SeededNumbers(5)
    for _ in 0..<2000 {
      // Odd and of 54 bits: halfway between two doubles.
      let tie = UInt64.random(in: 1 << 53..<1 << 54, using: &numbers) | 1
      for text in ["\(tie)", "\(tie - 1)", "\(tie + 1)", "\(tie).0", "\(tie)0e-1", "\(tie).01"] {
        try expectExact(text)
      }
      // The same, divided by a power of two: its decimal digits end, and are at most 19.
      let quarter = UInt64.random(in: 1 << 53..<1 << 54, using: &numbers)
      try expectExact("\(quarter / 4).\(["00", "25", "50", "75"][Int(quarter % 4)])")
    }
  }

  @Test func randomNumbersAreExact() throws {
    var numbers = SeededNumbers(11)
    for _ in 0..<20_000 {
      let digits = numbers.integer(1...22)
      var text = String(numbers.integer(digits == 1 ? 0...9 : 1...9))
      for _ in 1..<max(2, digits) where text != "0" { text += String(numbers.integer(0...9)) }
      if numbers.integer(0...2) > 0 {
        text += "."
        for _ in 0..<numbers.integer(1...18) { text += String(numbers.integer(0...9)) }
      }
      if numbers.integer(0...3) == 0 { text += "e\(numbers.integer(-45...45))" }
      try expectExact((numbers.integer(0...1) == 0 ? "-" : "") + text)
    }
  }

  // The shortest digits of any double lead back to it.
  @Test func doublesSurviveTheirText() throws {
    var numbers = SeededNumbers(12)
    for _ in 0..<20_000 {
      let bits = numbers.next()
      let value = Double(bitPattern: bits)
      if value.isFinite { try #expect(double("\(value)").bitPattern == bits) }
      let usual = numbers.number(0...640)
      try #expect(double("\(usual)") == usual)
    }
  }

  @Test func tooLargeNumbersAreRefused() throws {
    let error = #expect(throws: FileError.self) { try double(" 1e999") }
    #expect(
      error?.reason == "expected a number of at most 1.8e308, found 1e999 (line 1, column 2)")
  }

  @Test(
    arguments: [
      ("0", 0), ("-0", 0), ("12", 12), ("-12.0", -12), ("1.2e1", 12), ("120e-1", 12), ("1.5", nil),
      ("9223372036854775807", .max), ("-9223372036854775808", .min), ("9223372036854775808", nil),
      ("-9223372036854775809", nil), ("18446744073709551616", nil),
      ("1e18", 1_000_000_000_000_000_000),
      ("1e19", nil), ("0e999999999999999999999", 0), ("1e-999999999999999999999", nil),
      ("1e999999999999999999999", nil), ("0.000000000000000000000000", 0),
    ] as [(String, Int?)])
  func integersAreReadInAnyNotation(text: String, expected: Int?) throws {
    let found = try JSONFile.read(MappedFile(Data(text.utf8)), path: "x") {
      scanner throws(JSONProblem) in
      scanner.integer(try scanner.number())
    }
    #expect(found == expected)
  }
}
