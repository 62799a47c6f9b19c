import Foundation
import TestSupport
import Testing

@testable import ImageFiles

/// What stands in the place of an image, and how the error names it.
struct OtherFileTests {
  private static let texts: [(content: String, name: String)] = [
    ("<!DOCTYPE html><html><body>404</body></html>", "an HTML page"),
    ("\n\n<html>\n", "an HTML page"),
    ("<?xml version=\"1.0\"?>\n<html xmlns=\"x\"/>", "an HTML page"),
    ("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "XML"),
    (
      "<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
      "an SVG drawing, which is not read"
    ),
    (
      "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
      "a Git LFS pointer, so the file itself was not fetched (git lfs pull)"
    ),
    ("%PDF-1.7\n%\u{E2}", "a PDF document"),
    ("{\"error\": \"expired\"}", "JSON"),
    ("P6\n3 2\n255\n", "a PNM picture, which is not read"),
    ("GIF", "text: \"gif\""),
    ("../images/a.jpg", "text: \"../images/a.jpg\""),
    ("  \r\n", "blank text"),
  ]

  @Test(arguments: texts)
  func textIsNamed(content: String, name: String) {
    let error = #expect(throws: ImageError.self) {
      try ImageFile.decode(Data(content.utf8), path: "x.jpg")
    }
    #expect(error?.reason == "expected an image, found \(name)")
  }

  private static let files: [(start: [UInt8], name: String)] = [
    ([0x50, 0x4B, 3, 4, 20, 0], "a ZIP archive"),
    ([0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20, 0x0D, 0x0A], "a JPEG 2000 picture, which is not read"),
    ([0xFF, 0x0A, 0, 0], "a JPEG XL picture, which is not read"),
    (Array("\0\0\0\u{18}ftypmp42\0\0\0\0isommp42".utf8), "a video or sound (MP4)"),
    (Array("RIFF\0\0\0\0AVI LIST".utf8), "a video or sound (RIFF)"),
    ([0xFF, 0xFE, 0x3C, 0, 0x68, 0, 0x74, 0, 0x6D, 0, 0x6C, 0, 0x3E, 0], "an HTML page"),
    ([UInt8](repeating: 0, count: 100), "zeros alone"),
    ([1, 2, 3, 4, 0x80], "something else"),
    ([0xFF, 0xD8], "something else"),
  ]

  @Test(arguments: files)
  func aFileIsNamed(start: [UInt8], name: String) {
    let error = #expect(throws: ImageError.self) {
      try ImageFile.decode(Data(start), path: "x.jpg")
    }
    #expect(error?.reason == "expected an image, found \(name)")
  }

  @Test func aFolderOfImagesThatAreNotReadNamesThem() throws {
    try withFolder { folder in
      for name in ["b.svg", "a.SVG", "c.jxl", "d.txt", "f", ".g"] {
        try Data("x".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      }
      let error = #expect(throws: ImageError.self) { try ImageSearch([folder]) }
      #expect(
        error?.reason
          == "holds no image that this build reads, but 2 svg, 1 (no ending), 1 jxl")
      try Data().write(to: URL(fileURLWithPath: "\(folder)/e.png"))
      #expect(
        try ImageSearch([folder]).unread
          == ["a.SVG", "b.svg", "c.jxl", "f"].map { "\(folder)/\($0)" })
      #expect(try ImageSearch(["\(folder)/b.svg"]).unread == [])
    }
  }

  @Test func aFileOfHEICThatSaysMIF1IsTold() {
    let bytes = Array("\0\0\0\u{18}ftypmif1\0\0\0\0mif1heic".utf8)
    bytes.withUnsafeBytes { #expect(MediaBrands($0)?.isHEIC == true) }
    let avif = Array("\0\0\0\u{18}ftypmif1\0\0\0\0mif1avif".utf8)
    avif.withUnsafeBytes { #expect(MediaBrands($0)?.isAVIF == true) }
    avif.prefix(14).withUnsafeBytes { #expect(MediaBrands($0)?.isHEIC == true) }
  }
}
