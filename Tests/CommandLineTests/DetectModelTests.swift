import Foundation
import ModelFiles
import Testing

/// `multibox detect --model`: the ONNX file of a training, run by OpenVINO.
struct DetectModelTests {
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

  /// Whatever the order of nearly equal scores. What is close to the threshold or to the cut of an
  /// image may be missing on one side.
  private func expectSame(_ a: Line, _ b: Line) {
    #expect(abs(a.detections.count - b.detections.count) <= 2)
    let last = max(a.detections.last?.score ?? 0, b.detections.last?.score ?? 0)
    for detection in a.detections where detection.score > last + 1e-3 {
      #expect(
        b.detections.contains { other in
          other.class == detection.class && abs(other.score - detection.score) < 1e-4
            && zip(other.box, detection.box).allSatisfy { abs($0 - $1) < 0.05 }
        }, "\(a.image): \(detection)")
    }
  }

  @Test func openVINOFindsWhatLibTorchFinds() throws {
    try CommandRunner.withFolder { folder in
      let run = folder + "/run"
      let training = try CommandRunner.run([
        "train", "--data", "shapes:images=48,side=96,seed=1", "--output", run, "--image-size", "96",
        "--epochs", "2", "--batch-size", "8", "--augmentation", "none", "--precision", "float32",
      ])
      try #require(training.status == 0, "\(training.err)")
      let pictures = folder + "/pictures"
      _ = try CommandRunner.run([
        "dataset", "shapes:images=32,side=96,seed=9", "--split", "val", "--export", pictures,
      ])
      let images = pictures + "/val"
      let model = run + "/detector.onnx"
      let found = try lines(["--model", model, images])
      #expect(found.count == 4)
      #expect(found.map(\.image) == found.map(\.image).sorted())
      #expect(found.contains { !$0.detections.isEmpty })
      // The run uses its ONNX file, and LibTorch where there is none.
      let ofRun = try lines(["--run", run, images + "/*.png"])
      try FileManager.default.moveItem(atPath: model, toPath: folder + "/m.onnx")
      let ofLibTorch = try lines(["--run", run, images])
      for other in [ofRun, ofLibTorch] {
        #expect(other.map(\.image) == found.map(\.image))
        for (a, b) in zip(found, other) { expectSame(a, b) }
      }
      let bfloat16 = try lines(["--model", folder + "/m.onnx", "--precision", "bfloat16", images])
      #expect(bfloat16.count == 4)

      // Decoding inside the file; an evaluation by both engines.
      let decoded = try CommandRunner.run([
        "export", "--run", run, "--format", "onnx", "--decode", "--output", folder + "/d.onnx",
      ])
      #expect(decoded.out == folder + "/d.onnx\n", "\(decoded.err)")
      let inside = try lines(["--model", folder + "/d.onnx", images])
      for (a, b) in zip(found, inside) { expectSame(a, b) }
      let evaluation = ["evaluate", "--json", "--split", "val", "--data"]
      let data = "shapes:images=32,side=96,seed=9"
      let byLibTorch = try CommandRunner.run(evaluation + [data, "--run", run])
      let byOpenVINO = try CommandRunner.run(
        evaluation + [data, "--model", folder + "/m.onnx"])
      func measures(_ output: CommandRunner.Output) throws -> [String: Any] {
        try #require(
          JSONSerialization.jsonObject(with: Data(output.out.utf8)) as? [String: Any],
          "\(output.err)")
      }
      let (a, b) = (try measures(byLibTorch), try measures(byOpenVINO))
      for name in ["AP", "AP50", "AR100"] {
        let difference =
          try #require(a[name] as? Double) - #require(b[name] as? Double)
        #expect(abs(difference) < 0.002, "\(name)")
      }
      let described = try CommandRunner.run(["describe", folder + "/m.onnx"])
      #expect(described.out.contains("images: float32 [1, 3, 96, 96]"), "\(described.err)")
      #expect(described.out.contains("It carries this description"))

      // A file whose description is of another version.
      var other = ONNXModel(name: "x")
      other.metadata = ["multibox": #"{"version": 1}"#]
      try other.write(to: folder + "/other.onnx")
      try Data("text".utf8).write(to: URL(fileURLWithPath: folder + "/text.onnx"))
      // One without any.
      other.metadata = [:]
      try other.write(to: folder + "/bare.onnx")
      let cases: [(arguments: [String], status: Int32, message: String)] = [
        (["--model", folder + "/none.onnx", images], 1, "multibox: F/none.onnx: no such file\n"),
        (
          ["--model", folder + "/text.onnx", images], 1,
          "multibox: F/text.onnx: not an ONNX file\n"
        ),
        (
          ["--model", folder + "/other.onnx", images], 1,
          "multibox: F/other.onnx: metadata: version: expected 2, found 1\n"
        ),
        (
          ["--model", folder + "/bare.onnx", images], 1,
          "multibox: F/bare.onnx: no multibox in its metadata; --description names a file or one of"
            + " ultraface, ssd-mobilenet-v1-coco-quant, and multibox describe proposes one\n"
        ),
        (
          ["--model", folder + "/m.onnx", folder + "/*.gif"], 1,
          "multibox: F/*.gif: no file matches\n"
        ),
        (
          ["--model", folder + "/m.onnx", pictures], 1,
          "multibox: F/pictures: holds no JPEG, PNG or BMP file\n"
        ),
        (["--model", "m", "--run", "r", images], 64, "Give either --run or --model"),
      ]
      for (arguments, status, message) in cases {
        let output = try CommandRunner.run(["detect"] + arguments)
        #expect(output.status == status)
        let text = output.err.replacingOccurrences(of: folder, with: "F")
        #expect(status == 1 ? text == message : text.contains(message), "\(text)")
      }
    }
  }
}
