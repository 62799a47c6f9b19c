import Datasets
import Detectors
import Files
import Foundation
import ImageFiles
import MultiBox
import SSDReport
import TestSupport
import Testing

@testable import Commands

#if canImport(OpenVINODetector)
  import OpenVINODetector
#endif

/// `multibox export --check`, by the built programs.
@Suite(TrainedRun()) struct ExportCheckCommandTests {
  /// A line of the table: what stands behind the title, from the right.
  private func figures(_ output: String, of title: String) throws -> [String] {
    let line = output.split(separator: "\n").first { $0.hasPrefix(title) }
    return try #require(line, "\(output)").split(separator: "  ").dropFirst()
      .map { $0.trimmingCharacters(in: .whitespaces) }
  }

  private func export(
    _ options: [String], format: String = "onnx", run: String = TrainedRun.run,
    data: String = TrainedRun.data, to path: String
  ) throws -> CommandRunner.Output {
    try CommandRunner.run(
      ["export", "--run", run, "--format", format, "--output", path]
        + ["--check", data, "--split", "val"] + options)
  }

  @Test func theFileIsMeasuredBesideTheRun() throws {
    try withFolder { folder in
      let path = folder + "/d.onnx"
      let output = try export([], to: path)
      #expect(output.status == 0, "\(output.err)")
      let lines = output.out.split(separator: "\n")
      #expect(lines.count == 4 && lines.first.map(String.init) == path, "\(output.out)")
      #expect(lines[1].hasPrefix("val, 4 images") && lines[1].hasSuffix("offsets differ by"))
      let run = try figures(output.out, of: "run, LibTorch, float32")
      let file = try figures(output.out, of: "ONNX, OpenVINO, float32")
      try #require(run.count == 2 && file.count == 4, "\(output.out)")
      // Two engines sum in different orders, and differ: nothing is compared with itself.
      #expect(file[2] != "0" && file[3] != "0")
      #expect(output.err.contains("\(path): as the run, logits and offsets within 0.001"))

      let evaluated = try CommandRunner.run([
        "evaluate", "--json", "--split", "val", "--data", TrainedRun.data, "--model", path,
      ])
      let measures = try #require(
        JSONSerialization.jsonObject(with: Data(evaluated.out.utf8)) as? [String: Any],
        "\(evaluated.err)")
      let values = try ["AP", "AP50"].map { try #require(measures[$0] as? Double) }
      #expect(values[0] > 0)
      let expected = values.map { String(format: "%.4f", $0) }
      #expect(Array(file.prefix(2)) == expected)
    }
  }

  @Test func rowsAreComparedByAveragePrecision() throws {
    try withFolder { folder in
      let output = try export(["--decode"], to: folder + "/d.onnx")
      #expect(output.status == 0, "\(output.err)")
      // The run suppresses hard itself.
      #expect(output.out.split(separator: "\n").count == 4, "\(output.out)")
      let file = try figures(output.out, of: "rows of ONNX, OpenVINO, float32")
      #expect(file.count == 4 && file.suffix(2) == ["–", "–"], "\(output.out)")
    }
  }

  // By its configuration the run then suppresses softly, which no file does.
  @Test func rowsAreComparedUnderHardSuppression() throws {
    try withFolder { folder in
      let run = folder + "/run"
      try FileManager.default.copyItem(atPath: TrainedRun.run, toPath: run)
      let path = run + "/configuration.json"
      var object = try #require(
        JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
          as? [String: Any])
      var suppression = try #require(object["suppression"] as? [String: Any])
      suppression["gaussianSigma"] = 0.5
      object["suppression"] = suppression
      try JSONSerialization.data(withJSONObject: object).write(to: URL(fileURLWithPath: path))
      let output = try export(["--decode"], run: run, to: folder + "/d.onnx")
      #expect(output.status == 0, "\(output.err)")
      #expect(output.out.split(separator: "\n").count == 5, "\(output.out)")
      let hard = try figures(
        output.out, of: "run, LibTorch, float32, hard suppression at IoU 0.45")
      let file = try figures(output.out, of: "rows of ONNX, OpenVINO, float32")
      for (expected, found) in zip(hard.prefix(2), file) {
        #expect(try abs(#require(Double(expected)) - #require(Double(found))) < 0.0011)
      }
    }
  }

  @Test func aCoreMLPackageIsSaidNotToBeExecuted() throws {
    try withFolder { folder in
      let path = folder + "/d.mlpackage"
      let output = try export([], format: "coreml", to: path)
      #expect(output.status == 0, "\(output.err)")
      #expect(output.out.contains("\nCore ML, not executed here\n"), "\(output.out)")
      #expect(
        output.err.contains("\(path): not compared: Core ML runs on Apple's systems"),
        "\(output.err)")
      #expect(!output.err.contains("as the run"))
    }
  }

  @Test func pastTheToleranceTheStatusIs1() throws {
    try withFolder { folder in
      let path = folder + "/d.onnx"
      let output = try export(["--tolerance", "0"], to: path)
      #expect(output.status == 1)
      #expect(output.out.contains("\nONNX, OpenVINO, float32"), "\(output.out)")
      #expect(
        output.err.contains(
          "multibox: \(path): was written, and is not as the run: logits differ by up to"),
        "\(output.err)")
      #expect(output.err.contains("more than --tolerance 0.0"))
      #expect(!output.err.contains("as the run, logits"))
      #expect(FileManager.default.fileExists(atPath: path))
    }
  }

  @Test func ofBFloat16OnlyAveragePrecisionIsAsked() throws {
    try withFolder { folder in
      let output = try export(["--precision", "bfloat16"], to: folder + "/d.onnx")
      #expect(output.status == 0, "\(output.err)")
      #expect(output.out.contains("run, LibTorch, bfloat16"), "\(output.out)")
      #expect(output.err.contains("d.onnx: as the run, AP and AP50 within 0.02"), "\(output.err)")
    }
  }

  // A small network of four classes' worth of training: AP of four images moves far.
  @Test func aFileOfEightBitsIsMeasuredToo() throws {
    try withFolder { folder in
      let path = folder + "/d.onnx"
      let output = try export(
        [
          "--precision", "int8", "--data", TrainedRun.data, "--calibration-images", "6",
          "--ap-tolerance", "0.3",
        ], to: path)
      #expect(output.status == 0, "\(output.err)")
      #expect(output.out.contains("ONNX, OpenVINO, int8"), "\(output.out)")
      #expect(output.out.contains("run, LibTorch, float32"), "\(output.out)")
      #expect(output.err.contains("ranges of 6 images"), "\(output.err)")
      let file = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(file.range(of: Data("QuantizeLinear".utf8)) != nil)
      let detected = try CommandRunner.run([
        "evaluate", "--split", "val", "--data", TrainedRun.data, "--model", path,
      ])
      #expect(detected.status == 0, "\(detected.err)")
    }
  }

  @Test(arguments: [
    ("/no/such/folder", "/no/such/folder"), ("shapes:images=0", "images=0: out of range"),
  ])
  func wrongDataAreToldBeforeAnythingIsWritten(data: String, name: String) throws {
    try withFolder { folder in
      let output = try export([], data: data, to: folder + "/d.onnx")
      #expect(output.status == 1)
      #expect(output.err.contains(name) && output.out.isEmpty, "\(output.err)")
      #expect(!FileManager.default.fileExists(atPath: folder + "/d.onnx"))
    }
  }

  #if canImport(OpenVINODetector)
    /// Compares the run's own file with one in which a text of its description was replaced by
    /// another of the same length.
    private func result(
      _ own: String, _ other: String, _ tolerances: ExportTolerances = .usual(.float32)
    ) throws -> (table: TextTable, failure: FileError?) {
      try withFolder { folder in
        var bytes = try Data(contentsOf: URL(fileURLWithPath: TrainedRun.model))
        let place = try #require(bytes.range(of: Data(own.utf8)), "\(own)")
        try #require(own.utf8.count == other.utf8.count)
        bytes.replaceSubrange(place, with: Data(other.utf8))
        let path = folder + "/damaged.onnx"
        try bytes.write(to: URL(fileURLWithPath: path))
        let dataset = try ShapesSpecification(TrainedRun.data).dataset(split: "val")
        let check = ExportCheck(dataset, split: "val", tolerances: tolerances, threadCount: 2)
        return try check.result(
          ModelDetector(TrainedRun.model, threadCount: 1), title: "run",
          forms: [
            ExportCheck.Form(
              "damaged", path: path, .heads(ModelDetector(path, threadCount: 1)))
          ])
      }
    }

    @Test func aFileOfTheSameNumbersHasNoDifference() throws {
      let (table, failure) = try result(#""mean":[127.5"#, #""mean":[127.5"#)
      #expect(failure == nil)
      #expect(table.rows.count == 2 && table.rows[1].suffix(2) == ["0", "0"])
      #expect(table.rows[0].dropFirst().prefix(2) == table.rows[1].dropFirst().prefix(2))
    }

    @Test func aFileThatComputesOtherLogitsFails() throws {
      let (table, failure) = try result(#""mean":[127.5"#, #""mean":[107.5"#)
      let reason = try #require(failure).reason
      #expect(reason.contains("logits differ by up to") && reason.contains("--tolerance 0.001"))
      #expect(table.rows[1].count == 5 && table.rows[1][3] != "0")
    }

    // The logits are the same, and the boxes are not.
    @Test func aFileThatDecodesOtherwiseFails() throws {
      let (table, failure) = try result(
        #""sizeVariance":0.2"#, #""sizeVariance":0.9"#,
        ExportTolerances(predictions: 0, averagePrecision: 1e-5))
      let reason = try #require(failure).reason
      #expect(reason.contains("AP differs by") && !reason.contains("logits"), "\(reason)")
      #expect(table.rows[1].suffix(2) == ["0", "0"])
    }
  #endif
}

/// What the table says of detectors whose numbers are known.
struct ExportCheckTests {
  /// Finds nothing, and gives the same numbers for each image.
  private struct ConstantDetector: PredictingDetector {
    let classNames: ClassNames = ["cat"]
    let logits: [Float]

    func detections(in images: [RGBImage]) throws -> [[PixelDetection]] { images.map { _ in [] } }

    func predictions(for image: RGBImage) throws -> Predictions {
      Predictions(
        logits: logits, offsets: [0, 0, 0, 0],
        defaultBoxes: try DefaultBoxes([CenterBox(cx: 0.5, cy: 0.5, width: 1, height: 1)]))
    }
  }

  private func check(
    hasObject: Bool = true, _ tolerances: ExportTolerances = .usual(.float32)
  ) -> ExportCheck {
    let object = LabeledPixelBox(
      box: PixelBox(xMin: 0, yMin: 0, xMax: 4, yMax: 4), classIndex: 1)
    let image = DatasetImage(
      name: "a",
      source: .generated {
        RGBImage(width: 8, height: 8, pixels: [UInt8](repeating: 9, count: 192))
      }, width: 8, height: 8, groundTruth: hasObject ? [object] : [])
    return ExportCheck(
      DetectionDataset(classNames: ["cat"], images: [image]), split: "test",
      tolerances: tolerances, threadCount: 1)
  }

  // By hand: both are found by nobody, so AP is 0 on both sides; the logits are 0.25 apart.
  @Test func differencesBeyondTheToleranceAreNamed() throws {
    let (table, failure) = try check().result(
      ConstantDetector(logits: [0, 1]), title: "run",
      forms: [
        ExportCheck.Form("near", path: "n", .heads(ConstantDetector(logits: [0, 1.0005]))),
        ExportCheck.Form("far", path: "f", .heads(ConstantDetector(logits: [0, 1.25]))),
        ExportCheck.Form("none", path: "x", .notExecuted(reason: "no engine")),
      ])
    #expect(
      table.rows.map(\.first) == ["run", "near", "far", "none, not executed here"])
    #expect(table.rows[2] == ["far", "0.0000", "0.0000", "0.25", "0"])
    #expect(
      failure
        == FileError(
          path: "f",
          reason: "was written, and is not as the run: logits differ by up to 0.25, more than"
            + " --tolerance 0.001"))
  }

  @Test func whatIsNoNumberIsPastEachTolerance() throws {
    let (table, failure) = try check().result(
      ConstantDetector(logits: [0, 1]), title: "run",
      forms: [ExportCheck.Form("f", path: "f", .heads(ConstantDetector(logits: [0, .nan])))])
    #expect(table.rows[1][3] == "∞")
    #expect(failure?.reason.contains("differ by up to ∞") == true)
  }

  // Single logits of bfloat16 are far off, and say nothing.
  @Test(arguments: [Float(9), .nan]) func ofBFloat16OnlyNumbersAreAsked(logit: Float) throws {
    let (table, failure) = try check(.usual(.bfloat16)).result(
      ConstantDetector(logits: [0, 1]), title: "run",
      forms: [ExportCheck.Form("f", path: "f", .heads(ConstantDetector(logits: [0, logit])))])
    #expect(table.rows[1][3] == (logit.isNaN ? "∞" : "8"))
    #expect(
      failure?.reason.contains("logits are no numbers where the run's are")
        == (logit.isNaN ? true : nil))
  }

  @Test func rowsNeedObjects() throws {
    let detector = ConstantDetector(logits: [0, 1])
    func result(_ hasObject: Bool) throws -> FileError? {
      try check(hasObject: hasObject).result(
        detector, title: "run",
        forms: [ExportCheck.Form("f", path: "f", .rows(detector, like: nil))]
      ).failure
    }
    #expect(try result(true) == nil)
    #expect(throws: FileError.self) { try result(false) }
  }
}
