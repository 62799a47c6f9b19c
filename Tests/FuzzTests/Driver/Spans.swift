// The parts of texts, found without asking that the text is right: a damaged one has parts, too.

/// Objects, lists, strings, numbers and words of JSON, and the members of objects.
func jsonSpans(_ input: [UInt8]) -> [Range<Int>] {
  var spans: [Range<Int>] = []
  var open: [Int] = []
  var member: [Int] = []
  var position = 0
  func isPlain(_ byte: UInt8) -> Bool { !"{}[]\",: \n\t\r".utf8.contains(byte) }
  while position < input.count {
    let start = position
    position += 1
    switch input[start] {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      open.append(start)
      member.append(start + 1)
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      if let first = member.popLast(), first < start { spans.append(first..<start) }
      if let first = open.popLast() { spans.append(first..<start + 1) }
    case UInt8(ascii: ","):
      if let first = member.popLast() {
        spans.append(first..<start)
        member.append(start + 1)
      }
    case UInt8(ascii: "\""):
      while position < input.count, input[position] != UInt8(ascii: "\"") {
        position += input[position] == UInt8(ascii: "\\") ? 2 : 1
      }
      position = min(position + 1, input.count)
      spans.append(start..<position)
    case let byte where isPlain(byte):
      while position < input.count, isPlain(input[position]) { position += 1 }
      spans.append(start..<position)
    default: break
    }
  }
  return spans
}

/// Tags, elements from tag to tag, texts between them, names and values of attributes of XML.
func xmlSpans(_ input: [UInt8]) -> [Range<Int>] {
  var spans: [Range<Int>] = []
  var open: [Int] = []
  var textStart = 0
  var position = 0
  while let start = input[position...].firstIndex(of: UInt8(ascii: "<")) {
    let end = (input[start...].firstIndex(of: UInt8(ascii: ">")) ?? input.count - 1) + 1
    if textStart < start { spans.append(textStart..<start) }
    spans.append(start..<end)
    let isEnd = start + 1 < end && input[start + 1] == UInt8(ascii: "/")
    if isEnd {
      if let first = open.popLast() {
        spans.append(first..<end)
        spans.append(first..<end)
      }
    } else {
      spans += words(input, in: start + 1..<max(start + 1, end - 1), separators: " ='\"/")
      if end >= 2, input[end - 2] != UInt8(ascii: "/") { open.append(start) }
    }
    textStart = end
    position = end
  }
  return spans
}

/// Lines and the words in them.
func textSpans(_ input: [UInt8]) -> [Range<Int>] {
  words(input, in: input.indices, separators: "\n\u{1D}")
    + words(input, in: input.indices, separators: "\n\u{1D} ,;:\t[]{}\"'=/")
}

private func words(_ input: [UInt8], in range: Range<Int>, separators: String) -> [Range<Int>] {
  let separators = Array(separators.utf8)
  return input[range].split { separators.contains($0) }.map { $0.startIndex..<$0.endIndex }
}

private let numbers = [
  "0", "-1", "1", "0.5", "-0", "1e999", "-1e999", "1e-400", "1e308", "5e-324", "2147483648",
  "4294967296", "9007199254740993", "9223372036854775807", "9223372036854775808",
  "-9223372036854775808", "18446744073709551615", "18446744073709551616", "0.1e1", "1.0",
  "99999999999999999999999999999999999999", "3", "16", "100", "65536",
]

let jsonLeaves =
  numbers + [
    "null", "true", "false", "\"\"", "[]", "{}", "[[]]", "[null]", "\"\\u0000\"", "\"\\ud800\"",
    "NaN", "Infinity", "\"a\\nb\"", "\"\\u001b[31m\"", "[1,2,3,4]", "\"1\"",
  ]

let xmlLeaves =
  numbers + [
    "<?pi x?>", "<!-- x -->", "<![CDATA[1]]>", "&lt;", "&#10;", "&#0;", "&x;", "<a/>", "nan", "inf",
    "<!DOCTYPE a [<!ENTITY x \"y\">]>", "<!DOCTYPE a [<!ATTLIST a b CDATA \"c\">]>",
    "<!DOCTYPE a [<!NOTATION n SYSTEM \"s\">]>", "<?xml version=\"1.0\" encoding=\"UTF-16\"?>",
    "<object/>", "xmlns:x=\"y\"", "\u{FEFF}", "é",
  ]

let textLeaves =
  numbers + [
    "nan", "inf", "", " ", "\n", "\r\n", "\r", "\t", "\"", "'", "#", "..", "../../a", "/",
    "&a [*a]",
    "*a", "<<: *a", "!!binary x", "a: &a {b: c}", "|", "---", "\u{FEFF}", "é", "0x10", "1_000", "~",
    "\u{1D}", ":", "-",
  ]
