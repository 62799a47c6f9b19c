import Foundation
import ImageFiles
import TestSupport
import Testing

struct PictureMarkTests {
  private let mark = PictureMark(command: "detect")
  private let image = RGBImage(
    width: 20, height: 10, pixels: (0..<600).map { UInt8(truncatingIfNeeded: $0 * 5) })

  private func write(_ path: String, _ mark: PictureMark?) throws {
    if path.hasSuffix("jpg") {
      try JPEGFile.write(image, to: path, mark: mark)
    } else {
      try PNGFile.write(image, to: path, mark: mark)
    }
  }

  @Test(arguments: ["jpg", "png"]) func onlyAMarkedPictureIsMarked(ending: String) throws {
    try withFolder { folder in
      let (plain, marked) = ("\(folder)/plain.\(ending)", "\(folder)/marked.\(ending)")
      try write(plain, nil)
      try write(marked, mark)
      #expect(!mark.isIn(plain) && mark.isIn(marked))
      #expect(!PictureMark(command: "detect2").isIn(marked))
      #expect(!PictureMark(command: "detec").isIn(marked))
      #expect(!mark.isIn(folder) && !mark.isIn(folder + "/none"))
      #expect(PictureMark.mark(in: marked) == mark && PictureMark.mark(in: plain) == nil)
      let other = "\(folder)/other.\(ending)"
      try write(other, .defaultBoxes)
      #expect(PictureMark.mark(in: other)?.text == "MultiBox default-boxes")
      try write(other, PictureMark(command: "detect2"))
      #expect(PictureMark.mark(in: other) == nil && PictureMark.mark(in: folder) == nil)
      // The picture is the same, and nothing but the mark was added.
      #expect(try ImageFile.read(plain) == ImageFile.read(marked))
      let (before, after) = (
        try Data(contentsOf: URL(fileURLWithPath: plain)),
        try Data(contentsOf: URL(fileURLWithPath: marked))
      )
      #expect(after.count == before.count + (ending == "jpg" ? 4 + 15 : 12 + 24))
    }
  }

  // The words alone, as in a text or another picture's data, are no mark.
  @Test func wordsAreNoMark() throws {
    try withFolder { folder in
      let path = folder + "/x"
      try Data("MultiBox detect".utf8).write(to: URL(fileURLWithPath: path))
      #expect(!mark.isIn(path))
      try Data([0xFF, 0xD8, 0xFF, 0xE0] + Array("MultiBox detect".utf8))
        .write(to: URL(fileURLWithPath: path))
      #expect(!mark.isIn(path))
    }
  }

  // The sum is that of zlib.crc32 (Python 3.11) over tEXtSoftware, a zero and the text.
  @Test func theChunkOfPNGHasItsSum() throws {
    try withFolder { folder in
      try write(folder + "/x.png", mark)
      let file = try Data(contentsOf: URL(fileURLWithPath: folder + "/x.png"))
      #expect(
        Array(file[33..<69])
          == [0, 0, 0, 24] + Array("tEXtSoftware\0MultiBox detect".utf8) + [0x43, 0xA5, 0x99, 0xBC])
    }
  }
}
