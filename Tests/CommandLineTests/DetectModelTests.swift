import Commands
import Detectors
import Foundation
import ImageFiles
import ModelFiles
import MultiBox
import TestSupport
import Testing

/// A run of two epochs on shapes, and pictures that it was not trained on: made once for a suite.
struct TrainedRun: SuiteTrait, TestScoping {
  @TaskLocal static var folder = ""

  static var run: String { folder + "/run" }
  static var model: String { run + "/detector.onnx" }
  static let data = "shapes:images=32,side=96,seed=9"
  /// The folders of the splits.
  static var pictures: String { folder + "/pictures" }
  static var images: String { pictures + "/val" }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await withAsyncFolder { folder in
      let training = try CommandRunner.run([
        "train", "--data", "shapes:images=48,side=96,seed=1", "--output", folder + "/run",
        "--image-size", "96", "--epochs", "2", "--batch-size", "8", "--augmentation", "none",
        // A file that suppresses by itself knows no soft suppression.
        "--precision", "float32", "--suppression", "hard",
        // Twelve steps of AdamW find nothing yet.
        "--optimizer", "sgd",
      ])
      try #require(training.status == 0, "\(training.err)")
      let export = try CommandRunner.run([
        "dataset", Self.data, "--split", "val", "--export", folder + "/pictures",
      ])
      try #require(export.status == 0, "\(export.err)")
      try await Self.$folder.withValue(folder) { try await function() }
    }
  }
}

/// `multibox detect --model`: the ONNX file of a training, run by OpenVINO.
@Suite(TrainedRun()) struct DetectModelTests {
  private struct Line: Decodable {
    struct Item: Decodable {
      let `class`: String
      let score: Double
      let box: [Double]
    }
    let image: String
    let detections: [Item]
  }

  private func lines(_ arguments: [String]) throws -> [Line] {
    // OpenVINO looks for bfloat16 itself, and fails where this variable then keeps its oneDNN from
    // it: it cannot play an older processor.
    let output = try CommandRunner.run(
      [
        "-u", "ONEDNN_MAX_CPU_ISA", CommandRunner.multibox, "detect", "--json", "--threshold",
        "0.02",
      ]
        + arguments, executable: "/usr/bin/env")
    try #require(output.status == 0, "\(output.err)")
    return try output.out.split(separator: "\n").map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }
  }

  @Test func aClassWithACommaIsChosen() throws {
    try withFolder { folder in
      let model = folder + "/m.onnx"
      try ConstantModel.write(
        [(1, 0.9, [0, 0, 0.5, 0.5]), (2, 0.8, [0.5, 0.5, 1, 1])],
        classNames: ["light, red", "light"], to: model)
      let picture = RGBImage(width: 8, height: 8, pixels: [UInt8](repeating: 9, count: 192))
      try PNGFile.write(picture, to: folder + "/a.png")
      for (classes, found) in [(#"light\, red"#, ["light, red"]), (",light,", ["light"])] {
        let line = try lines(["--model", model, folder + "/a.png", "--classes", classes])
        #expect(line.flatMap(\.detections).map(\.class) == found)
      }
    }
  }

  /// Whatever the order of nearly equal scores. What is close to the threshold or to the cut of an
  /// image may be missing on one side.
  private func expectSame(_ a: Line, _ b: Line) {
    #expect(abs(a.detections.count - b.detections.count) <= 2)
    let last = max(a.detections.last?.score ?? 0, b.detections.last?.score ?? 0)
    let certain = a.detections.filter { $0.score > last + 1e-3 }
    #expect(!certain.isEmpty, "\(a.image)")
    for detection in certain {
      #expect(
        b.detections.contains { other in
          other.class == detection.class && abs(other.score - detection.score) < 1e-4
            && zip(other.box, detection.box).allSatisfy { abs($0 - $1) < 0.05 }
        }, "\(a.image): \(detection)")
    }
  }

  private func found() throws -> [Line] {
    let lines = try lines(["--model", TrainedRun.model, TrainedRun.images])
    try #require(lines.count == 4 && lines.allSatisfy { $0.detections.count > 2 })
    return lines
  }

  private func expectSame(_ a: [Line], _ b: [Line]) {
    #expect(a.map(\.image) == b.map(\.image))
    for (a, b) in zip(a, b) { expectSame(a, b) }
  }

  @Test func imagesComeInTheirOrder() throws {
    let names = try found().map(\.image)
    #expect(names == names.sorted())
  }

  // The run uses its ONNX file, and LibTorch where there is none.
  @Test func openVINOFindsWhatLibTorchFinds() throws {
    let found = try found()
    expectSame(found, try lines(["--run", TrainedRun.run, TrainedRun.images + "/*.png"]))
    try withFolder { folder in
      let copy = folder + "/run"
      try FileManager.default.copyItem(atPath: TrainedRun.run, toPath: copy)
      try FileManager.default.removeItem(atPath: copy + "/detector.onnx")
      expectSame(found, try lines(["--run", copy, TrainedRun.images]))
    }
  }

  // Eight places: the best score of an image may move by some hundredths.
  @Test func bfloat16FindsNearlyTheSame() throws {
    let (found, other) = try (
      found(),
      lines(["--model", TrainedRun.model, "--precision", "bfloat16", TrainedRun.images])
    )
    #expect(found.map(\.image) == other.map(\.image))
    for (a, b) in zip(found, other) {
      let (first, second) = try (#require(a.detections.first), #require(b.detections.first))
      #expect(abs(first.score - second.score) < 0.05, "\(a.image)")
    }
  }

  // A processor without bfloat16, whatever this one has: oneDNN is told so. LibTorch rounds to it
  // all the same, as its scores show.
  @Test(arguments: ["detect", "evaluate"])
  func aProcessorThatIsSlowAtBFloat16IsNamed(command: String) throws {
    try withFolder { folder in
      let copy = folder + "/run"
      try FileManager.default.copyItem(atPath: TrainedRun.run, toPath: copy)
      try FileManager.default.removeItem(atPath: copy + "/detector.onnx")
      let rest =
        command == "detect"
        ? [TrainedRun.images, "--threshold", "0.02", "--json"]
        : ["--data", TrainedRun.data, "--split", "val"]
      func output(_ precision: String) throws -> CommandRunner.Output {
        try CommandRunner.run(
          [
            "ONEDNN_MAX_CPU_ISA=AVX2", CommandRunner.multibox, command, "--run", copy,
            "--precision", precision,
          ] + rest, executable: "/usr/bin/env")
      }
      let (slow, usual) = try (output("bfloat16"), output("float32"))
      #expect(slow.status == 0 && usual.status == 0, "\(slow.err)\(usual.err)")
      let note = "precision bfloat16: as chosen, though this processor is slow at it\n"
      #expect(slow.err.contains(note), "\(slow.err)")
      #expect(!usual.err.contains("is slow at it"), "\(usual.err)")
      if command == "detect" { #expect(slow.out != usual.out) }
    }
  }

  @Test func anotherPrecisionThanTheChosenOneIsTold() {
    #expect(Precision.bfloat16.note(computedIn: .bfloat16) == nil)
    #expect(
      Precision.bfloat16.note(computedIn: .float32)
        == "OpenVINO computes in float32: this processor does not compute bfloat16")
  }

  @Test func decodingInsideTheFileFindsTheSame() throws {
    try withFolder { folder in
      let output = try CommandRunner.run([
        "export", "--run", TrainedRun.run, "--format", "onnx", "--decode", "--output",
        folder + "/d.onnx",
      ])
      #expect(output.out == folder + "/d.onnx\n", "\(output.err)")
      expectSame(try found(), try lines(["--model", folder + "/d.onnx", TrainedRun.images]))
    }
  }

  @Test func aFileOfOneImageFindsTheSame() throws {
    try withFolder { folder in
      let output = try CommandRunner.run([
        "export", "--run", TrainedRun.run, "--format", "onnx", "--batch", "1", "--output",
        folder + "/d.onnx",
      ])
      #expect(output.out == folder + "/d.onnx\n", "\(output.err)")
      let description = try CommandRunner.run(["describe", folder + "/d.onnx"])
      #expect(description.out.contains("images: float32 [1, 3, 96, 96]"), "\(description.err)")
      expectSame(try found(), try lines(["--model", folder + "/d.onnx", TrainedRun.images]))
    }
  }

  // What is in them, SSDModelsTests ask coremltools.
  @Test(arguments: [[], ["--raw"]]) func coreMLPackagesAreExported(options: [String]) throws {
    try withFolder { folder in
      let path = folder + "/d.mlpackage"
      let export =
        ["export", "--run", TrainedRun.run, "--format", "coreml", "--output", path] + options
      for _ in 0..<2 {
        let output = try CommandRunner.run(export)
        #expect(output.out == path + "\n", "\(output.err)")
      }
      let image = [Float](repeating: 128, count: 3 * 96 * 96)
      let checked = try #require(try CheckedCoreML.check([path], image: image).first)
      #expect((checked.pipeline == nil) == (options == ["--raw"]))
      #expect((checked.metadata["multibox"] != nil) == (options == ["--raw"]))

      try FileManager.default.removeItem(atPath: path + "/Manifest.json")
      let refused = try CommandRunner.run(export)
      #expect(refused.status == 1)
      #expect(refused.err.contains("expected a new path or a Core ML package of MultiBox"))
    }
  }

  @Test func bothEnginesMeasureTheSame() throws {
    func measures(_ detector: [String]) throws -> [String: Any] {
      let output = try CommandRunner.run(
        ["evaluate", "--json", "--split", "val", "--data", TrainedRun.data] + detector)
      return try #require(
        JSONSerialization.jsonObject(with: Data(output.out.utf8)) as? [String: Any],
        "\(output.err)")
    }
    let byLibTorch = try measures(["--run", TrainedRun.run])
    let byOpenVINO = try measures(["--model", TrainedRun.model])
    for name in ["AP", "AP50", "AR100"] {
      let (a, b) = try (
        #require(byLibTorch[name] as? Double), #require(byOpenVINO[name] as? Double)
      )
      #expect(a > 0 && abs(a - b) < 0.002, "\(name): \(a), \(b)")
    }
  }

  @Test func aModelDescribesItself() throws {
    let output = try CommandRunner.run(["describe", TrainedRun.model])
    #expect(output.out.contains("images: float32 [1, 3, 96, 96]"), "\(output.err)")
    #expect(output.out.contains("It carries this description"))
  }

  // More pixels in a row than Cairo draws on.
  @Test func aPictureThatCannotBeDrawnOnDoesNotKeepTheOthers() throws {
    try withFolder { folder in
      for (name, width, height) in [("a", 60_000, 2), ("b", 60, 40)] {
        let pixels = [UInt8](repeating: 128, count: width * height * 3)
        try PNGFile.write(
          RGBImage(width: width, height: height, pixels: pixels), to: "\(folder)/\(name).png")
      }
      let output = try CommandRunner.run([
        "detect", "--model", TrainedRun.model, folder, "--output", folder + "/drawn", "--csv",
        folder + "/t.csv", "--threshold", "0",
      ])
      #expect(output.status == 1)
      #expect(output.err.contains("\(folder)/a.png: "), "\(output.err)")
      #expect(output.err.hasSuffix("multibox: 1 of 2 pictures not read or drawn\n"))
      #expect(output.out.contains("\(folder)/b.png: "))
      let drawn = try FileManager.default.contentsOfDirectory(atPath: folder + "/drawn")
      #expect(drawn == ["b.png"])
      #expect(FileManager.default.fileExists(atPath: folder + "/t.csv"))
    }
  }

  private static let mistakes: [(arguments: [String], status: Int32, message: String)] = [
    (["--model", "MINE/none.onnx", "IMAGES"], 1, "multibox: MINE/none.onnx: no such file\n"),
    (
      ["--model", "MINE/text.onnx", "IMAGES"], 1,
      "multibox: MINE/text.onnx: expected a model that OpenVINO reads (ONNX, TFLite, OpenVINO's own XML), found text: \"text\"\n"
    ),
    (
      ["--model", "MINE/other.onnx", "IMAGES"], 1,
      "multibox: MINE/other.onnx: metadata: version: expected 2, found 1 (line 1, column 13)\n"
    ),
    (
      ["--model", "MINE/bare.onnx", "IMAGES"], 1,
      "multibox: MINE/bare.onnx: no multibox in its metadata; --description names a file or one of"
        + " ultraface, ssd-mobilenet-v1-coco-quant, blazeface, and multibox describe proposes one\n"
    ),
    (["--model", "MODEL", "MINE/*.gif"], 1, "multibox: MINE/*.gif: no file matches\n"),
    (
      ["--model", "MODEL", "MINE/empty"], 1,
      "multibox: MINE/empty: holds no image\n"
    ),
    (["--model", "m", "--run", "r", "IMAGES"], 64, "Give either --run or --model"),
  ]

  @Test(arguments: mistakes)
  func mistakesAreOneLine(arguments: [String], status: Int32, message: String) throws {
    try withFolder { folder in
      // A file whose description is of another version, one without any, and one of text.
      var other = ONNXModel(name: "x")
      other.metadata = ["multibox": #"{"version": 1}"#]
      try other.write(to: folder + "/other.onnx")
      other.metadata = [:]
      try other.write(to: folder + "/bare.onnx")
      try Data("text".utf8).write(to: URL(fileURLWithPath: folder + "/text.onnx"))
      let paths = [
        ("IMAGES", TrainedRun.images), ("MODEL", TrainedRun.model), ("MINE/", folder + "/"),
      ]
      try FileManager.default.createDirectory(
        atPath: folder + "/empty/inner", withIntermediateDirectories: true)
      func replaced(_ text: String) -> String {
        paths.reduce(text) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
      }
      let output = try CommandRunner.run(["detect"] + arguments.map(replaced))
      #expect(output.status == status)
      let expected = replaced(message)
      #expect(
        status == 1 ? output.err == expected : output.err.contains(expected), "\(output.err)")
    }
  }
}
