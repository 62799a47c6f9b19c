import Datasets
import Detectors
import Foundation
import ImageFiles
import TestSupport
import Testing

struct DefaultBoxesCommandTests {
  private let data = "shapes:images=40,side=128,seed=3"

  @Test func figuresStandBesideTheSuggestions() throws {
    let output = try CommandRunner.run([
      "default-boxes", data, "--default-boxes", "ssdlite320", "--json",
    ])
    #expect(output.status == 0, "\(output.err)")
    struct Report: Decodable {
      struct Kind: Decodable {
        let objects, reaching, ownedOnly: Int
      }
      struct Fit: Decodable {
        let defaultBoxes, images: Int
        let meanBestOverlap, positivesPerImage: Double
        let all: Kind
        let sizes, classes: [Kind]
      }
      let given, suggestion: Fit
    }
    let report = try JSONDecoder().decode(Report.self, from: Data(output.out.utf8))
    #expect(report.given.defaultBoxes == 3234)
    // An object of exactly 32² or 96² is in two ranges; there is none.
    #expect(report.given.all.objects == report.given.sizes.reduce(0) { $0 + $1.objects })
    #expect(report.given.all.reaching == report.given.classes.reduce(0) { $0 + $1.reaching })
    #expect(report.suggestion.all.objects == report.given.all.objects)
    #expect(report.suggestion.meanBestOverlap > report.given.meanBestOverlap)
    #expect(report.given.positivesPerImage > 1)
    let text = try CommandRunner.run(["default-boxes", data])
    #expect(text.out.contains("never more than the owned box"))
    #expect(text.out.contains("objects that reach IoU 0.5"))
  }

  // Not the first by name, which test2017 is.
  @Test func theTrainingSplitIsMeasured() throws {
    try withFolder { folder in
      var writer = try DatasetWriter(format: .coco, folder: folder)
      for (split, count) in [("test2017", 2), ("train2017", 5)] {
        let shapes = ShapesSpecification(imageCount: count, side: 64, seed: 5)
        try writer.write(shapes.dataset(split: "train"), split: split)
      }
      let output = try CommandRunner.run(["default-boxes", folder])
      #expect(output.out.contains("train2017: 5 images, "), "\(output.out) \(output.err)")
      let other = try CommandRunner.run(["default-boxes", folder, "--split", "test2017"])
      #expect(other.out.contains("test2017: 2 images, "), "\(other.out) \(other.err)")
    }
  }

  @Test func whatIsReadIsToldAndNotWrittenOver() throws {
    try withFolder { folder in
      let shapes = ShapesSpecification(imageCount: 4, side: 64, seed: 5).dataset(split: "train")
      var writer = try DatasetWriter(format: .coco, folder: folder + "/d")
      try writer.write(shapes, split: "train")
      let labels = folder + "/d/annotations/instances_train.json"
      let before = try Data(contentsOf: URL(fileURLWithPath: labels))
      let output = try CommandRunner.run(["default-boxes", folder + "/d", "--output", labels])
      #expect(output.status == 1)
      #expect(output.err.contains("\(labels): expected a new file or default boxes"))
      #expect(try Data(contentsOf: URL(fileURLWithPath: labels)) == before)
      let image = folder + "/d/images/train/\(shapes.images[0].name).png"
      let drawn = try CommandRunner.run(["default-boxes", folder + "/d", "--picture", image])
      #expect(drawn.status == 1)
      #expect(drawn.err.contains("is read here, so it cannot be written"))
      try FileManager.default.removeItem(atPath: image)
      let told = try CommandRunner.run(["default-boxes", folder + "/d"])
      #expect(told.status == 0)
      #expect(told.err.contains("train: 1 missing file:"), "\(told.err)")
    }
  }

  @Test func theSuggestionTrains() throws {
    try withFolder { folder in
      let file = folder + "/boxes.json"
      let picture = folder + "/boxes.png"
      let output = try CommandRunner.run([
        "default-boxes", data, "--image-size", "64", "--output", file, "--picture", picture,
        "--draw-suggestion",
      ])
      #expect(output.status == 0, "\(output.err)")
      #expect(try ImageFile.size(picture).width > 900)
      let run = try CommandRunner.run([
        "train", "--data", data, "--output", folder + "/run", "--image-size", "64",
        "--default-boxes", file, "--epochs", "1", "--max-iterations", "2", "--tensorboard",
        "--augmentation", "none",
      ])
      #expect(run.status == 0, "\(run.err)")
      // Training shows itself.
      let page = try String(contentsOfFile: folder + "/run/report.html", encoding: .utf8)
      #expect(page.contains("Precision over recall") && page.contains("data:image/jpeg;base64,"))
      #expect(!page.contains("http-equiv=\"refresh\""))
      let events = try FileManager.default.contentsOfDirectory(
        atPath: folder + "/run/tensorboard")
      #expect(events.count == 1 && events[0].hasPrefix("events.out.tfevents."))
    }
  }

  @Test(arguments: [
    (["--default-boxes", "ssd900"], "no such file, and not one of ssd300-voc"),
    (["--picture", "/no/such/folder/x.png"], "/no/such/folder/x.png: cannot be written"),
    (["--picture", "x.png", "--image", "none"], "no image none"),
  ])
  func mistakesAreOneLine(arguments: [String], message: String) throws {
    let output = try CommandRunner.run(["default-boxes", data] + arguments)
    #expect(output.status == 1)
    #expect(output.err.split(separator: "\n").count == 1)
    #expect(output.err.contains(message), "\(output.err)")
  }
}
