import Foundation
import TestSupport
import Testing

@testable import ImageFiles

/// The golden of Scripts/goldens/image_formats.py: what Pillow 13.0.0 makes of files of many kinds.
struct FormatGolden: Decodable {
  struct Entry: Decodable, CustomTestStringConvertible {
    let name: String
    let file: Data
    /// The trait of a format that a build may lack.
    let needs: String?
    let tolerance: Int
    /// Read by Pillow although data are missing or wrong.
    let isDamaged: Bool
    let width: Int?
    let height: Int?
    /// Nil where Pillow refuses the file.
    let rgb: Data?

    var testDescription: String { name }
    var isOfThisBuild: Bool { needs.map(FormatGolden.traits.contains) ?? true }
  }

  let files: [Entry]

  static let traits: Set<String> = {
    var traits: Set<String> = []
    #if WebP
      traits.insert("WebP")
    #endif
    #if TIFF
      traits.insert("TIFF")
    #endif
    #if GIF
      traits.insert("GIF")
    #endif
    #if HEIF
      traits.insert("HEIF")
    #endif
    return traits
  }()

  static let all: [Entry] =
    (try? TestFiles().golden("image-formats", as: FormatGolden.self).files) ?? []
  static let here = all.filter(\.isOfThisBuild)
  static let read = here.filter { $0.rgb != nil && !$0.isDamaged }
  static let refused = here.filter { $0.rgb == nil || $0.isDamaged }
}

struct ImageFormatTests {
  @Test func theGoldenHoldsAllKinds() {
    #expect(FormatGolden.all.count > 190)
    #expect(Set(FormatGolden.all.compactMap(\.needs)) == ["WebP", "TIFF", "GIF", "HEIF"])
    #expect(FormatGolden.all.filter { $0.rgb == nil }.count > 35)
  }

  @Test(arguments: FormatGolden.read)
  func aFileThatPillowReadsIsRead(entry: FormatGolden.Entry) throws {
    let image = try ImageFile.decode(entry.file, path: entry.name)
    #expect(image.width == entry.width && image.height == entry.height)
    let expected = try #require(entry.rgb)
    try #require(image.pixels.count == expected.count)
    let difference = zip(image.pixels, expected).map { abs(Int($0) - Int($1)) }.max()
    #expect(try #require(difference) <= entry.tolerance)
  }

  @Test(arguments: FormatGolden.refused)
  func aFileThatIsNotWholeIsRefused(entry: FormatGolden.Entry) {
    let error = #expect(throws: ImageError.self) {
      try ImageFile.decode(entry.file, path: entry.name)
    }
    #expect(error?.path == entry.name)
    #expect(error?.reason.isEmpty == false && error?.reason.contains("\n") == false)
  }

  @Test func theHeaderTellsTheSizeAfterOrientation() throws {
    try withFolder { folder in
      for entry in FormatGolden.read {
        let path = "\(folder)/\(entry.name)"
        try entry.file.write(to: URL(fileURLWithPath: path))
        let size = try ImageFile.size(path)
        #expect(size.width == entry.width && size.height == entry.height, "\(entry.name)")
      }
    }
  }

  @Test func brokenBytesNeverCrash() throws {
    var generator = SeededNumbers(5)
    var (images, errors) = (0, 0)
    for entry in FormatGolden.here {
      for _ in 0..<20 {
        var broken = entry.file
        for _ in 0..<generator.integer(1...4) {
          broken[generator.integer(0...broken.count - 1)] = UInt8(generator.integer(0...255))
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
    #expect(images > 500 && errors > 500)
  }

  @Test(arguments: FormatGolden.all.filter { !$0.isOfThisBuild && $0.rgb != nil })
  func aFormatWithoutItsLibrarySaysWhatToInstall(entry: FormatGolden.Entry) throws {
    let error = #expect(throws: ImageError.self) {
      try ImageFile.decode(entry.file, path: entry.name)
    }
    let trait = try #require(entry.needs)
    #expect(error?.reason.contains("this build has no ") == true)
    #expect(error?.reason.contains("(trait \(trait)), or convert") == true)
  }

  @Test func eachExtensionIsReadOrNot() {
    let (read, unread) = (Set(ImageFile.extensions), Set(ImageFile.unreadExtensions))
    #expect(ImageFile.extensions.starts(with: ["jpg", "jpeg", "jpe", "jfif"]))
    // JPEG and BMP by other names.
    #expect(read.isSuperset(of: ["png", "bmp", "jfi", "jif", "mpo", "dib"]))
    #expect(read.isDisjoint(with: unread))
    #expect(read.count == ImageFile.extensions.count)
    let known = read.union(unread)
    #expect(known.isSuperset(of: ["webp", "tif", "tiff", "gif", "heic", "avif", "svg"]))
    for (trait, name) in [("WebP", "webp"), ("TIFF", "tif"), ("GIF", "gif"), ("HEIF", "heic")] {
      #expect(read.contains(name) == FormatGolden.traits.contains(trait))
    }
  }
}
