import Foundation
import ImageFiles
import MultiBox
import TestSupport
import Testing

/// The goldens of Scripts/goldens/images.py.
struct ImageGoldens: Decodable {
  struct Pixels: Decodable {
    let name: String?
    let file: Data?
    let width: Int
    let height: Int
    let box: [Double]?
    let rgb: Data
  }
  let files: [Pixels]
  let source: Pixels
  let resized: [Pixels]

  static let all: ImageGoldens? = try? JSONDecoder().decode(
    ImageGoldens.self,
    from: Data(contentsOf: TestFiles().folder.appendingPathComponent("Goldens/images.json")))
}

struct ImageFileTests {
  private let goldens: ImageGoldens

  init() throws { goldens = try #require(ImageGoldens.all) }

  private func largestDifference(_ found: [UInt8], _ expected: Data) -> Int {
    guard found.count == expected.count else { return .max }
    return zip(found, expected).map { abs(Int($0) - Int($1)) }.max() ?? .max
  }

  // Pillow, see Scripts/goldens/images.py. Lossless kinds exactly; JPEG and 16 bit within what two
  // builds of libjpeg-turbo, and rounding, differ by.
  @Test func everyKindOfFileBecomesRGB() throws {
    #expect(goldens.files.count == 22)
    for entry in goldens.files {
      let name = try #require(entry.name)
      let image = try ImageFile.decode(#require(entry.file), path: name)
      #expect(image.width == entry.width && image.height == entry.height, "\(name)")
      let tolerance = name.hasPrefix("jpeg") ? 2 : name == "png-16" ? 1 : 0
      #expect(largestDifference(image.pixels, entry.rgb) <= tolerance, "\(name)")
    }
  }

  @Test func theHeaderTellsTheSizeAfterOrientation() throws {
    try withFolder { folder in
      for entry in goldens.files {
        let path = "\(folder)/\(entry.name ?? "")"
        try #require(entry.file).write(to: URL(fileURLWithPath: path))
        let size = try ImageFile.size(path)
        #expect(size.width == entry.width && size.height == entry.height, "\(path)")
      }
    }
  }

  @Test func unreadableFilesSayWhy() throws {
    let missing = #expect(throws: ImageError.self) { try ImageFile.read("/no/such.png") }
    #expect(missing?.description == "/no/such.png: no such file")
    let folder = #expect(throws: ImageError.self) { try ImageFile.read("/tmp") }
    #expect(folder?.description == "/tmp: a folder, not a file")
    let empty = #expect(throws: ImageError.self) { try ImageFile.decode(Data(), path: "x.jpg") }
    #expect(empty?.description == "x.jpg: is empty")
  }

  @Test(arguments: ["png-RGB", "bmp-P", "jpeg-RGB"]) func truncationIsAnError(name: String) throws {
    let file = try #require(goldens.files.first { $0.name == name }?.file)
    for count in 0..<file.count - 20 {
      #expect(throws: ImageError.self) {
        try ImageFile.decode(file.prefix(count), path: name)
      }
    }
  }

  @Test func brokenBytesNeverCrash() throws {
    var generator = SeededNumbers(3)
    var (images, errors) = (0, 0)
    for entry in goldens.files {
      let file = try #require(entry.file)
      for _ in 0..<100 {
        var broken = file
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
          broken[Int.random(in: 0..<file.count, using: &generator)] = UInt8.random(
            in: 0...255, using: &generator)
        }
        do {
          let image = try ImageFile.decode(broken, path: "broken")
          #expect(image.pixels.count == image.width * image.height * 3)
          images += 1
        } catch let error as ImageError {
          #expect(error.path == "broken")
          errors += 1
        }
      }
    }
    #expect(images > 100 && errors > 100)
  }

  @Test func writtenPNGIsReadBackExactly() throws {
    try withFolder { folder in
      let image = RGBImage(
        width: 33, height: 7,
        pixels: (0..<33 * 7 * 3).map { UInt8(truncatingIfNeeded: $0 &* 37) })
      try PNGFile.write(image, to: "\(folder)/a.png")
      #expect(try ImageFile.read("\(folder)/a.png") == image)
      try JPEGFile.write(image, to: "\(folder)/a.jpg")
      #expect(try ImageFile.size("\(folder)/a.jpg").width == 33)
    }
  }

  // Pillow's bilinear, which widens with the reduction; within one grey level.
  @Test func resamplingIsPillows() throws {
    let source = RGBImage(
      width: goldens.source.width, height: goldens.source.height,
      pixels: [UInt8](goldens.source.rgb))
    #expect(goldens.resized.count == 5)
    for expected in goldens.resized {
      let window = expected.box.map { PixelBox(xMin: $0[0], yMin: $0[1], xMax: $0[2], yMax: $0[3]) }
      let output = ImageResampler(width: expected.width, height: expected.height)
        .image(of: source, window: window)
      #expect(
        largestDifference(output.pixels, expected.rgb) <= 1,
        "\(expected.width) × \(expected.height)")
    }
  }
}
