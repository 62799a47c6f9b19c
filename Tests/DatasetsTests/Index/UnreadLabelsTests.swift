import Foundation
import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// Label files of another layout than the one that is read are named: their labels are not there.
struct UnreadLabelsTests {
  private static let coco = #"""
    {"images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}],
     "categories": [{"id": 1, "name": "cat"}],
     "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}]}
    """#
  private static let table = "filename,class,xmin,ymin,xmax,ymax\nz.png,cat,1,2,3,4\n"
  private static let xml = Fixtures.annotation(
    width: 40, height: 20, [("cat", ["1", "2", "20", "10"])])
  private static let yaml = "train: images\nnames: [cat]\n"
  private static let row = "0 0.5 0.5 0.2 0.2\n"

  private func reason(_ other: DatasetFormat, _ format: DatasetFormat) -> String {
    "labels as \(other.type.title) has them, not read beside the labels that are read, as"
      + " \(format.type.title): --format \(other.name) reads these, and files that are named read"
      + " both"
  }

  /// Those of a place that are told with each split, by their paths below it.
  private func told(_ folder: String, as format: DatasetFormat) throws -> [String: String] {
    let loader = try DatasetLoader(path: folder)
    #expect(loader.format == format)
    let names = try loader.classNames()
    var all: [[String: String]] = []
    for split in try loader.splits() {
      let problems = try loader.load(split: split, classNames: names).report.problems
        .filter { [.disagreement, .unlisted].contains($0.kind) }
      all.append(
        Dictionary(
          uniqueKeysWithValues: problems.map {
            (String($0.file.dropFirst(folder.count + 1)), "\($0.kind.rawValue): \($0.reason)")
          }))
    }
    #expect(Set(all).count == 1)
    return try #require(all.first)
  }

  // COCO with a table, XML files with COCO, YOLO with COCO and a table, COCO with YOLO's.
  @Test(arguments: [
    (
      DatasetFormat.coco, ["train.json": coco, "more.csv": table], ["images/a.png"],
      ["more.csv": DatasetFormat.csv]
    ),
    (
      .folder, ["setA/train.json": coco, "setB/z.xml": xml], ["setA/images/a.png", "setB/z.png"],
      ["setA/train.json": .coco]
    ),
    (
      .yolo,
      ["labels/a.txt": row, "classes.txt": "cat\n", "train.json": coco, "old/x.tsv": table],
      ["images/a.png"], ["train.json": .coco, "old/x.tsv": .csv]
    ),
    (
      .voc,
      [
        "Annotations/a.xml": xml, "ImageSets/Main/train.txt": "a\n", "yolo/data.yaml": yaml,
        "yolo/labels/z.txt": row,
      ], ["JPEGImages/a.png", "yolo/images/z.png"], ["yolo/data.yaml": .yolo]
    ),
  ])
  func filesOfOtherLayoutsAreNamed(
    format: DatasetFormat, texts: [String: String], images: [String],
    expected: [String: DatasetFormat]
  ) throws {
    try withFolder { folder in
      for (name, text) in texts { try Fixtures.write(text, to: "\(folder)/\(name)") }
      for name in images { try Fixtures.writeImage("\(folder)/\(name)") }
      let reasons = expected.mapValues { "disagreement: \(reason($0, format))" }
      #expect(try told(folder, as: format) == reasons)
      let strict = try DatasetLoader(path: folder, isStrict: true)
      let split = try #require(try strict.splits().last)
      #expect(throws: DatasetError.self) { try strict.load(split: split, classNames: ["cat"]) }
    }
  }

  // What no reader takes for labels, files of one image, and those of the layout itself.
  @Test func otherFilesAreNotNamed() throws {
    try withFolder { folder in
      for name in ["a", "b"] { try Fixtures.writeImage("\(folder)/images/\(name).png") }
      try Fixtures.write(Self.coco, to: folder + "/annotations/instances_train.json")
      try Fixtures.write(Self.coco, to: folder + "/old/all.json")
      try Fixtures.write("epoch,loss\n1,0.5\n", to: folder + "/results.csv")
      try Fixtures.write(#"{"author": "me"}"#, to: folder + "/info.json")
      try Fixtures.write(#"{"camera": "left"}"#, to: folder + "/images/a.json")
      try Fixtures.write("name: me\n", to: folder + "/run.yaml")
      #expect(try told(folder, as: .coco) == [:])
      // Beside a file that is named lies what is not asked for.
      try Fixtures.write(Self.table, to: folder + "/annotations/more.csv")
      let file = folder + "/annotations/instances_train.json"
      let report = try DatasetLoader(path: file).load(split: "train").report
      #expect(report.count(of: .disagreement) == 0)
    }
  }

  // It says nothing that is lost.
  @Test func aDescriptionWithoutLabelsIsNoLoss() throws {
    try withFolder { folder in
      for name in ["a", "b"] { try Fixtures.writeImage("\(folder)/images/\(name).png") }
      try Fixtures.write(Self.coco, to: folder + "/train.json")
      try Fixtures.write(Self.yaml, to: folder + "/data.yaml")
      #expect(
        try told(folder, as: .coco) == [
          "data.yaml": "unlisted: a description of YOLO's without labels beside the labels that are"
            + " read, as COCO"
        ])
      let strict = try DatasetLoader(path: folder, isStrict: true)
      #expect(try strict.load(split: "train").dataset.images.count == 2)
    }
  }

  // It is not true that no label file names it.
  @Test func anImageOfAnotherLayoutsFileIsNamedWithIt() throws {
    try withFolder { folder in
      for name in ["a", "b", "z"] { try Fixtures.writeImage("\(folder)/images/\(name).png") }
      try Fixtures.write(Self.coco, to: folder + "/train.json")
      try Fixtures.write(Self.table, to: folder + "/more.csv")
      let report = try DatasetLoader(path: folder).load(split: "train").report
      let unlisted = report.problems.filter { $0.kind == .unlistedImage }
      #expect(unlisted.map(\.file) == [folder + "/images/z.png"])
      #expect(
        unlisted.map(\.reason)
          == ["no label file that was read names it; \(folder)/more.csv was not"])
    }
  }
}
