import Foundation
import Testing

struct EvaluateCommandTests {
  // pycocotools 2.0.11, as shared/README.md gives it.
  @Test(.enabled(if: CommandRunner.hasShared, "needs ../shared"))
  func cocoFilesAreMeasured() throws {
    let folder = CommandRunner.shared + "/golden/coco"
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
        "ARmedium", "ARlarge", "perClass",
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
  @Test(.enabled(if: CommandRunner.hasShared, "needs ../shared"))
  func bloodCellsAreReported() throws {
    let data = CommandRunner.shared + "/data/bccd"
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

  @Test func aFolderOfNothingSaysSo() throws {
    try CommandRunner.withFolder { folder in
      let output = try CommandRunner.run(["dataset", folder])
      #expect(output.status == 1)
      #expect(
        output.err == "multibox: \(folder): expected labelled images, found none\n")
    }
  }
}
