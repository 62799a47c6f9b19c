import Files
import Foundation
import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// Images whose labels are of another layout than the others': they are not background.
struct OtherLabelsTests {
  private func problems(_ folder: String, _ report: DatasetReport) -> [String] {
    report.problems.map { "\($0.kind.rawValue): \($0.file): \($0.reason)" }
      .map { $0.replacingOccurrences(of: folder + "/", with: "") }
  }

  private static let xml = Fixtures.annotation(
    width: 40, height: 20, [("cat", ["1", "2", "20", "10"])])

  // LabelImg, which was switched to YOLO in the middle of the work.
  @Test(arguments: [
    ("0.png", "0.xml", "1.png", "1.txt", "classes.txt"),
    ("images/0.png", "images/0.json", "images/1.png", "labels/1.txt", "labels/classes.txt"),
    ("images/0.png", "annotations/0.xml", "images/1.png", "labels/1.txt", "classes.txt"),
  ])
  func anImageWithLabelsOfAnotherLayoutIsNoBackground(
    image: String, other: String, image2: String, label: String, classes: String
  ) throws {
    try withFolder { folder in
      try Fixtures.writeImage("\(folder)/\(image)")
      try Fixtures.writeImage("\(folder)/\(image2)")
      try Fixtures.writeImage("\(folder)/\(image.parentFolder)/2.png")
      try Fixtures.write(Self.xml, to: "\(folder)/\(other)")
      try Fixtures.write("0 0.5 0.5 0.25 0.5\n", to: "\(folder)/\(label)")
      try Fixtures.write("cat\n", to: "\(folder)/\(classes)")
      let loader = try DatasetLoader(path: folder, format: .yolo)
      var names: Set<String> = []
      var found: Set<String> = []
      for split in try loader.splits() {
        let (dataset, report) = try loader.load(split: split)
        names.formUnion(dataset.images.map(\.name))
        found.formUnion(problems(folder, report))
      }
      #expect(names == ["1", "2"])
      let background = image.parentFolder == "." ? "./2.png" : "\(image.parentFolder)/2.png"
      #expect(
        found == [
          "unreadableAnnotation: \(image): \(other) may hold its labels in another layout than the"
            + " one that is read: --format reads that one, and an empty label file of this layout"
            + " says that the image has no objects",
          "unlabeledImage: \(background.replacingOccurrences(of: "./", with: "")): no labels",
        ])
    }
  }

  // LabelMe's JSON for some, and an XML file for another.
  @Test func anImageThatNobodyLabelledIsNamedWithTheFileOfItsName() throws {
    try withFolder { folder in
      for name in ["0", "1", "2"] { try Fixtures.writeImage("\(folder)/\(name).png") }
      try Fixtures.write(
        #"{"shapes":[{"label":"cat","points":[[1,2],[20,10]],"shape_type":"rectangle"}],"#
          + #""imagePath":"0.png","imageData":null,"imageHeight":20,"imageWidth":40}"#,
        to: folder + "/0.json")
      try Fixtures.write(Self.xml, to: folder + "/1.xml")
      let loader = try DatasetLoader(path: folder, format: .labelme)
      let (dataset, report) = try loader.load(split: "train")
      #expect(dataset.images.map(\.name) == ["0"])
      #expect(
        problems(folder, report) == [
          "unlistedImage: 1.png: no label file names it; 1.xml has its name, perhaps of another"
            + " layout (--format)", "unlistedImage: 2.png: no label file names it",
        ])
    }
  }

  @Test func theSameIsToldOfATable() throws {
    try withFolder { folder in
      for name in ["0", "1"] { try Fixtures.writeImage("\(folder)/images/\(name).png") }
      try Fixtures.write(
        "filename,class,xmin,ymin,xmax,ymax\n0.png,cat,1,2,20,10\n", to: folder + "/train.csv")
      try Fixtures.write(Self.xml, to: folder + "/xml/1.xml")
      let report = try DatasetLoader(path: folder, format: .csv).load(split: "train").report
      #expect(
        problems(folder, report) == [
          "unlistedImage: images/1.png: no label file names it; xml/1.xml has its name, perhaps of"
            + " another layout (--format)"
        ])
    }
  }

  // Batches with a file each, of which the one at the top is read.
  @Test func aFileThatIsNotReadIsNamed() throws {
    try withFolder { folder in
      func coco(_ name: String) -> String {
        #"""
        {"images": [{"id": 1, "file_name": "\#(name)"}],
         "categories": [{"id": 1, "name": "cat"}],
         "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}]}
        """#
      }
      for (batch, name) in [("", "0.png"), ("batch/", "1.png")] {
        try Fixtures.write(coco(name), to: "\(folder)/\(batch)train/_annotations.coco.json")
        try Fixtures.writeImage("\(folder)/\(batch)train/\(name)")
      }
      let report = try DatasetLoader(path: folder, format: .coco).load(split: "train").report
      #expect(
        problems(folder, report) == [
          "unlistedImage: batch/train/1.png: no label file that was read names it;"
            + " batch/train/_annotations.coco.json was not"
        ])
    }
  }
}
