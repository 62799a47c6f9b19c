import Foundation
import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// Create ML's JSON.
struct CreateMLFormatTests {
  // By hand: centre 10, 8 and sides 6, 4 are corners 7, 6 and 13, 10.
  private let cat = """
    {"label": "cat", "coordinates": {"x": 10, "y": 8, "width": 6, "height": 4}}
    """

  private func file(_ images: String...) -> String {
    "[\(images.map { #"{"image": "\#($0)", "annotations": [\#(cat)]}"# }.joined(separator: ","))]"
  }

  @Test func boxesAreCentresAndSidesInPixels() throws {
    try withJSONFolder { folder in
      try folder.write(
        """
        [{"image": "a.png", "annotations": [\(cat),
           {"label": "dog", "coordinates": {"x": 20.5, "y": 10, "width": 1, "height": 20}}]},
         {"imagefilename": "b.png", "annotation": [
           {"label": "dog", "coordinates": {"x": 40, "y": 10, "width": 10, "height": 4}}]},
         {"image": "c.png", "annotations": []}]
        """, to: "labels.json")
      try folder.writeImages("a.png", "b.png", "c.png")
      let (images, report) = try folder.load(.createml)
      #expect(
        images == [
          "a": ["cat 7 6 13 10", "dog 20 0 21 20"], "b": ["dog 35 8 40 12"], "c": [],
        ])
      #expect(report.changes == [.clippedBox: 1])
      #expect(report.problems.isEmpty)
    }
  }

  @Test func foldersNamesAndPathsSaySplits() throws {
    func splits(_ files: [String: String], at name: String = "") throws -> [String] {
      var result: [String] = []
      try withJSONFolder { folder in
        for (name, text) in files { try folder.write(text, to: name) }
        let path = name.isEmpty ? folder.path : "\(folder.path)/\(name)"
        result = try DatasetLoader(path: path).splits()
      }
      return result
    }
    let roboflow = ["train", "valid"].map { "\($0)/_annotations.createml.json" }
    let one = file("a.png")
    #expect(try splits([roboflow[0]: one, roboflow[1]: one]) == ["train", "valid"])
    #expect(try splits([roboflow[0]: one, roboflow[1]: one], at: roboflow[0]) == ["train"])
    #expect(
      try splits(["a/_annotations.createml.json": one, "b/_annotations.createml.json": one])
        == ["a", "b"])
    #expect(try splits(["train.json": one, "holdout.json": one]) == ["holdout", "train"])
    #expect(try splits(["labels_val.json": one, "labels_train.json": one]) == ["train", "val"])
    #expect(try splits(["x.json": file("train/a.png", "test/b.png")]) == ["test", "train"])
    // Folders above the dataset on another machine say nothing.
    #expect(
      try splits(["x.json": file("/home/train/d/val/a.png", "/home/train/d/dev/b.png")])
        == ["dev", "val"])
    #expect(try splits(["x.json": file("/home/train/a.png", "/home/train/b.png")]).count == 2)
    #expect(try splits(["x.json": one]) == ["test", "train"])
  }

  @Test func aSeedChoosesWhereNothingSaysTheSplit() throws {
    try withJSONFolder { folder in
      let names = (0..<10).map { "\($0).png" }
      try folder.write(
        "[\(names.map { #"{"image": "\#($0)", "annotations": [\#(cat)]}"# }.joined(separator: ","))]",
        to: "labels.json")
      for name in names { try folder.writeImages(name) }
      let loader = try DatasetLoader(path: folder.path)
      #expect(try loader.seededSplit() == "no folder or label file is called train, val or test")
      let train = try loader.load(split: "train").dataset.images.map(\.name)
      let test = try loader.load(split: "test").dataset.images.map(\.name)
      #expect(train.count == 8 && Set(train + test).count == 10)
    }
  }

  @Test func aPartThatIsNotUnderstoodLeavesItsImageOut() throws {
    try withJSONFolder { folder in
      try folder.write(
        """
        [{"image": "a.png", "annotations": [\(cat)]},
         {"image": "b.png", "annotations": [\(cat), {"label": "cat", "coordinates": {"x": 1}}]},
         {"image": "gone.png", "annotations": [\(cat)]},
         {"image": "a.png", "annotations": []}]
        """, to: "train.json")
      try folder.writeImages("a.png", "b.png", "other.png")
      let (images, report) = try folder.load(.createml)
      #expect(images == ["a": ["cat 7 6 13 10"]])
      #expect(
        folder.problems(report) == [
          "duplicate: a.png: an image of train.json that stands there twice",
          "unreadableAnnotation: train.json: [1].annotations[1].coordinates.y: missing"
            + " (line 2, column 146)",
          "missingFile: gone.png: no such image of train.json",
          "unlistedImage: other.png: no label file names it",
        ])
    }
  }

  @Test func anImageOfAKnownNameInAnotherFolderIsNamed() throws {
    try withJSONFolder { folder in
      try folder.write(file("a/1.png"), to: "train.json")
      try folder.writeImages("a/1.png", "b/1.png")
      let (images, report) = try folder.load(.createml)
      #expect(images.count == 1)
      #expect(folder.problems(report) == ["unlistedImage: b/1.png: no label file names it"])
    }
  }

  // By hand: shares .25, .5, .5, .5 of 40 × 20 are 10 ± 10, 10 ± 5.
  @Test func numbersUpToOneAreShares() throws {
    try withJSONFolder { folder in
      try folder.write(
        """
        [{"image": "a.png", "annotations": [
          {"label": "cat", "coordinates": {"x": 0.25, "y": 0.5, "width": 0.5, "height": 0.5}}]}]
        """, to: "train.json")
      try folder.writeImages("a.png")
      #expect(try folder.load(.createml).images == ["a": ["cat 0 5 20 15"]])
      // A box of the first pixel is none.
      try folder.write(
        """
        [{"image": "a.png", "annotations": [
          {"label": "cat", "coordinates": {"x": 0.5, "y": 0.5, "width": 1, "height": 1}}]}]
        """, to: "train.json")
      #expect(try folder.load(.createml).images == ["a": ["cat 0 0 1 1"]])
    }
  }

  @Test func aFileThatIsNoJSONIsNamed() throws {
    try withJSONFolder { folder in
      let text = file("a.png")
      try folder.write(String(text.dropLast(3)), to: "_annotations.createml.json")
      let error = #expect(throws: (any Error).self) { try DatasetLoader(path: folder.path) }
      #expect(
        "\(try #require(error))".hasPrefix("\(folder.path)/_annotations.createml.json: "),
        "\(String(describing: error))")
    }
  }

  @Test(arguments: [String.Encoding.utf8, .utf16, .utf16LittleEndian])
  func anyUnicodeIsRead(encoding: String.Encoding) throws {
    try withJSONFolder { folder in
      try folder.write("", to: "train.json")
      let mark = encoding == .utf8 ? "\u{FEFF}" : ""
      let data = try #require((mark + file("a.png")).data(using: encoding))
      try data.write(to: .init(fileURLWithPath: "\(folder.path)/train.json"))
      try folder.writeImages("a.png")
      #expect(try folder.load(.createml).images == ["a": ["cat 7 6 13 10"]])
    }
  }

  @Test(.enabled(if: SharedMaterial.has("cases"), "needs ../shared"))
  func theCaseOfAMisleadingErrorIsRead() throws {
    let path = SharedMaterial.path("cases/06-misleading-errors/createml")
    // By hand: 45 ± 25, 60 ± 30.
    let (images, _) = try JSONFolder(path: path).load(.createml)
    #expect(images == ["a": ["cat 20 30 70 90"], "b": ["cat 20 30 70 90"]])
  }
}
