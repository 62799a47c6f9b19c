import Foundation
import ImageFiles
import TestSupport
import Testing

struct EvaluateCommandTests {
  // pycocotools 2.0.11, as shared/README.md gives it.
  @Test(.enabled(if: SharedMaterial.has("data/bccd"), "needs ../shared"))
  func cocoFilesAreMeasured() throws {
    let folder = SharedMaterial.folder + "/golden/coco"
    let files = [
      "--ground-truth", folder + "/instances_val2014_100.json", "--detections",
      folder + "/instances_val2014_fakebbox100_results.json",
    ]
    let output = try CommandRunner.run(["evaluate", "--json"] + files)
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(output.out.utf8)) as? [String: Any])
    #expect(
      Set(object.keys) == [
        "AP", "AP50", "AP75", "APsmall", "APmedium", "APlarge", "AR1", "AR10", "AR100", "ARsmall",
        "ARmedium", "ARlarge", "perClass", "confusion", "mistakes", "calibration", "worstImages",
        "leftOut",
      ])
    #expect(abs(try #require(object["AP"] as? Double) - 0.504580698725) < 1e-9)
    #expect((object["perClass"] as? [String: Any])?.count == 80)
    let voc = try CommandRunner.run(["evaluate", "--json", "--metric", "voc10"] + files)
    let measures = try #require(
      JSONSerialization.jsonObject(with: Data(voc.out.utf8)) as? [String: Any])
    #expect(Set(measures.keys) == ["leftOut", "mAP", "perClass"])
    let table = try CommandRunner.run(["evaluate"] + files)
    #expect(table.out.contains("AP50       0.697"))
  }

  // By hand: class 1 is found, class 2, of the same name, is not.
  @Test(arguments: ["coco", "voc10"]) func classesOfOneNameAreBothMeasured(metric: String) throws {
    try withFolder { folder in
      let (truth, found) = (folder + "/truth.json", folder + "/found.json")
      let text = """
        {"images": [{"id": 1}], "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "cat"}],
         "annotations": [
          {"image_id": 1, "category_id": 1, "bbox": [0, 0, 50, 50], "area": 2500},
          {"image_id": 1, "category_id": 2, "bbox": [100, 0, 50, 50], "area": 2500}]}
        """
      try Data(text.utf8).write(to: URL(fileURLWithPath: truth))
      let results = #"[{"image_id": 1, "category_id": 1, "bbox": [0, 0, 50, 50], "score": 0.9}]"#
      try Data(results.utf8).write(to: URL(fileURLWithPath: found))
      let output = try CommandRunner.run([
        "evaluate", "--json", "--metric", metric, "--ground-truth", truth, "--detections", found,
      ])
      struct Report: Decodable { let perClass: [String: [String: Double]] }
      let measured = try JSONDecoder().decode(Report.self, from: Data(output.out.utf8)).perClass
      #expect(Set(measured.keys) == ["cat", "cat (class 2)"])
      #expect(abs((measured["cat"]?["AP"] ?? 0) - 1) < 1e-9)
      #expect(measured["cat (class 2)"]?["AP"] == 0)
      #expect(
        output.err == "classes of one name are told apart by their number: cat (class 2)\n")
    }
  }

  // By hand: an object found with score .02 counts from the usual .01 on, though the model's own
  // threshold is .5; one found with .005 does not.
  @Test func lowScoresAreMeasured() throws {
    try withFolder { folder in
      try ConstantModel.write(
        [(1, 0.02, [0, 0, 0.5, 0.5]), (2, 0.005, [0, 0, 0.5, 0.5])], classNames: ["cat", "dog"],
        to: folder + "/m.onnx")
      let picture = RGBImage(width: 40, height: 40, pixels: [UInt8](repeating: 9, count: 4800))
      try PNGFile.write(picture, to: folder + "/a.png")
      let text = """
        {"images": [{"id": 1, "file_name": "a.png"}],
         "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
         "annotations": [
          {"image_id": 1, "category_id": 1, "bbox": [0, 0, 20, 20], "area": 400},
          {"image_id": 1, "category_id": 2, "bbox": [0, 0, 20, 20], "area": 400}]}
        """
      try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/test.json"))
      struct Report: Decodable { let perClass: [String: [String: Double]] }
      for (options, cat, dog) in [
        ([], 1.0, 0.0), (["--threshold", "0.5"], 0, 0), (["--threshold", "0.001"], 1, 1),
        (["--threshold", "0.0201"], 0, 0),
      ] {
        let output = try CommandRunner.run(
          ["evaluate", "--model", "m.onnx", "--data", "test.json", "--json"] + options, in: folder)
        let found = try JSONDecoder().decode(Report.self, from: Data(output.out.utf8)).perClass
        #expect(abs((found["cat"]?["AP"] ?? -1) - cat) < 1e-9, "\(options)")
        #expect(abs((found["dog"]?["AP"] ?? -1) - dog) < 1e-9, "\(options)")
      }
    }
  }

  // By hand: the cat is found twice, the dog taken for a cat with a score below the best threshold,
  // and one detection lies where nothing is. At .8 F1 of cats is 1; dogs are not found.
  @Test func thresholdsConfusionsAndMistakesAreTold() throws {
    try withFolder { folder in
      let (truth, found) = (folder + "/truth.json", folder + "/found.json")
      let text = """
        {"images": [{"id": 1}], "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
         "annotations": [
          {"image_id": 1, "category_id": 1, "bbox": [0, 0, 50, 50], "area": 2500},
          {"image_id": 1, "category_id": 2, "bbox": [100, 0, 50, 50], "area": 2500}]}
        """
      try Data(text.utf8).write(to: URL(fileURLWithPath: truth))
      let rows = [(1, 0, 0.8), (1, 5, 0.7), (1, 100, 0.6), (1, 300, 0.5)].map {
        #"{"image_id": 1, "category_id": \#($0), "bbox": [\#($1), 0, 50, 50], "score": \#($2)}"#
      }
      try Data("[\(rows.joined(separator: ","))]".utf8).write(to: URL(fileURLWithPath: found))
      let files = ["evaluate", "--ground-truth", truth, "--detections", found]
      struct Report: Decodable {
        struct Confusion: Decodable, Equatable {
          let objects: [String]
          let counts: [[Int]]
        }
        let perClass: [String: [String: Double]]
        let confusion: Confusion
        let mistakes: [String: [String: Double]]
      }
      let json = try CommandRunner.run(files + ["--json"])
      let report = try JSONDecoder().decode(Report.self, from: Data(json.out.utf8))
      #expect(report.perClass["cat"]?["threshold"] == 0.8)
      #expect(report.perClass["cat"]?["F1"] == 1)
      #expect(report.perClass["dog"]?["threshold"] == -1)
      #expect(
        report.confusion
          == Report.Confusion(
            objects: ["background", "cat", "dog"], counts: [[0, 0, 0], [0, 1, 0], [1, 0, 0]]))
      let counts = report.mistakes.mapValues { $0["count"] }
      #expect(
        counts == [
          "classification": 1, "localization": 0, "both": 0, "duplicate": 1, "background": 1,
          "missed": 0,
        ])
      // The dog would be found at the first place of its class.
      #expect(abs((report.mistakes["classification"]?["AP50"] ?? 0) - 0.5) < 1e-9)

      let lines = try CommandRunner.run(files).out.split(separator: "\n").map(String.init)
      #expect(lines.contains("cat  AP 1.000   AP50 1.000   F1 1.000 from score 0.800"))
      #expect(lines.contains("dog  AP 0.000   AP50 0.000"))
      #expect(lines.contains("of another class      1                0.500"))
    }
  }

  // pycocotools 2.0.11 with other parameters; the golden names script and seed.
  @Test func ownThresholdsAreasAndLimitsAreMeasured() throws {
    struct Golden: Decodable {
      struct Tables: Decodable {
        let ap: [[Double]]
        let ar: [[Double]]

        private enum CodingKeys: String, CodingKey {
          case ap = "AP"
          case ar = "AR"
        }
      }
      let total: Tables
      let perClass: [Tables]
    }
    let folder = TestFiles().folder.deletingLastPathComponent()
      .appendingPathComponent("DatasetsTests/Goldens")
    let data = try Data(contentsOf: folder.appendingPathComponent("coco-parameters-1.json"))
    let golden = try JSONDecoder().decode(Golden.self, from: data)
    let parts = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    try withFolder { folder in
      for key in ["groundTruth", "detections"] {
        try JSONSerialization.data(withJSONObject: #require(parts[key]))
          .write(to: URL(fileURLWithPath: "\(folder)/\(key).json"))
      }
      let command = [
        "evaluate", "--ground-truth", "groundTruth.json", "--detections", "detections.json",
        "--iou-thresholds", ".5, 0.75", "--area-ranges", "tiny:0-256,rest:256-",
        "--max-detections", "1,300",
      ]
      let output = try CommandRunner.run(command + ["--json"], in: folder)
      let object = try #require(
        JSONSerialization.jsonObject(with: Data(output.out.utf8)) as? [String: Any],
        "\(output.err)")
      func expectSame(_ found: [String: Any]?, _ tables: Golden.Tables) {
        for (name, value) in [
          ("AP50", tables.ap[0][0]), ("AP75", tables.ap[0][1]), ("AR1", tables.ar[0][0]),
          ("AR300", tables.ar[0][1]), ("ARtiny", tables.ar[1][1]), ("ARrest", tables.ar[2][1]),
        ] {
          let number = found?[name] as? Double
          #expect(number.map { abs($0 - value) < 1e-9 } == true, "\(name): \(value)")
        }
        // Both thresholds have as many classes with objects.
        for (name, row) in [("AP", 0), ("APtiny", 1), ("APrest", 2)] {
          let (number, values) = (found?[name] as? Double, tables.ap[row])
          let mean = values.reduce(0, +) / Double(values.count)
          #expect(number.map { abs($0 - mean) < 1e-9 } == true, "\(name)")
        }
        #expect(found?["APsmall"] == nil && found?["AR100"] == nil)
      }
      expectSame(object, golden.total)
      let perClass = try #require(object["perClass"] as? [String: [String: Any]])
      #expect(perClass.count == golden.perClass.count)
      for (index, tables) in golden.perClass.enumerated() {
        expectSame(perClass["class \(index)"], tables)
      }
      let table = try CommandRunner.run(command, in: folder).out.split(separator: "\n")
      #expect(table.contains { $0.hasPrefix("APtiny   ") })
      #expect(table.contains { $0.hasPrefix("AP by size") && $0.hasSuffix("tiny   rest") })
    }
  }

  private static let mistakes: [(options: [String], message: String)] = [
    (["--iou-thresholds", "0.5,0"], "--iou-thresholds: expected different numbers above 0, to 1"),
    (["--iou-thresholds", "0.5,0.5"], "found 0.5,0.5"),
    (["--area-ranges", "small"], "--area-ranges: expected different names, each with its areas"),
    (["--area-ranges", "all:0-1"], "found all:0-1"), (["--area-ranges", "a:2-1"], "found a:2-1"),
    (["--area-ranges", "a:0-1,a:1-2"], "found a:0-1,a:1-2"),
    (["--area-ranges", "50:0-1"], "found 50:0-1"),
    (["--max-detections", "10,1"], "--max-detections: expected rising whole numbers from 1"),
    (["--metric", "voc07", "--max-detections", "10"], "--max-detections goes with --metric coco"),
  ]

  @Test(arguments: mistakes)
  func measuresThatMakeNoSenseAreRefused(options: [String], message: String) throws {
    let output = try CommandRunner.run(
      ["evaluate", "--ground-truth", "a", "--detections", "b"] + options)
    #expect(output.status == 64 && output.err.contains(message), "\(output.err)")
  }

  // By hand: in b.png both cats are missed, in a.png the dog; in c.png nothing is wrong. The cat of
  // 100 pixels² is small, the others are large.
  @Test func theWorstImagesAndSizesAreTold() throws {
    try withFolder { folder in
      try Self.truth.write(toFile: folder + "/truth.json", atomically: true, encoding: .utf8)
      let results = (1...4).map {
        #"{"image_id": \#([1, 3, 3, 1][$0 - 1]), "category_id": \#([1, 1, 2, 2][$0 - 1]),"#
          + #" "bbox": [\#([0, 0, 200, 400][$0 - 1]), 0, 100, 100], "score": 0.\#(10 - $0)}"#
      }
      try "[\(results.joined(separator: ","))]".write(
        toFile: folder + "/found.json", atomically: true, encoding: .utf8)
      let command = ["evaluate", "--ground-truth", "truth.json", "--detections", "found.json"]
      struct Report: Decodable {
        struct Image: Decodable, Equatable {
          let image: String
          let missed: Int
          let wrong: Int
        }
        struct Calibration: Decodable {
          let error: Double
          let overconfidence: Double
        }
        let worstImages: [Image]
        let calibration: Calibration
        let perClass: [String: [String: Double]]
      }
      let json = try CommandRunner.run(command + ["--json"], in: folder)
      let report = try JSONDecoder().decode(Report.self, from: Data(json.out.utf8))
      #expect(
        report.worstImages == [
          Report.Image(image: "b.png", missed: 2, wrong: 0),
          Report.Image(image: "a.png", missed: 1, wrong: 0),
        ])
      #expect(report.perClass["cat"]?["APsmall"] == 0)
      #expect(report.perClass["cat"]?["AR100"] == 0.5)
      #expect(report.perClass["dog"]?["ARlarge"] == 0.5)
      // Bins of .9, .8, .7 and .6, all but the last right: (.1 + .2 + .3 + .6) / 4 and, with minus
      // for the first three, 0.
      #expect(abs(report.calibration.error - 0.3) < 1e-9)
      #expect(abs(report.calibration.overconfidence) < 1e-9)
      let lines = try CommandRunner.run(command, in: folder).out
        .split(separator: "\n").map(String.init)
      #expect(lines.contains("worst images  missed  wrong"))
      #expect(lines.contains("b.png              2      0"))
      #expect(lines.contains("AP by size  small  medium  large"))
      #expect(lines.contains("dog             –       –  0.505"), "\(lines)")
      #expect(lines.last?.hasPrefix("Scores from 0.3 are right in the mean;") == true)
    }
  }

  /// Pictures a, b and c with two objects each: cat and dog, two cats, cat and dog.
  private static let truth = """
    {"images": [{"id": 1, "file_name": "a.png", "width": 600, "height": 400},
      {"id": 2, "file_name": "b.png"}, {"id": 3, "file_name": "sub/c.png"}],
     "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
     "annotations": [
      {"image_id": 1, "category_id": 1, "bbox": [0, 0, 100, 100], "area": 10000},
      {"image_id": 1, "category_id": 2, "bbox": [200, 0, 100, 100], "area": 10000},
      {"image_id": 2, "category_id": 1, "bbox": [0, 0, 10, 10], "area": 100},
      {"image_id": 2, "category_id": 1, "bbox": [200, 0, 100, 100], "area": 10000},
      {"image_id": 3, "category_id": 1, "bbox": [0, 0, 100, 100], "area": 10000},
      {"image_id": 3, "category_id": 2, "bbox": [200, 0, 100, 100], "area": 10000}]}
    """

  // By hand: of four cats in truth two are found, by the names of their files.
  @Test func linesOfDetectAreMeasured() throws {
    try withFolder { folder in
      try Self.truth.write(toFile: folder + "/truth.json", atomically: true, encoding: .utf8)
      func line(_ image: String, _ items: [(name: String, x: Int)], width: Int = 600) -> String {
        let found = items.map {
          #"{"class": "\#($0.name)", "classIndex": 7, "score": 0.9,"#
            + #" "box": [\#($0.x), 0, \#($0.x + 100), 100]}"#
        }
        return #"{"image": "\#(image)", "width": \#(width), "height": 400,"#
          + #" "detections": [\#(found.joined(separator: ","))]}"#
      }
      func evaluated(_ lines: [String]) throws -> CommandRunner.Output {
        try (lines.joined(separator: "\n") + "\n").write(
          toFile: folder + "/found.jsonl", atomically: true, encoding: .utf8)
        return try CommandRunner.run(
          ["evaluate", "--json", "--ground-truth", "truth.json", "--detections", "found.jsonl"],
          in: folder)
      }
      struct Report: Decodable {
        let perClass: [String: [String: Double]]
        let leftOut: [String: Int]
      }
      let output = try evaluated([
        line("/photos/a.png", [("cat", 0), ("bird", 200)]), line("x.png", []), "",
        line("c.png", [("cat", 0), ("dog", 200)]),
      ])
      let report = try JSONDecoder().decode(Report.self, from: Data(output.out.utf8))
      let perClass = report.perClass
      #expect(perClass["cat"]?["AR100"] == 0.5 && perClass["dog"]?["AR100"] == 0.5)
      #expect(report.leftOut == ["detections": 1, "images": 1, "objects": 0])
      let notes = output.err.split(separator: "\n").map(String.init)
      #expect(
        notes
          == [
            "found.jsonl: 1 of 3 images are not in the ground truth, left out: x.png",
            "found.jsonl: 1 of 3 images of the ground truth have no line: nothing counts as found"
              + " there: b.png",
            "found.jsonl: 1 of 4 detections are of classes that the ground truth does not have, left"
              + " out: bird",
          ].map { "warning: \($0)" }, "\(notes)")
      for (lines, message) in [
        ([line("b/a.png", []), line("b/a.png", [])], "image: b/a.png comes twice (lines 1 and 2)"),
        (
          [line("/b/a.png", []), line("/c/a.png", [])],
          "image: two are a.png of the ground truth: /b/a.png (line 1) and /c/a.png (line 2)"
        ),
        (
          [line("a.png", [("bird", 0), ("fish", 9)])],
          "class: none of 2 detections is of a class of the ground truth, as bird; expected one of"
            + " cat, dog"
        ),
        (
          [line("a.png", [], width: 300)],
          "image: a.png: expected 600 × 400 px as in the ground truth, found 300 × 400 (line 1)"
        ),
        (
          [line("x.png", [])],
          "image: none of 1 is in the ground truth, as x.png; expected file names as a.png"
        ),
        (
          [#"{"image": "a.png", "width": 1, "height": 1, "detections": [{"box": []}]}"#],
          "detections[0].class: missing"
        ),
        (
          [line("a.png", [("cat", 0)]).replacing("0.9", with: "NaN")],
          "detections[0].score: expected a value, found NaN, which JSON lacks (line 1"
        ),
        (
          [line("a.png", [("cat", 0)]).replacing("0.9", with: "1e999")],
          "detections[0].score: expected a number of at most 1.8e308, found 1e999 (line 1"
        ),
        ([String(line("a.png", []).dropLast(2))], "detections"),
      ] {
        let failed = try evaluated(lines)
        #expect(
          failed.status == 1 && failed.err.contains("multibox: found.jsonl: \(message)"),
          "\(failed.err)")
      }
    }
  }

  // By hand: of a cat and a bird the detector of cats can find the one; of a bird alone nothing.
  @Test func objectsOfClassesThatTheDetectorLacksAreCounted() throws {
    try withFolder { folder in
      try ConstantModel.write(
        [(1, 0.9, [0, 0, 0.5, 0.5])], classNames: ["cat"], to: folder + "/m.onnx")
      let picture = RGBImage(width: 40, height: 40, pixels: [UInt8](repeating: 9, count: 4800))
      try PNGFile.write(picture, to: folder + "/a.png")
      func evaluated(_ categories: [Int]) throws -> CommandRunner.Output {
        let objects = categories.map {
          #"{"image_id": 1, "category_id": \#($0), "bbox": [0, 0, 20, 20], "area": 400}"#
        }
        try """
        {"images": [{"id": 1, "file_name": "a.png"}],
         "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "bird"}],
         "annotations": [\(objects.joined(separator: ","))]}
        """.write(toFile: folder + "/test.json", atomically: true, encoding: .utf8)
        return try CommandRunner.run(
          ["evaluate", "--model", "m.onnx", "--data", "test.json", "--json"], in: folder)
      }
      struct Report: Decodable { let leftOut: [String: Int] }
      let output = try evaluated([1, 2])
      #expect(
        try JSONDecoder().decode(Report.self, from: Data(output.out.utf8)).leftOut
          == ["detections": 0, "images": 0, "objects": 1])
      let failed = try evaluated([2, 2])
      #expect(failed.status == 1 && failed.out.isEmpty)
      #expect(
        failed.err.hasSuffix(
          "expected one of cat, found bird: none of 2 objects is of a class of the detector\n"),
        "\(failed.err)")
    }
  }

  // By hand: paths that end in the truth's, whichever comes first; a shorter end is another file.
  @Test func imagesAreKnownByTheEndOfTheirPaths() throws {
    try withFolder { folder in
      let names = ["cam1/a.png", "cam2/a.png", "b.png"]
      let images = names.enumerated().map { #"{"id": \#($0 + 1), "file_name": "\#($1)"}"# }
      try """
      {"images": [\(images.joined(separator: ","))], "categories": [{"id": 1, "name": "cat"}],
       "annotations": [{"image_id": 2, "category_id": 1, "bbox": [0, 0, 10, 10], "area": 100}]}
      """.write(toFile: folder + "/truth.json", atomically: true, encoding: .utf8)
      let found = #"{"class": "cat", "classIndex": 1, "score": 0.9, "box": [0, 0, 10, 10]}"#
      let lines = [
        ("/data/cam2/a.png", found), ("/data/cam1/a.png", ""), ("/data/cam3/a.png", ""),
        ("other/b.png", found), ("b.png", ""),
      ].map {
        #"{"image": "\#($0)", "width": 9, "height": 9, "detections": [\#($1)]}"#
      }
      try lines.joined(separator: "\n").write(
        toFile: folder + "/found.jsonl", atomically: true, encoding: .utf8)
      let output = try CommandRunner.run(
        ["evaluate", "--json", "--ground-truth", "truth.json", "--detections", "found.jsonl"],
        in: folder)
      struct Report: Decodable {
        struct Mistakes: Decodable { let image: String }
        let perClass: [String: [String: Double]]
        let worstImages: [Mistakes]
      }
      let report = try JSONDecoder().decode(Report.self, from: Data(output.out.utf8))
      #expect(abs((report.perClass["cat"]?["AP"] ?? 0) - 1) < 1e-9 && report.worstImages.isEmpty)
      #expect(
        output.err
          == "warning: found.jsonl: 2 of 5 images are not in the ground truth, left out:"
          + " /data/cam3/a.png, other/b.png\n")
    }
  }

  // One box outside of the image is told; none inside of it is a wrong description.
  @Test(arguments: [true, false])
  func boxesOutsideOfTheImageAreTold(hasOther: Bool) throws {
    try withFolder { folder in
      let boxes: [ConstantModel.Object] = [
        (1, 0.9, [20, 20, 30, 30]), (1, 0.8, hasOther ? [0, 0, 0.5, 0.5] : [0.5, 0.5, 0.1, 0.1]),
      ]
      try ConstantModel.write(boxes, classNames: ["cat"], to: folder + "/m.onnx")
      let picture = RGBImage(width: 40, height: 40, pixels: [UInt8](repeating: 9, count: 4800))
      try PNGFile.write(picture, to: folder + "/a.png")
      let output = try CommandRunner.run(["detect", "--model", "m.onnx", "a.png"], in: folder)
      #expect(output.out.hasPrefix("a.png: \(hasOther ? 1 : 0) found\n"))
      #expect(output.status == (hasOther ? 0 : 1), "\(output.err)")
      #expect(
        output.err.contains(
          "\(hasOther ? 1 : 2) boxes left out: without area inside the image"),
        "\(output.err)")
      #expect(output.err.contains("no box has area inside its image") == !hasOther)
    }
  }

  // By hand: the cat reaches its .4, the dog not its .3, and the bird, without one, not .5.
  @Test func detectShowsFromTheBestThresholds() throws {
    try withFolder { folder in
      let box: [Float] = [0, 0, 0.5, 0.5]
      try ConstantModel.write(
        [(1, 0.41, box), (2, 0.29, box), (3, 0.49, box)], classNames: ["cat", "dog", "bird"],
        best: #"{"split": "val", "scores": [0.4, 0.3, null]}"#, to: folder + "/m.onnx")
      let picture = RGBImage(width: 40, height: 40, pixels: [UInt8](repeating: 9, count: 4800))
      try PNGFile.write(picture, to: folder + "/a.png")
      func classes(_ options: [String]) throws -> (names: [String], err: String) {
        let output = try CommandRunner.run(
          ["detect", "--model", "m.onnx", "a.png", "--json"] + options, in: folder)
        struct Line: Decodable {
          struct Item: Decodable { let `class`: String }
          let detections: [Item]
        }
        let line = try JSONDecoder().decode(Line.self, from: Data(output.out.utf8))
        return (line.detections.map(\.class), output.err)
      }
      let told = "the best thresholds of val"
      let usual = try classes([])
      #expect(usual.names == ["cat"])
      #expect(
        usual.err.hasPrefix(
          "scores from 0.4 (cat), 0.3 (dog), 0.5 (bird, of which none was found): \(told)\n"))
      let chosen = try classes(["--classes", "dog"])
      #expect(chosen.names == [] && chosen.err.hasPrefix("scores from 0.3 (dog): \(told)\n"))
      let unmeasured = try classes(["--classes", "bird"])
      #expect(
        unmeasured.names == []
          && unmeasured.err.hasPrefix("scores from 0.5: none was found on val\n")
      )
      let low = try classes(["--threshold", "0.1"])
      #expect(low.names == ["bird", "cat", "dog"] && !low.err.contains(told))
    }
  }

  @Test func missingFilesAreNamed() throws {
    let output = try CommandRunner.run([
      "evaluate", "--ground-truth", "/no/such.json", "--detections", "/no/other.json",
    ])
    #expect(output.status == 1)
    #expect(output.err == "multibox: /no/such.json: no such file\n")
  }
}

struct DatasetCommandTests {
  // shared/README.md: 72 test images, one box without area in BloodImage_00338.
  @Test(.enabled(if: SharedMaterial.has("data/bccd"), "needs ../shared"))
  func bloodCellsAreReported() throws {
    let data = SharedMaterial.folder + "/data/bccd"
    let output = try CommandRunner.run(["dataset", data, "--json"])
    #expect(output.status == 0)
    let splits = try #require(
      JSONSerialization.jsonObject(with: Data(output.out.utf8)) as? [[String: Any]])
    let images = Dictionary(
      uniqueKeysWithValues: splits.map { ($0["split"] as? String ?? "", $0["images"] as? Int) })
    #expect(images == ["train": 205, "val": 87, "trainval": 292, "test": 72])
    let strict = try CommandRunner.run(["dataset", data, "--strict"])
    #expect(strict.status == 1)
    #expect(
      strict.err.contains("Annotations/BloodImage_0034") || strict.err.contains("BloodImage_00338"))
    #expect(strict.err.contains("has no area"))
  }

  // By hand: 32 × 32 is small and medium, as APsmall and APmedium count it; the 20 × 30 box is of a
  // segment of 9216 = 96², so medium and large; a crowd is no object.
  @Test func sizesAreThoseOfTheMeasures() throws {
    try withFolder { folder in
      let picture = RGBImage(width: 200, height: 200, pixels: [UInt8](repeating: 9, count: 120_000))
      try PNGFile.write(picture, to: folder + "/a.png")
      let text = """
        {"images": [{"id": 1, "file_name": "a.png"}], "categories": [{"id": 1, "name": "cat"}],
         "annotations": [
          {"image_id": 1, "category_id": 1, "bbox": [0.1, 0.3, 32, 32], "area": 1024},
          {"image_id": 1, "category_id": 1, "bbox": [50, 50, 20, 30], "area": 9216},
          {"image_id": 1, "category_id": 1, "bbox": [0, 0, 100, 100], "iscrowd": 1}]}
        """
      try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/x.json"))
      let dataset = try CommandRunner.run(["dataset", folder + "/x.json", "--json"])
      struct Split: Decodable {
        struct OfClass: Decodable { let small, medium, large: Int }
        let classes: [OfClass]
      }
      let splits = try JSONDecoder().decode([Split].self, from: Data(dataset.out.utf8))
      let counts = splits[0].classes[0]
      #expect(counts.small == 1 && counts.medium == 2 && counts.large == 1)
      let boxes = try CommandRunner.run(["default-boxes", folder + "/x.json", "--json"])
      struct Report: Decodable {
        struct Kind: Decodable { let objects: Int }
        struct Fit: Decodable { let sizes: [Kind] }
        let given: Fit
      }
      let report = try JSONDecoder().decode(Report.self, from: Data(boxes.out.utf8))
      #expect(report.given.sizes.map(\.objects) == [1, 2, 1])
    }
  }

  @Test func aFolderOfNothingSaysSo() throws {
    try withFolder { folder in
      let output = try CommandRunner.run(["dataset", folder])
      #expect(output.status == 1)
      let start = "multibox: \(folder): expected labelled images, found nothing; known: "
      #expect(output.err.hasPrefix(start + "shapes (shapes:"), "\(output.err)")
      #expect(output.err.hasSuffix("\n") && output.err.filter(\.isNewline).count == 1)
    }
  }
}
