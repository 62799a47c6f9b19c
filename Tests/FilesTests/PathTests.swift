import Testing

@testable import Files

/// Parts of paths. Expected by hand; those of more than one character are also what Foundation's
/// `NSString` of Swift 6.3 gives, which traps on the others.
struct PathTests {
  struct Parts: Sendable {
    let path: String
    let parent: String
    let last: String
    let stem: String
    let ending: String
  }

  @Test(arguments: [
    Parts(path: "", parent: ".", last: "", stem: "", ending: ""),
    Parts(path: "a", parent: ".", last: "a", stem: "a", ending: ""),
    Parts(path: ".", parent: ".", last: ".", stem: ".", ending: ""),
    Parts(path: "..", parent: ".", last: "..", stem: "..", ending: ""),
    Parts(path: "/", parent: "/", last: "/", stem: "/", ending: ""),
    Parts(path: "//", parent: "/", last: "/", stem: "/", ending: ""),
    Parts(path: "/a", parent: "/", last: "a", stem: "/a", ending: ""),
    Parts(path: "//a", parent: "/", last: "a", stem: "//a", ending: ""),
    Parts(path: "a/", parent: ".", last: "a", stem: "a", ending: ""),
    Parts(path: "a//", parent: ".", last: "a", stem: "a", ending: ""),
    Parts(path: "a/b", parent: "a", last: "b", stem: "a/b", ending: ""),
    Parts(path: "a//b", parent: "a", last: "b", stem: "a//b", ending: ""),
    Parts(path: "a.b", parent: ".", last: "a.b", stem: "a", ending: "b"),
    Parts(path: "a.b/", parent: ".", last: "a.b", stem: "a", ending: "b"),
    Parts(path: "a.b/c", parent: "a.b", last: "c", stem: "a.b/c", ending: ""),
    Parts(path: "a.", parent: ".", last: "a.", stem: "a", ending: ""),
    Parts(path: "a..", parent: ".", last: "a..", stem: "a.", ending: ""),
    Parts(path: ".a", parent: ".", last: ".a", stem: ".a", ending: ""),
    Parts(path: "a/.b", parent: "a", last: ".b", stem: "a/.b", ending: ""),
    Parts(path: "a/..", parent: "a", last: "..", stem: "a/..", ending: ""),
    Parts(path: "..b", parent: ".", last: "..b", stem: ".", ending: "b"),
    Parts(path: "/é/a.tar.GZ", parent: "/é", last: "a.tar.GZ", stem: "/é/a.tar", ending: "GZ"),
  ])
  func partsOfAPath(_ parts: Parts) {
    #expect(parts.path.parentFolder == parts.parent)
    #expect(parts.path.lastPart == parts.last)
    #expect(parts.path.withoutExtension == parts.stem)
    #expect(parts.path.pathExtension == parts.ending)
    #expect(parts.path.fileExtension == parts.ending.lowercased())
  }

  // Usual endings are read by another way.
  @Test func endingsInLowerCaseAreThoseAsWritten() {
    var paths = [""]
    for _ in 0..<4 {
      paths += paths.flatMap { path in ["/", ".", "a", "B", "9", "_", "\u{E9}"].map { path + $0 } }
    }
    paths = Set(paths).sorted() + ["a.jpegjpe", "a.JPEGJPEG", "a.JPEGJPEGX", "a.Jpe\u{301}"]
    let different = paths.filter { $0.fileExtension != $0.pathExtension.lowercased() }
    #expect(paths.count > 2000 && different.isEmpty, "\(different.prefix(5))")
  }

  @Test(arguments: [
    ("", ""), ("é/b", "é/b"), (#"C:\é\b.jpg"#, "C:/é/b.jpg"), (#"a/b\c\"#, "a/b/c/"),
    (#"\\x"#, "//x"),
  ])
  func pathsOfOtherSystemsHaveSlashes(written: String, path: String) {
    #expect(written.withSlashes == path)
  }
}
