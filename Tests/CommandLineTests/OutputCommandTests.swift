import Foundation
import ImageFiles
import TestSupport
import Testing

/// What commands write, and what they leave alone.
struct OutputCommandTests {
  private let image = RGBImage(width: 40, height: 40, pixels: [UInt8](repeating: 9, count: 4800))

  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  private func contents(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
  }

  /// Calls `body` with a folder that holds a model, a folder of a picture, and one of a picture
  /// that was not drawn by anybody here.
  private func withModel(_ body: (String) throws -> Void) throws {
    try withFolder { folder in
      try ConstantModel.write([(1, 0.75, [0.1, 0.1, 0.5, 0.5])], to: folder + "/m.onnx")
      for name in ["photos", "mine"] {
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(name)", withIntermediateDirectories: false)
        try PNGFile.write(image, to: "\(folder)/\(name)/a.png")
      }
      try body(folder)
    }
  }

  @Test func detectReplacesItsOwnPicturesAndNoOthers() throws {
    try withModel { folder in
      let before = try contents(folder + "/mine/a.png")
      for _ in 0..<2 {
        for (output, drawn) in [("out", ["a.png"]), ("mine", ["a-2.png", "a.png"])] {
          let run = try CommandRunner.run(
            ["detect", "--model", "m.onnx", "photos", "--output", output], in: folder)
          #expect(run.status == 0, "\(run.err)")
          #expect(run.out.hasPrefix("photos/a.png: 1 found, drawn in \(output)/\(drawn[0])\n"))
          #expect(try names("\(folder)/\(output)") == drawn)
        }
        #expect(try contents(folder + "/mine/a.png") == before)
      }
    }
  }

  // Two pictures of one name from two folders, and what was drawn among them before.
  @Test func detectLooksIntoFoldersButNotAtWhatItDraws() throws {
    try withModel { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/photos/more", withIntermediateDirectories: false)
      try PNGFile.write(image, to: folder + "/photos/more/a.png")
      for round in 0..<2 {
        let run = try CommandRunner.run(
          ["detect", "--model", "m.onnx", "photos", "--output", "photos/out"], in: folder)
        #expect(run.status == 0, "\(run.err)")
        #expect(
          run.out.split(separator: "\n").filter { !$0.hasPrefix(" ") } == [
            "photos/a.png: 1 found, drawn in photos/out/a.png",
            "photos/more/a.png: 1 found, drawn in photos/out/a-2.png",
          ])
        #expect(
          run.err.contains("note: 2 pictures in photos/out left out: what is found is drawn there")
            == (round == 1), "\(run.err)")
        #expect(try names(folder + "/photos/out") == ["a-2.png", "a.png"])
      }
    }
  }

  // They became twice as many each time.
  @Test func picturesDrawnBesideThePhotosAreNoPhotosTheNextTime() throws {
    try withModel { folder in
      for name in ["configuration.json", "weights.safetensors", "report.png"] {
        let path = "\(folder)/photos/run/\(name)"
        try FileManager.default.createDirectory(
          atPath: folder + "/photos/run", withIntermediateDirectories: true)
        try name.hasSuffix("png")
          ? PNGFile.write(image, to: path) : Data().write(to: URL(fileURLWithPath: path))
      }
      for round in 0..<3 {
        let run = try CommandRunner.run(
          ["detect", "--model", "m.onnx", "photos", "--output", "photos"], in: folder)
        #expect(run.status == 0, "\(run.err)")
        #expect(run.out.hasPrefix("photos/a.png: 1 found, drawn in photos/a-2.png\n"))
        #expect(try names(folder + "/photos") == ["a-2.png", "a.png", "run"])
        #expect(
          run.err.contains("note: photos/a-2.png: drawn by detect before, left out\n")
            == (round > 0), "\(run.err)")
        #expect(run.err.contains("note: photos/run: a run, left out\n"), "\(run.err)")
      }
    }
  }

  @Test func aTableInTheFolderOfPicturesStaysATable() throws {
    try withModel { folder in
      let run = try CommandRunner.run(
        ["detect", "--model", "m.onnx", "photos", "--output", "out", "--csv", "out/a.png"],
        in: folder)
      #expect(run.status == 0, "\(run.err)")
      #expect(try names(folder + "/out") == ["a-2.png", "a.png"])
      #expect(try contents(folder + "/out/a.png").starts(with: Data("image,class".utf8)))
    }
  }

  // All is read before the first folder is made.
  @Test(arguments: [
    ["--classes", "dog"], ["--coco", "new/r.json", "--coco-ids", "none.json"],
    ["--csv", "new/t.csv", "--crops", "photos"],
  ])
  func whatCannotBeReadLeavesNothing(options: [String]) throws {
    try withModel { folder in
      let before = try names(folder)
      let run = try CommandRunner.run(
        ["detect", "--model", "m.onnx", "photos", "--output", "out"] + options, in: folder)
      #expect(run.status != 0)
      #expect(try names(folder) == before)
    }
  }

  @Test func defaultBoxesAreNotWrittenWhereTheImageIsMissing() throws {
    try withFolder { folder in
      let command = [
        "default-boxes", "shapes:images=8,side=64", "--image-size", "64", "--output", "b.json",
        "--picture", "p.png",
      ]
      let missing = try CommandRunner.run(command + ["--image", "nope"], in: folder)
      #expect(missing.status == 1 && missing.err.contains("no image nope"), "\(missing.err)")
      #expect(try names(folder).isEmpty)
      // Its own it writes over, another's it does not.
      for _ in 0..<2 { #expect(try CommandRunner.run(command, in: folder).status == 0) }
      try PNGFile.write(image, to: folder + "/p.png")
      try FileManager.default.removeItem(atPath: folder + "/b.json")
      let other = try CommandRunner.run(command, in: folder)
      #expect(
        other.err.hasSuffix(
          "multibox: p.png: expected a new file or a picture of default-boxes, found another;"
            + " not written over\n"))
      #expect(try names(folder) == ["p.png"])
    }
  }

  // A preset's name is no file of default boxes.
  @Test func aFileThatIsCalledAsAPresetIsNotWrittenOver() throws {
    try withFolder { folder in
      try Data("mine".utf8).write(to: URL(fileURLWithPath: folder + "/ssd300-voc"))
      let run = try CommandRunner.run(
        [
          "default-boxes", "shapes:images=8,side=64", "--image-size", "64", "--output",
          "ssd300-voc",
        ], in: folder)
      #expect(run.status == 1 && run.err.contains("not written over"), "\(run.err)")
      #expect(try contents(folder + "/ssd300-voc") == Data("mine".utf8))
    }
  }

  // The name of the data, whatever the path, and never within them.
  @Test(arguments: [
    ("photos", ".", "photos-new"), ("photos/", ".", "photos-new"),
    ("./photos/.", ".", "photos-new"), (".", "photos", "photos-new"),
    ("./", "photos", "photos-new"), ("..", "photos/train", "photos-new"),
    ("../photos", "photos", "photos-new"), ("../photos/", "other", "other/photos-new"),
  ])
  func theNewFolderHasTheNameOfTheData(data: String, place: String, written: String) throws {
    try withFolder { folder in
      let made = try CommandRunner.run(
        ["dataset", "shapes:images=6,side=32", "--convert", "folder", "--output", "photos"],
        in: folder)
      #expect(made.status == 0, "\(made.err)")
      try FileManager.default.createDirectory(
        atPath: folder + "/other", withIntermediateDirectories: false)
      let before = try FileManager.default.subpathsOfDirectory(atPath: folder + "/photos").sorted()
      let run = try CommandRunner.run(
        ["dataset", data, "--write"], in: "\(folder)/\(place)")
      #expect(run.status == 0, "\(run.err)")
      #expect(
        try FileManager.default.subpathsOfDirectory(atPath: folder + "/photos").sorted() == before)
      let new = try FileManager.default.subpathsOfDirectory(atPath: "\(folder)/\(written)")
      #expect(new.sorted() == before)
    }
  }

  // Before the data are read: there are none.
  @Test func aFileInTheFoldersPlaceIsToldFirst() throws {
    try withFolder { folder in
      try Data().write(to: URL(fileURLWithPath: folder + "/file"))
      for output in ["file", "file/run"] {
        let run = try CommandRunner.run(
          ["train", "--data", "none", "--output", output], in: folder)
        #expect(run.status == 1)
        #expect(run.err == "multibox: file: expected a folder, found a file\n")
      }
    }
  }

  @Test func aTrainingFindsAFolderInAFilesPlaceBefore() throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/run/weights.safetensors", withIntermediateDirectories: true)
      let run = try CommandRunner.run(
        ["train", "--data", "shapes:images=8,side=64", "--image-size", "64", "--output", "run"],
        in: folder)
      #expect(run.status == 1)
      #expect(
        run.err.hasSuffix(
          "multibox: run/weights.safetensors: is a folder, where a training writes a file\n"),
        "\(run.err)")
      #expect(try names(folder + "/run") == ["weights.safetensors"])
    }
  }
}
