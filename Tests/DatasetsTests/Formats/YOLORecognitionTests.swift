import Files
import Foundation
import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// A place is YOLO's by rows of labels that have an image's name, not by a list of classes or a
/// description alone.
struct YOLORecognitionTests {
  private static let row = "0 0.5 0.5 0.2 0.2\n"
  private static let coco = #"""
    {"images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}],
     "categories": [{"id": 1, "name": "cat"}],
     "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}]}
    """#

  private func write(_ texts: [String: String], images: [String], to folder: String) throws {
    for (name, text) in texts { try Fixtures.write(text, to: "\(folder)/\(name)") }
    for name in images { try Fixtures.writeImage("\(folder)/\(name)") }
  }

  private func message(_ folder: String) throws -> String {
    let error = #expect(throws: DatasetError.self) { try DatasetLoader(path: folder) }
    return try #require(error).description.replacingOccurrences(of: folder + "/", with: "")
  }

  // As CVAT exports WIDER FACE: with a list of classes at the root.
  @Test(arguments: ["labels.txt", "classes.txt", "obj.names"])
  func listsOfWIDERFaceStayThatBesideAListOfClasses(list: String) throws {
    try withFolder { folder in
      try write(
        [
          list: "cat\n",
          "wider_face_split/wider_face_train_bbx_gt.txt": "p/a.png\n1\n1 2 3 4 0 0 0 0 0 0\n",
        ], images: ["WIDER_train/images/p/a.png"], to: folder)
      let loader = try DatasetLoader(path: folder)
      #expect(loader.format == .widerFace)
      let dataset = try loader.load(split: "train").dataset
      #expect(dataset.images.map(\.groundTruth.count) == [1])
    }
  }

  // Photos, and frames of MOT, whose rows stand in one file.
  @Test(arguments: [
    (
      ["classes.txt": "cat\n", "notes.txt": "hello\n"], ["a.png", "b.png"], "classes.txt", "a.txt"
    ),
    (
      ["gt/labels.txt": "cat\n", "gt/gt.txt": "1,1,5,6,10,11,1,1,0.86\n"],
      ["img1/000001.png"], "labels.txt", "img1/000001.txt"
    ),
  ])
  func withoutATextOfAnImagesNameItIsNotYOLO(
    texts: [String: String], images: [String], list: String, label: String
  ) throws {
    try withFolder { folder in
      try write(texts, images: images, to: folder)
      #expect(
        try message(folder).contains(
          "nearest: YOLO: \(list), but no text that has the name of an image, as \(label)"))
    }
  }

  // The first text, or all but the last, is none that is read.
  @Test(arguments: [
    ("0 32 24 10 10\n", ["line 1: expected shares of the image, 0…1, found 0 32 24 10 10"]),
    (
      "# by me\n\(row)",
      ["line 1: expected class, x, y, width, height, or a polygon, found # by me"]
    ),
    ("<html>", ["line 1: expected class, x, y, width, height, or a polygon, found <html>"]),
    (
      "0 nan 0.5 0.2 0.2\n",
      ["line 1: expected class, x, y, width, height, or a polygon, found 0 nan 0.5 0.2 0.2"]
    ),
  ])
  func aDamagedFileDoesNotDecide(text: String, reasons: [String]) throws {
    try withFolder { folder in
      for bad in ["a", "b", "c"] {
        let place = "\(folder)/\(bad)"
        for name in ["a", "b", "c"] {
          try write(
            ["\(name).txt": name == bad ? text : Self.row], images: ["\(name).png"], to: place)
        }
        try Fixtures.write("cat\n", to: place + "/classes.txt")
        let loader = try DatasetLoader(path: place)
        #expect(loader.format == .yolo)
        let loaded = try loader.splits().map { try loader.load(split: $0) }
        let problems = loaded.flatMap(\.report.problems)
        #expect(problems.map(\.file) == ["\(place)/\(bad).txt"])
        #expect(problems.map(\.reason) == reasons)
        #expect(loaded.flatMap(\.dataset.images).count == 2)
      }
    }
  }

  @Test(arguments: ["0 32 24 10 10\n", "0 0.5 0.5 0.2 0.2 0.9 17\n"])
  func rowsThatAreAllWrongAreNamed(text: String) throws {
    try withFolder { folder in
      try write(["a.txt": text, "classes.txt": "cat\n"], images: ["a.png"], to: folder)
      let loader = try DatasetLoader(path: folder)
      #expect(loader.format == .yolo)
      let (dataset, report) = try loader.load(split: "train")
      #expect(dataset.images.isEmpty)
      #expect(report.problems.map(\.kind) == [.unreadableAnnotation])
      #expect(report.problems[0].reason.hasSuffix(text.trimmingCharacters(in: .newlines)))
    }
  }

  @Test func rowsOfNothingKnownAreNamedBesideAListOfClasses() throws {
    try withFolder { folder in
      try write(["a.txt": "<html>\n", "classes.txt": "cat\n"], images: ["a.png"], to: folder)
      #expect(
        try message(folder).contains(
          "YOLO: expected a class and numbers between spaces, as 0 0.5 0.5 0.2 0.2, found <html>,"
            + " the first in 1 texts"))
    }
  }

  @Test func descriptionsBelowAreNamed() throws {
    try withFolder { folder in
      for set in ["setA", "setB"] {
        try write(
          [
            "\(set)/labels/train/a.txt": Self.row,
            "\(set)/data.yaml": "train: images/train\nnames: [cat]\n",
          ], images: ["\(set)/images/train/a.png"], to: folder)
      }
      #expect(
        try message(folder).contains(
          "YOLO: 2 text labels, but no data.yaml, obj.data or classes.txt with names; data sets"
            + " with a description of their own, to be named instead: setA, setB;"))
    }
  }

  // One that names the images, and one that is left of other folders.
  @Test(arguments: ["images", "../train/images"])
  func aDescriptionWithoutLabelsLeavesThoseOfOthers(images: String) throws {
    let yaml = "train: \(images)\nval: \(images)\nnames: [cat]\n"
    let others: [(DatasetFormat, [String: String])] = [
      (.coco, ["train.json": Self.coco]),
      (.csv, ["train.csv": "filename,class,xmin,ymin,xmax,ymax\na.png,cat,1,2,3,4\n"]),
      (.kitti, ["labels/a.txt": "Car 0 0 0 1 2 9 8 1 1 1 1 1 1 1\n"]),
      (
        .folder,
        ["xml/a.xml": Fixtures.annotation(width: 40, height: 20, [("cat", ["1", "1", "5", "5"])])]
      ),
    ]
    for (format, texts) in others {
      try withFolder { folder in
        try write(texts, images: ["images/a.png", "images/b.png"], to: folder)
        try Fixtures.write(yaml, to: folder + "/data.yaml")
        let loader = try DatasetLoader(path: folder)
        #expect(loader.format == format)
        let names = try loader.classNames()
        let images = try loader.splits()
          .flatMap { try loader.load(split: $0, classNames: names).dataset.images }
        #expect(images.reduce(0) { $0 + $1.groundTruth.count } == 1)
      }
    }
  }

  // Without another's labels it is YOLO's, whose images nobody labelled yet; with its own too.
  @Test func aDescriptionAloneAndOneWithLabelsAreYOLO() throws {
    try withFolder { folder in
      try write(
        ["data.yaml": "train: images\nnames: [cat]\n"], images: ["images/a.png"], to: folder)
      #expect(try DatasetLoader(path: folder).format == .yolo)
      try Fixtures.write(Self.row, to: folder + "/labels/a.txt")
      try Fixtures.write(Self.coco, to: folder + "/train.json")
      #expect(try DatasetLoader(path: folder).format == .yolo)
    }
  }

  // Which layout a place is of is not for YOLO to say.
  @Test func aDescriptionWithoutLabelsFitsAlone() throws {
    try withFolder { folder in
      try write(
        ["data.yaml": "train: images\nnames: [cat]\n"], images: ["images/a.png"], to: folder)
      #expect(try YOLOFormat.recognize(DatasetPlace(folder)) == .fitsAlone)
      try Fixtures.write(Self.row, to: folder + "/labels/a.txt")
      #expect(try YOLOFormat.recognize(DatasetPlace(folder)) == .fits)
    }
  }

  // A file that is named is taken for what its name says, and its error told.
  @Test func aNamedDescriptionWithoutNamesFitsAlone() throws {
    try withFolder { folder in
      let (named, unnamed) = (folder + "/data.yaml", folder + "/run.yaml")
      try Fixtures.write("train: images\nnames: [cat]\n", to: named)
      try Fixtures.write("train: images\n", to: unnamed)
      #expect(try YOLOFormat.recognize(DatasetPlace(named)) == .fits)
      #expect(try YOLOFormat.recognize(DatasetPlace(unnamed)) == .fitsAlone)
      let error = #expect(throws: FileError.self) { try DatasetLoader(path: unnamed) }
      #expect(error?.description == "\(unnamed): names: missing")
    }
  }

  // The description lies in a folder of its own, with a table of something that is read, too.
  @Test func labelsOfADescriptionCountWhereverTheyLie() throws {
    try withFolder { folder in
      try write(["far/labels/a.txt": Self.row], images: ["far/images/a.png"], to: folder)
      try write(
        [
          "here/data.yaml": "train: ../far/images\nnames: [cat]\n",
          "here/old.csv": "filename,class,xmin,ymin,xmax,ymax\na.png,cat,1,2,3,4\n",
        ], images: [], to: folder)
      #expect(try DatasetLoader(path: folder + "/here").format == .yolo)
    }
  }

  // Made of KITTI's, with a list of classes; then where YOLO's labels lie.
  @Test(arguments: [("image_2", DatasetFormat.kitti), ("images", .yolo)])
  func rowsCountWhereYOLOLooksForThem(images: String, format: DatasetFormat) throws {
    try withFolder { folder in
      try write(
        [
          "label_2/a.txt": "Car 0 0 0 1 2 9 8 1 1 1 1 1 1 1\n", "labels/a.txt": Self.row,
          "classes.txt": "cat\n",
        ], images: ["\(images)/a.png"], to: folder)
      #expect(try DatasetLoader(path: folder).format == format)
    }
  }
}
