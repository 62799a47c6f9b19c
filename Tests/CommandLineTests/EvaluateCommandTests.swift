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
        "ARmedium", "ARlarge", "perClass", "confusion", "mistakes",
      ])
    #expect(abs(try #require(object["AP"] as? Double) - 0.504580698725) < 1e-9)
    #expect((object["perClass"] as? [String: Any])?.count == 80)
    let voc = try CommandRunner.run(["evaluate", "--json", "--metric", "voc10"] + files)
    let measures = try #require(
      JSONSerialization.jsonObject(with: Data(voc.out.utf8)) as? [String: Any])
    #expect(Set(measures.keys) == ["mAP", "perClass"])
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
  // segment of 9216 = 96², so medium and large; a crowd is no object of default boxes.
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
      #expect(counts.small == 1 && counts.medium == 2 && counts.large == 2)
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
