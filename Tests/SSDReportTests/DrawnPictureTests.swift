import Foundation
import ImageFiles
import MultiBox
import TestSupport
import Testing

@testable import SSDReport

/// Which pictures of a folder are replaced.
struct DrawnPictureTests {
  private let image = RGBImage(width: 40, height: 30, pixels: [UInt8](repeating: 9, count: 3600))
  private let detections = [
    PixelDetection(
      box: PixelBox(xMin: 5, yMin: 5, xMax: 20, yMax: 20), classIndex: 1, score: 0.75)
  ]

  /// Draws the pictures, and returns the names of the files in the folder.
  private func draw(
    _ paths: [String], in folder: String, outputs: [String] = [], className: String = "cat"
  ) throws -> (names: [String], text: String) {
    var presenter = try DetectionPresenter(
      classNames: [className], output: folder, json: false, inputs: paths, outputs: outputs)
    let text = try paths.map { try presenter.present(detections, in: image, path: $0) }
    return (
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted(),
      text.joined(separator: "\n")
    )
  }

  private func contents(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
  }

  @Test func aSecondRunReplacesThePicturesOfTheFirst() throws {
    try withFolder { folder in
      let paths = ["\(folder)/a.png", "\(folder)/b.jpg"]
      try PNGFile.write(image, to: paths[0])
      try JPEGFile.write(image, to: paths[1])
      let out = folder + "/out"
      for _ in 0..<2 { #expect(try draw(paths, in: out).names == ["a.png", "b.jpg"]) }
    }
  }

  // A picture of one's own, in a folder that holds no input.
  @Test(arguments: ["a.png", "a.jpg"]) func aPictureThatWasNotDrawnHereStays(name: String) throws {
    try withFolder { folder in
      let path = "\(folder)/\(name)"
      let out = folder + "/out"
      try FileManager.default.createDirectory(
        atPath: out, withIntermediateDirectories: false)
      for path in [path, "\(out)/\(name)"] {
        if name.hasSuffix("jpg") {
          try JPEGFile.write(image, to: path)
        } else {
          try PNGFile.write(image, to: path)
        }
      }
      let before = try contents("\(out)/\(name)")
      let other = name.replacing("a.", with: "a-2.")
      // The next run replaces its own again.
      for _ in 0..<2 {
        let drawn = try draw([path], in: out)
        #expect(drawn.names == [other, name].sorted())
        #expect(drawn.text.hasPrefix("\(path): 1 found, drawn in \(out)/\(other)\n"))
        #expect(try contents("\(out)/\(name)") == before)
      }
    }
  }

  @Test func noPictureGetsThePathOfAnotherOutput() throws {
    try withFolder { folder in
      let path = folder + "/a.png"
      try PNGFile.write(image, to: path)
      let out = folder + "/out"
      let outputs = ["\(out)/x/../a.png", "\(out)/a-2.png"]
      #expect(try draw([path], in: out, outputs: outputs).names == ["a-3.png"])
    }
  }

  @Test func aNameOfSeveralLinesStaysInItsLine() throws {
    try withFolder { folder in
      let path = folder + "/a.png"
      try PNGFile.write(image, to: path)
      let text = try draw([path], in: folder + "/out", className: "a\nb\tc").text
      #expect(
        text.split(separator: "\n").map(String.init) == [
          "\(path): 1 found, drawn in \(folder)/out/a.png",
          #"  a\u000Ab\u0009c 0.75 [5, 5, 20, 20]"#,
        ])
    }
  }
}
