import Files
import Testing

struct ListPartsTests {
  @Test(arguments: [
    ("", [""]), ("cat", ["cat"]), ("cat, dog ", ["cat", " dog "]), (",cat,,", ["", "cat", "", ""]),
    (#"cat\, red,dog"#, ["cat, red", "dog"]), (#"\,\,"#, [",,"]), (#"a\,,b"#, ["a,", "b"]),
    // Before anything else a backslash is itself.
    (#"a\b,c\=d\"#, [#"a\b"#, #"c\=d\"#]),
  ])
  func commasStandBetweenParts(text: String, parts: [String]) {
    #expect(text.parts(between: ",") == parts)
  }

  @Test(arguments: [
    ("a=b=c", ["a", "b=c"]), (#"a\=b=c"#, ["a=b", "c"]), (#"a=b\=c"#, ["a", "b=c"]), ("a", ["a"]),
  ])
  func theLastOfSomePartsKeepsTheSign(text: String, parts: [String]) {
    #expect(text.parts(between: "=", atMost: 2) == parts)
  }
}
