import Foundation
import ImageFiles
import TestSupport
import Testing

/// Short files that ask for much time or memory.
struct ImageLimitTests {
  /// The header of a bitmap of 24 bits a pixel, without pixels.
  private func header(width: Int32, height: Int32) -> Data {
    var file = Data("BM".utf8) + Data(count: 8)
    func append<Number: FixedWidthInteger>(_ number: Number) {
      withUnsafeBytes(of: number.littleEndian) { file.append(contentsOf: $0) }
    }
    append(UInt32(54))
    append(UInt32(40))
    append(width)
    append(height)
    append(UInt16(1))
    append(UInt16(24))
    return file + Data(count: 24)
  }

  @Test func moreThanAHundredMegapixelsAreRefusedByTheHeader() throws {
    let file = header(width: 10_000, height: 10_001)
    let refused =
      "expected at most 100000000 pixels, found 10000 × 10001 (--max-pixels allows more)"
    try withFolder { folder in
      let path = folder + "/a.bmp"
      try file.write(to: URL(fileURLWithPath: path))
      let decoding = #expect(throws: ImageError.self) {
        try ImageFile.decode(file, path: "a.bmp")
      }
      let reading = #expect(throws: ImageError.self) { try ImageFile.read(path) }
      let asking = #expect(throws: ImageError.self) { try ImageFile.size(path) }
      for error in [decoding, reading, asking] { #expect(error?.reason == refused) }
    }
    // At the limit, and above it where that is allowed, the pixels are looked for.
    for (file, limit) in [
      (header(width: 10_000, height: 10_000), ImageFile.usualMaximumPixels),
      (file, 100_010_000),
    ] {
      let error = #expect(throws: ImageError.self) {
        try ImageFile.decode(file, path: "a.bmp", maximumPixels: limit)
      }
      #expect(error?.reason.hasPrefix("BMP: expected 300") == true, "\(error?.reason ?? "")")
    }
    let beyond = #expect(throws: ImageError.self) {
      try ImageFile.decode(
        header(width: 46_341, height: 46_341), path: "a.bmp", maximumPixels: .max)
    }
    #expect(beyond?.reason == "expected at most 2147483648 pixels, found 46341 × 46341")
  }

  @Test func aCallerCanAllowFewer() throws {
    let image = RGBImage(width: 3, height: 2, pixels: [UInt8](repeating: 7, count: 18))
    let file = try JPEGFile.encoded(image)
    #expect(try ImageFile.decode(file, path: "a", maximumPixels: 6).width == 3)
    #expect(throws: ImageError.self) {
      try ImageFile.decode(file, path: "a", maximumPixels: 5)
    }
  }

  /// A JPEG of 8 × 8 grey pixels in which every scan holds one component once more.
  private func scans(_ count: Int) throws -> Data {
    let whole = try JPEGFile.encoded(
      RGBImage(width: 8, height: 8, pixels: [UInt8](repeating: 128, count: 192)))
    let start = try #require(whole.range(of: Data([0xFF, 0xDA]))).lowerBound
    var file = whole[..<start]
    for number in 0..<count {
      let isLight = number % 3 == 0
      file += [0xFF, 0xDA, 0, 8, 1, UInt8(number % 3 + 1), isLight ? 0x00 : 0x11, 0, 63, 0]
      // All coefficients are 0: the codes for a difference of none and for the end of a block.
      file += [isLight ? 0x2B : 0x0F]
    }
    return Data(file + [0xFF, 0xD9])
  }

  @Test func scansHaveALimit() throws {
    let image = try ImageFile.decode(scans(3), path: "a.jpg")
    #expect(image.pixels == [UInt8](repeating: 128, count: 192))
    #expect(try ImageFile.decode(scans(498), path: "a.jpg") == image)
    let error = #expect(throws: ImageError.self) {
      try ImageFile.decode(scans(100_000), path: "a.jpg")
    }
    #expect(error?.reason == "libjpeg-turbo: more than 500 scans")
  }
}
