import Files
import Foundation
import ModelFiles
import TestSupport
import Testing

struct CoreMLPackageTests {
  /// Adds ten numbers, which are more than stand in a program, to an image of ten pixels.
  private func package(_ first: Float = 0) -> CoreMLPackage {
    var program = CoreMLProgram()
    let shape = [1, 1, 1, 10]
    program.constants = [
      ("numbers", NamedArray(shape: shape, floats: [first, 1, 2, 3, 4, 5, 6, 7, 8, 9]))
    ]
    program.operations = [
      CoreMLProgram.Operation(
        "add", ["x": .value("image"), "y": .value("numbers")],
        output: CoreMLProgram.Value("sum", shape: [1, 3, 1, 10]))
    ]
    program.outputs = ["sum"]
    return CoreMLPackage(
      summary: "sums", image: CoreMLPackage.Image("image", width: 10, height: 1), program: program,
      metadata: ["b": "2", "a": "1", "c": "3"])
  }

  // By hand: a header of 64 bytes with one array and version 2; its record at 64 with mark, element
  // type, size and place; 40 bytes at 128, filled up to 192.
  @Test func weightsLieAtMultiplesOfSixtyFour() throws {
    try withFolder { folder in
      try package().write(to: folder + "/m.mlpackage")
      let path = folder + "/m.mlpackage/Data/com.apple.CoreML/weights/weight.bin"
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(data.count == 192)
      let words = stride(from: 0, to: data.count, by: 4).map { place in
        (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[place + $1]) << UInt32($1 * 8) }
      }
      #expect(Array(words[0..<16]) == [1, 2] + [UInt32](repeating: 0, count: 14))
      #expect(
        Array(words[16..<32]) == [0xDEAD_BEEF, 2, 40, 0, 128, 0] + [UInt32](repeating: 0, count: 10)
      )
      #expect(words[32..<42].map { Float(bitPattern: $0) } == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
      #expect(Array(words[42...]) == [UInt32](repeating: 0, count: 6))
    }
  }

  @Test func equalPackagesAreEqualByteByByte() throws {
    try withFolder { folder in
      for name in ["a", "b"] { try package().write(to: "\(folder)/\(name).mlpackage") }
      let name = "Data/com.apple.CoreML/model.mlmodel"
      let files = ["a", "b"].map {
        FileManager.default.contents(atPath: "\(folder)/\($0).mlpackage/\(name)")
      }
      #expect(files[0] != nil && files[0] == files[1])
    }
  }

  @Test func onlyAPackageOfThisProjectIsWrittenOver() throws {
    try withFolder { folder in
      let path = folder + "/m.mlpackage"
      try package().write(to: path)
      #expect(CoreMLPackage.isOwn(path))
      // A shell writes a slash behind a folder.
      try package(7).write(to: path + "/")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["m.mlpackage"])
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
          == ["Data", "Manifest.json"])
      let weights = try Data(
        contentsOf: URL(fileURLWithPath: path + "/Data/com.apple.CoreML/weights/weight.bin"))
      #expect(weights[128..<132] == Data([0, 0, 0xE0, 0x40]))

      let refusal =
        "\(path): expected a new path or a Core ML package of MultiBox, found another; not written"
        + " over"
      for (name, text) in [("notes.txt", "mine"), ("Manifest.json", "{}")] {
        let file = "\(path)/\(name)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        #expect(
          #expect(throws: FileError.self) { try package().write(to: path) }?.description == refusal)
        #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == Data(text.utf8))
        try FileManager.default.removeItem(atPath: file)
      }
      let missing = folder + "/none/m.mlpackage"
      #expect(
        #expect(throws: FileError.self) { try package().write(to: missing) }?.description
          == "\(missing): cannot be written: No such file or directory")
      #expect(!FileManager.default.fileExists(atPath: folder + "/none"))
    }
  }
}
