import Files
import Foundation
import MultiBox
import TestSupport
import Testing

@testable import Datasets
@testable import ImageFiles

/// COCO and YOLO labels, and conversion between the formats.
struct LabelFormatTests {
  // MARK: COCO

  // By hand: bbox x, y, w, h; ids 3 and 7 become classes 1 and 2 by rising id.
  private let coco = """
    {"images": [{"id": 5, "file_name": "a.png", "width": 40, "height": 20},
      {"id": 6, "file_name": "gone.png", "width": 40, "height": 20},
      {"id": 2, "file_name": "b.png"}],
     "categories": [{"id": 7, "name": "dog"}, {"id": 3, "name": "cat"}],
     "annotations": [
      {"image_id": 5, "category_id": 7, "bbox": [1, 2, 10.5, 5], "area": 30, "iscrowd": 0},
      {"image_id": 5, "category_id": 3, "bbox": [0, 0, 40, 20], "iscrowd": 1},
      {"image_id": 5, "category_id": 3, "bbox": [3, 3, 0, 4]},
      {"image_id": 5, "category_id": 9, "bbox": [3, 3, 4, 4]},
      {"image_id": 99, "category_id": 3, "bbox": [3, 3, 4, 4]},
      {"image_id": 2, "category_id": 3, "bbox": [30, 10, 20, 5], "difficult": true}]}
    """

  @Test(arguments: [
    ("annotations/instances_val2017.json", "val2017/", "val2017"),
    ("annotations/train.json", "images/train/", "train"),
    ("valid/_annotations.coco.json", "valid/", "valid"), ("instances_test.json", "images/", "test"),
    ("train/annotations.json", "train/images/", "train"),
    ("annotations/val/ann.json", "images/val/", "val"),
    ("data/test/instances_default.json", "data/test/", "test"),
    ("cells/annotations/instances_train.json", "cells/train/", "train"),
  ])
  func cocoIsReadInEveryLayout(file: String, images: String, split: String) throws {
    try withFolder { folder in
      try Fixtures.write(coco, to: "\(folder)/\(file)")
      try Fixtures.writeImage("\(folder)/\(images)a.png")
      try Fixtures.writeImage("\(folder)/\(images)b.png")
      let loader = try DatasetLoader(path: folder)
      #expect(loader.format == .coco)
      #expect(try loader.splits() == [split])
      let (dataset, report) = try loader.load(split: split)
      #expect(dataset.classNames == ["cat", "dog"])
      #expect(dataset.images.map(\.name) == ["a", "b"])
      #expect(
        dataset.images[0].groundTruth == [
          LabeledPixelBox(box: PixelBox(xMin: 1, yMin: 2, xMax: 11.5, yMax: 7), classIndex: 2),
          LabeledPixelBox(
            box: PixelBox(xMin: 0, yMin: 0, xMax: 40, yMax: 20), classIndex: 1, isCrowd: true),
        ])
      #expect(dataset.images[0].areas == [30, 800])
      #expect(dataset.images[0].evaluationObjects[0].area == 30)
      #expect(
        dataset.images[1].groundTruth == [
          LabeledPixelBox(
            box: PixelBox(xMin: 30, yMin: 10, xMax: 40, yMax: 15), classIndex: 1, isDifficult: true)
        ])
      #expect(report.changes == [.clippedBox: 1])
      #expect(report.problems.first?.kind == .objectWithoutImage)
      #expect(
        report.problems.map(\.reason) == [
          "annotations[4].image_id: no image of id 99",
          "annotations[3]: expected one of cat, dog, found category_id 9",
          "no such image of \(folder)/\(file)",
          "annotations[2]: bbox [3.0, 3.0, 0.0, 4.0] has no area inside 40 × 20",
        ])
    }
  }

  // By hand: 2.3 + 8.4 − 2.3 is not 8.4 in Double. A box that the image's border cuts has another
  // area than the file's: 40 − 35 by 5.
  @Test func cocoSidesGiveTheAreaOfABox() throws {
    try withFolder { folder in
      let text = """
        {"images": [{"id": 1, "file_name": "a.png"}], "categories": [{"id": 1, "name": "cat"}],
         "annotations": [
          {"image_id": 1, "category_id": 1, "bbox": [2.3, 2, 8.4, 5], "area": 9, "iscrowd": 0},
          {"image_id": 1, "category_id": 1, "bbox": [35, 2, 8.4, 5], "area": 9, "iscrowd": 0}]}
        """
      try Fixtures.write(text, to: folder + "/x.json")
      try Fixtures.writeImage(folder + "/a.png")
      let (dataset, _) = try DatasetLoader(path: folder + "/x.json").load(split: "x")
      let objects = dataset.images[0].evaluationObjects
      #expect(objects.map(\.boxArea) == [8.4 * 5, 25])
      #expect(objects[0].boxArea != objects[0].box.area)
    }
  }

  // Beyond each side, and one that touches the border from outside.
  @Test func aBoxOutsideOfItsImageIsDroppedAndNotClipped() throws {
    var report = DatasetReport()
    var collector = GroundTruthCollector(file: "a.txt", width: 40, height: 20)
    for (x, y) in [(-9.0, 2.0), (45, 2), (2, -9), (2, 20), (36, 2)] {
      collector.add(
        LabeledPixelBox(
          box: PixelBox(xMin: x, yMin: y, xMax: x + 5, yMax: y + 5), classIndex: 1),
        place: "line 1", written: "", report: &report)
    }
    #expect(collector.groundTruth.map(\.box.xMax) == [40])
    #expect(report.changes == [.clippedBox: 1])
    #expect(report.count(of: .boxWithoutArea) == 4)
  }

  // Of 640 × 480, six decimals: 0.75e-6 of a side are 0.00048 and 0.00036 pixels.
  @Test func aBoxThatLeavesItsImageIsNamedAndARoundedOneIsNot() throws {
    var report = DatasetReport()
    var collector = GroundTruthCollector(file: "a.txt", width: 640, height: 480)
    let boxes = [
      (-0.000_48, 480.000_36), (-0.000_7, 480), (0, 480.000_5), (-12.5, 490), (0, 480),
    ]
    for (index, (xMin, yMax)) in boxes.enumerated() {
      collector.add(
        LabeledPixelBox(
          box: PixelBox(xMin: xMin, yMin: 2, xMax: 50, yMax: yMax), classIndex: 1),
        place: "line \(index + 1)", written: "a box", report: &report)
    }
    #expect(collector.groundTruth.allSatisfy { $0.box.xMin == 0 && $0.box.yMax == 480 })
    #expect(report.changes == [.clippedBox: 3])
    #expect(
      report.places[.clippedBox]?.map { "\($0.file): \($0.reason)" } == [
        "a.txt: line 2: a box leaves 640 × 480 by 0.001 pixels",
        "a.txt: line 3: a box leaves 640 × 480 by 0.001 pixels",
        "a.txt: line 4: a box leaves 640 × 480 by 12.5 pixels",
      ])
    #expect(
      report.lines(limit: 1) == [
        "3 boxes clipped to their image:",
        "  a.txt: line 2: a box leaves 640 × 480 by 0.001 pixels", "  … and 2 more",
      ])
    #expect(report.lines(limit: 0) == ["3 boxes clipped to their image"])
    // A run's record has the numbers.
    let kept = try JSONDecoder().decode(DatasetReport.self, from: JSONEncoder().encode(report))
    #expect(kept == report && kept.places.isEmpty)
  }

  // The classes of a run are found by name, whatever the ids.
  @Test func cocoCategoriesAreMappedByName() throws {
    try withFolder { folder in
      try Fixtures.write(coco, to: folder + "/x.json")
      try Fixtures.writeImage(folder + "/a.png")
      let loader = try DatasetLoader(path: folder + "/x.json")
      #expect(loader.format == .coco)
      let (dataset, _) = try loader.load(split: "x", classNames: ["dog", "bird"])
      #expect(dataset.images[0].groundTruth.map(\.classIndex) == [1])
    }
  }

  @Test func badCOCOFilesAreNamed() throws {
    func message(_ text: String) throws -> String {
      try withFolder { folder in
        try Fixtures.write(text, to: folder + "/x.json")
        let error = #expect(throws: (any Error).self) {
          try DatasetLoader(path: folder + "/x.json").load(split: "x")
        }
        return "\(try #require(error))".replacingOccurrences(of: folder + "/", with: "")
      }
    }
    #expect(try message("{").hasPrefix("x.json: "))
    let missing = try message(#"{"images": [], "categories": [], "annotations": [{}]}"#)
    #expect(missing.hasPrefix("x.json: annotations[0]."), "\(missing)")
    #expect(missing.hasSuffix(": missing"), "\(missing)")
    #expect(
      try message(
        #"{"images": [{"id": 1}, {"id": 1}], "categories": [{"id": 1, "name": "a"}], "annotations": []}"#
      ) == "x.json: images: a second image of id 1")
    #expect(
      try message(#"{"images": [], "categories": [], "annotations": []}"#)
        == "x.json: no object in any annotation, so there is no class")
  }

  // MARK: YOLO

  // By hand: 0.5 0.5 0.25 0.5 of 40 × 20 is [15, 5, 25, 15].
  @Test(arguments: [
    "train: images/train\nval: images/val\nnames: [cat, dog]\nnc: 2\n",
    "path: .\ntrain: ./images/train\nval: ../images/val\nnames:\n  0: cat\n  1: dog\n",
  ])
  func yoloIsRead(yaml: String) throws {
    try withFolder { folder in
      try Fixtures.write(yaml, to: folder + "/data.yaml")
      try Fixtures.writeImage(folder + "/images/train/a.png")
      try Fixtures.writeImage(folder + "/images/train/b.png")
      try Fixtures.writeImage(folder + "/images/val/c.png")
      try Fixtures.write(
        """
        1 0.5 0.5 0.25 0.5
        0 0.1 0.2 0.3 0.2 0.3 0.6 0.1 0.6

        0 0.5 0.5 0 0.5
        2 0.5 0.5 0.1 0.1
        1 0.5 0.5 0.25 0.5
        """, to: folder + "/labels/train/a.txt")
      try Fixtures.writeImage(folder + "/images/train/d.png")
      try Fixtures.write(
        "0 0.5 0.5 0.1\n0 x 0.5 0.1 0.1\n0 12 8 4 4", to: folder + "/labels/train/d.txt")
      let loader = try DatasetLoader(path: folder)
      #expect(loader.format == .yolo)
      #expect(try loader.splits() == ["train", "val"])
      let (dataset, report) = try loader.load(split: "train")
      #expect(dataset.classNames == ["cat", "dog"])
      #expect(dataset.images.map(\.name) == ["a", "b"])
      #expect(
        dataset.images[0].groundTruth == [
          LabeledPixelBox(box: PixelBox(xMin: 15, yMin: 5, xMax: 25, yMax: 15), classIndex: 2),
          LabeledPixelBox(box: PixelBox(xMin: 4, yMin: 4, xMax: 12, yMax: 12), classIndex: 1),
        ])
      #expect(dataset.images[1].groundTruth.isEmpty)
      let found = report.problems.map { ($0.kind, $0.file.dropFirst(folder.count + 1), $0.reason) }
      let expected: [(DatasetProblem.Kind, Substring, String)] = [
        (
          .unknownName, "labels/train/a.txt", "line 5: expected a class of 0…1, found 2"
        ),
        (.duplicate, "labels/train/a.txt", "line 6: 1 0.5 0.5 0.25 0.5 a second time"),
        (
          .unreadableAnnotation, "labels/train/d.txt",
          "line 1: expected class, x, y, width, height, or a polygon, found 0 0.5 0.5 0.1"
        ),
        (
          .unreadableAnnotation, "labels/train/d.txt",
          "line 2: expected class, x, y, width, height, or a polygon, found 0 x 0.5 0.1 0.1"
        ),
        (
          .unreadableAnnotation, "labels/train/d.txt",
          "line 3: expected shares of the image, 0…1, found 0 12 8 4 4"
        ),
        (
          .boxWithoutArea, "labels/train/a.txt",
          "line 4: 0 0.5 0.5 0 0.5 has no area inside 40 × 20"
        ),
        (.unlabeledImage, "images/train/b.png", "no labels"),
      ]
      #expect(found.map(\.0) == expected.map(\.0))
      #expect(found.map(\.1) == expected.map(\.1))
      #expect(found.map(\.2) == expected.map(\.2))
      #expect(report.changes == [.turnedBox: 1])
      let strict = try DatasetLoader(path: folder, isStrict: true)
      #expect(throws: DatasetError.self) { try strict.load(split: "train") }
      #expect(try loader.load(split: "val").dataset.images.map(\.name) == ["c"])
    }
  }

  @Test func yoloListsOfImagesAreRead() throws {
    try withFolder { folder in
      try Fixtures.write("train: list.txt\nnames: [cat]\n", to: folder + "/d.yaml")
      try Fixtures.write("./images/a.png\n\nimages/none.png\n", to: folder + "/list.txt")
      try Fixtures.writeImage(folder + "/images/a.png")
      let (dataset, report) = try DatasetLoader(path: folder + "/d.yaml").load(split: "train")
      #expect(dataset.images.map(\.name) == ["a"])
      #expect(report.problems.map(\.kind) == [.missingFile, .unlabeledImage])
    }
  }

  @Test(arguments: [
    ("names: {0: a, 2: b}\n", "names: expected each of the numbers 0…1 once, found 2 (line 1"),
    ("names: []\n", "names: expected one or more, found none"),
    ("names: [a\n", "not YAML: "),
    ("names: 3\n", "names: "),
  ])
  func badDescriptionsAreNamed(yaml: String, message: String) throws {
    try withFolder { folder in
      try Fixtures.write(yaml, to: folder + "/data.yaml")
      let error = #expect(throws: (any Error).self) {
        try DatasetLoader(path: folder, format: .yolo).splits()
      }
      let text = "\(try #require(error))"
      #expect(text.hasPrefix("\(folder)/data.yaml: \(message)"), "\(text)")
    }
  }

  // MARK: Conversion

  private struct Plain: Equatable {
    let name: String
    let width: Int
    let height: Int
    let groundTruth: [LabeledPixelBox]
    let pixels: RGBImage
  }

  private func plain(_ path: String, _ split: String, difficult: Bool = true) throws -> [Plain] {
    let dataset = try DatasetLoader(path: path).load(split: split).dataset
    return try dataset.images.map { image in
      Plain(
        name: image.name, width: image.width, height: image.height,
        groundTruth: image.groundTruth.map {
          var labeled = $0
          if !difficult { labeled.isDifficult = false }
          return labeled
        }, pixels: try image.pixels())
    }.sorted { $0.name < $1.name }
  }

  // The same boxes, exactly, whether they come as corners, sides or shares of the image.
  @Test(
    .enabled(if: SharedMaterial.has("data/bccd"), "needs ../shared"),
    arguments: [
      DatasetFormat.voc, .coco, .yolo, .createml, .labelme, .via, .labelstudio, .csv, .tfrecord,
      .cvat, .kitti, .webdataset,
    ])
  func everyFormatGivesTheSameDataset(format: DatasetFormat) throws {
    try withFolder { folder in
      let target = folder + "/converted"
      let loader = try DatasetLoader(path: SharedMaterial.path("data/bccd"))
      var writer = try DatasetWriter(format: format, folder: target)
      for split in ["val", "test"] {
        try writer.write(loader.load(split: split).dataset, split: split)
      }
      let converted = try DatasetLoader(path: target)
      #expect(converted.format == format)
      #expect(try converted.splits() == ["test", "val"])
      #expect(try converted.load(split: "val").dataset.classNames == ["Platelets", "RBC", "WBC"])
      for split in ["val", "test"] {
        let expected = try plain(
          SharedMaterial.path("data/bccd"), split,
          difficult: format.type.canHold.contains(.difficult))
        #expect(expected.count == (split == "val" ? 87 : 72))
        #expect(try plain(target, split) == expected)
        #expect(try converted.load(split: split).report.problems.isEmpty)
      }
      var back = try DatasetWriter(format: .voc, folder: folder + "/back")
      for split in ["val", "test"] {
        try back.write(converted.load(split: split).dataset, split: split)
        #expect(try plain(folder + "/back", split) == plain(target, split))
      }
      let error = #expect(throws: (any Error).self) {
        try DatasetWriter(format: format, folder: target)
      }
      #expect("\(try #require(error))".hasPrefix("\(target): expected a new or empty folder"))
    }
  }

  // Two images of one name in two splits, and one image in two splits.
  @Test func namesThatMeetAreKeptApart() throws {
    try withFolder { folder in
      let dataset = ShapesSpecification(imageCount: 2, side: 32, seed: 1).dataset(split: "train")
      var other = ShapesSpecification(imageCount: 2, side: 32, seed: 9).dataset(split: "train")
      for index in other.images.indices { other.images[index].name = dataset.images[index].name }
      var writer = try DatasetWriter(format: .voc, folder: folder + "/voc")
      try writer.write(dataset, split: "train")
      try writer.write(other, split: "test")
      let read = try DatasetLoader(path: folder + "/voc")
      #expect(
        try read.load(split: "test").dataset.images.map(\.name) == [
          "test_train-1-0", "test_train-1-1",
        ])
      // Shapes lie anywhere: taking 1 off and adding it again rounds.
      for (a, b) in zip(try read.load(split: "test").dataset.images, other.images) {
        #expect(a.groundTruth.count == b.groundTruth.count)
        for (a, b) in zip(a.groundTruth, b.groundTruth) {
          #expect(abs(a.box.xMin - b.box.xMin) < 1e-12 && abs(a.box.yMax - b.box.yMax) < 1e-12)
        }
      }
    }
  }

  // One of them difficult: where that is lost, the two are the same.
  @Test(arguments: DatasetFormat.written)
  func objectsThatAreTheSameAreKeptOrTold(format: DatasetFormat) throws {
    try withFolder { folder in
      try Fixtures.writeImage(folder + "/a.png")
      let box = PixelBox(xMin: 1, yMin: 2, xMax: 11, yMax: 7)
      var objects = [1, 1, 2, 1].map { LabeledPixelBox(box: box, classIndex: $0) }
      objects[3].isDifficult = true
      let image = DatasetImage(
        name: "a", source: .file(path: folder + "/a.png"), width: 40, height: 20,
        groundTruth: objects)
      let dataset = DetectionDataset(classNames: ["cat", "dog"], images: [image])
      var writer = try DatasetWriter(format: format, folder: folder + "/out")
      try writer.write(dataset, split: "train")
      let loader = try DatasetLoader(path: folder + "/out")
      let (read, report) = try loader.load(split: "train")
      #expect(report.problems.isEmpty)
      #expect(writer.losses.repeats == (format.type.holdsObjectsOnce ? 2 : 0))
      #expect(read.images[0].groundTruth.count + writer.losses.repeats == 4)
      #expect(Set(read.images[0].groundTruth.map(\.classIndex)) == [1, 2])
    }
  }

  // (0.3 − 0.1) · 10 is not 2: corners alone would find three segments.
  @Test func theAreaOfABoxIsNoSegments() throws {
    try withFolder { folder in
      try Fixtures.writeImage(folder + "/coco/a.png")
      #expect((0.3 - 0.1) * 10 != 2)
      let annotations = [2, 2, 1.5].map { area in
        #"{"image_id": 1, "category_id": 1, "bbox": [0.1, 1, 0.2, 10], "area": \#(area)}"#
      }
      try Fixtures.write(
        #"{"images": [{"id": 1, "file_name": "a.png"}], "categories": [{"id": 1, "name": "a"}],"#
          + #" "annotations": [\#(annotations.joined(separator: ","))]}"#,
        to: folder + "/coco/train.json")
      let (dataset, report) = try DatasetLoader(path: folder + "/coco").load(split: "train")
      #expect(report.problems.isEmpty)
      var writer = try DatasetWriter(format: .cvat, folder: folder + "/cvat")
      try writer.write(dataset, split: "train")
      #expect(writer.losses.lines == ["1 area of segments, that of the box now"])
    }
  }

  @Test func aClassThatOneSplitLacksIsNotLost() throws {
    let image = DatasetImage(
      name: "a",
      source: .generated { RGBImage(width: 8, height: 8, pixels: .init(repeating: 9, count: 192)) },
      width: 8, height: 8,
      groundTruth: [
        LabeledPixelBox(box: PixelBox(xMin: 1, yMin: 1, xMax: 5, yMax: 6), classIndex: 1)
      ])
    var empty = image
    empty.name = "b"
    empty.groundTruth = []
    try withFolder { folder in
      var writer = try DatasetWriter(format: .voc, folder: folder + "/voc")
      for (split, image) in [("train", image), ("val", empty)] {
        try writer.write(
          DetectionDataset(classNames: ["cat", "dog"], images: [image]), split: split)
      }
      #expect(writer.losses.unusedClasses == ["dog"])
    }
  }

  // A name that a reader would give back as another is refused; every other one comes back.
  @Test(
    arguments: DatasetFormat.written,
    [
      "cat", " cat", "dog ", "a  b", "a\nb", "a\rb", "a\tb", "\tx", "x\n", "\u{A0}y", "a\u{85}b",
      "a\u{2028}b", "a\u{1}b", "\u{FEFF}x", "e\u{FFFE}b", "👩‍🚀", "a\u{301}",
    ])
  func namesOfClassesComeBackOrAreRefused(format: DatasetFormat, name: String) throws {
    let isWord = ["cat", "👩‍🚀", "a\u{301}"].contains(name)
    let isLine = [" cat", "dog ", "a  b", "\u{A0}y"].contains(name) || isWord
    let isHeld =
      switch format {
      case .kitti: isWord
      case .yolo: isLine
      case .voc, .folder, .cvat, .csv, .webdataset: isWord || name == "a  b"
      default: true
      }
    try withFolder { folder in
      try Fixtures.writeImage(folder + "/a.png")
      let image = DatasetImage(
        name: "a", source: .file(path: folder + "/a.png"), width: 40, height: 20,
        groundTruth: [
          LabeledPixelBox(box: PixelBox(xMin: 1, yMin: 2, xMax: 11, yMax: 7), classIndex: 1)
        ])
      let dataset = DetectionDataset(classNames: [name], images: [image])
      var writer = try DatasetWriter(format: format, folder: folder + "/out")
      guard isHeld else {
        let error = #expect(throws: FileError.self) { try writer.write(dataset, split: "train") }
        #expect(error?.reason.contains("cannot hold the class \(name.shown): expected ") == true)
        #expect(!FileManager.default.fileExists(atPath: folder + "/out"), "nothing is written")
        return
      }
      try writer.write(dataset, split: "train")
      let read = try DatasetLoader(path: folder + "/out").load(split: "train")
      #expect(read.report.problems.isEmpty)
      #expect(Array(read.dataset.classNames) == [name])
      #expect(read.dataset.images.map { $0.groundTruth.map(\.classIndex) } == [[1]])
    }
  }

  @Test func aNameThatNoObjectHasIsRefusedWhereAListHasIt() throws {
    try withFolder { folder in
      var shapes = ShapesSpecification(imageCount: 1, side: 32, seed: 1).dataset(split: "train")
      shapes.classNames = ClassNames(Array(shapes.classNames) + ["dog "])
      let table = try DatasetWriter(format: .csv, folder: folder + "/csv")
      #expect(throws: FileError.self) { try table.check(shapes, split: "train") }
      try DatasetWriter(format: .voc, folder: folder + "/voc").check(shapes, split: "train")
    }
  }

  @Test(arguments: DatasetFormat.written)
  func imagesThatNobodyLabelledAreCountedWhereTheyBecomeEmpty(format: DatasetFormat) throws {
    try withFolder { folder in
      let annotation = Fixtures.annotation([("cat", ["1", "1", "5", "5"])])
      try Fixtures.writeImage(folder + "/data/train/a.png", width: 20, height: 10)
      try Fixtures.write(annotation, to: folder + "/data/train/a.xml")
      for name in ["b", "c"] {
        try Fixtures.writeImage(folder + "/data/test/\(name).png", width: 20, height: 10)
      }
      let loader = try DatasetLoader(path: folder + "/data")
      let classNames = try loader.classNames()
      var writer = try DatasetWriter(format: format, folder: folder + "/out")
      for split in ["train", "test"] {
        let dataset = try loader.load(split: split, classNames: classNames).dataset
        #expect(dataset.images.map(\.isUnlabeled) == (split == "test" ? [true, true] : [false]))
        try writer.write(dataset, split: split)
      }
      #expect(
        writer.losses.lines == ["2 images without labels, labelled as without objects now"])
      let (read, report) = try DatasetLoader(path: folder + "/out")
        .load(split: "test", classNames: classNames)
      #expect(read.images.map(\.groundTruth.count) == [0, 0] && report.problems.isEmpty)
    }
  }

  // Which are lost is asked of the reader itself.
  @Test(
    arguments: DatasetFormat.written,
    [["day", "night"], ["day"], ["holdout set", "train", "val2017"], ["test"]])
  func splitsThatAreNotReadAgainAreTold(format: DatasetFormat, splits: [String]) throws {
    try withFolder { folder in
      var writer = try DatasetWriter(format: format, folder: folder + "/out")
      for (number, split) in splits.enumerated() {
        let shapes = ShapesSpecification(imageCount: 2, side: 32, seed: UInt64(number))
        try writer.write(shapes.dataset(split: "train"), split: split)
      }
      let read = try DatasetLoader(path: folder + "/out").splits()
      #expect(writer.losses.splits == Set(splits).subtracting(read))
      let ofNames: Set = [
        "folder", "labelme", "via", "labelstudio", "tfrecord", "kitti", "webdataset",
      ]
      let lost: [String] =
        switch splits {
        case ["day", "night"]: ofNames.contains(format.name) ? splits : []
        case ["day"]: format.name == "createml" || ofNames.contains(format.name) ? splits : []
        case ["test"]: []
        default: format.name == "kitti" ? ["holdout set"] : []
        }
      let head = "splits of these names, which are read as none: "
      let told = writer.losses.lines.filter { $0.hasPrefix(head) }
      let expected: [String] = lost.isEmpty ? [] : [head + lost.joined(separator: ", ")]
      #expect(told == expected)
    }
  }

  @Test func filesOfOneSplitsNameKeepTheirOwn() throws {
    try withFolder { folder in
      try Fixtures.writeImage(folder + "/a.png", width: 40, height: 20)
      let text = #"""
        {"images": [{"id": 1, "file_name": "a.png"}], "categories": [{"id": 1, "name": "a"}],
         "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}]}
        """#
      for name in ["train", "instances_train", "instances_val"] {
        try Fixtures.write(text, to: "\(folder)/annotations/\(name).json")
      }
      #expect(try DatasetLoader(path: folder).splits() == ["instances_train", "train", "val"])
    }
  }
}
