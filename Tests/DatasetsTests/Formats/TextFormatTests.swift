import Files
import Foundation
import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// KITTI, WIDER FACE, VisDrone and DOTA; the boxes by hand.
struct TextFormatTests {
  private func images(_ folder: String, _ paths: String...) throws {
    for path in paths { try Fixtures.writeImage("\(folder)/\(path)", width: 40, height: 20) }
  }

  private let car = "Car 0.00 0 -1.57 1.5 2 11.25 7 1.5 1.6 3.9 1.0 1.6 20.0 -1.5"

  // Both folders number their images alike: one without labels gets none of the other's.
  @Test func kittiIsRead() throws {
    try withFolder { folder in
      try images(
        folder, "training/image_2/000000.png", "training/image_2/000001.png",
        "training/image_3/000000.png", "testing/image_2/000000.png")
      try Fixtures.write(
        car + "\r\nDontCare -1 -1 -10 20 1 30 9 -1 -1 -1 -1000 -1000 -1000 -10\r\n"
          + "Pedestrian 0 0 0 3 3 6 9 1 1 1 1 1 1 1 0.75\r\n",
        to: folder + "/training/label_2/000000.txt")
      try Fixtures.write("Car 0 0 x\n", to: folder + "/training/label_2/000001.txt")
      try Fixtures.write(car, to: folder + "/training/label_2/000002.txt")
      let loader = try DatasetLoader(path: folder)
      #expect(loader.format == .kitti)
      #expect(try loader.splits() == ["testing", "training"])
      let (dataset, report) = try loader.load(split: "training")
      #expect(dataset.classNames == ["Car", "Pedestrian"])
      #expect(dataset.images.map(\.name) == ["000000"])
      let region = PixelBox(xMin: 20, yMin: 1, xMax: 30, yMax: 9)
      #expect(
        dataset.images[0].groundTruth == [
          LabeledPixelBox(box: PixelBox(xMin: 1.5, yMin: 2, xMax: 11.25, yMax: 7), classIndex: 1),
          LabeledPixelBox(box: region, classIndex: 1, isCrowd: true),
          LabeledPixelBox(box: region, classIndex: 2, isCrowd: true),
          LabeledPixelBox(box: PixelBox(xMin: 3, yMin: 3, xMax: 6, yMax: 9), classIndex: 2),
        ])
      #expect(report.changes == [.ignoredRegion: 1])
      #expect(report.count(of: .unreadableAnnotation) == 1)
      #expect(
        report.problems.filter { $0.kind == .labelsWithoutImage }.map(\.file)
          == ["\(folder)/training/label_2/000002.txt"])
      let test = try loader.load(split: "testing", classNames: dataset.classNames)
      #expect(test.dataset.images.map(\.groundTruth) == [[]])
      #expect(test.report.problems.map(\.kind) == [.unlabeledImage])
      // A run without pedestrians has the region for its own classes.
      let cars = try loader.load(split: "training", classNames: ["Car"])
      #expect(cars.dataset.images[0].groundTruth.map(\.isCrowd) == [false, true])
      #expect(cars.report.count(of: .unknownName) == 1)
    }
  }

  // Of what is left out nothing was changed.
  @Test func aLineThatStandsThereTwiceCountsOnce() throws {
    try withFolder { folder in
      try images(folder, "training/image_2/0.png")
      let region = "DontCare -1 -1 -10 20 1 30 9 -1 -1 -1 -1000 -1000 -1000 -10"
      try Fixtures.write(
        [car, region, region].joined(separator: "\n"), to: folder + "/training/label_2/0.txt")
      let (dataset, report) = try DatasetLoader(path: folder).load(split: "training")
      #expect(dataset.images.map(\.groundTruth.count) == [2])
      #expect(report.changes == [.ignoredRegion: 1])
      #expect(report.problems.map(\.kind) == [.duplicate])
      #expect(report.problems.map(\.reason) == ["line 3: \(region) a second time"])
    }
  }

  // The calibration of the cameras has a file of the name of each image as well.
  @Test(arguments: ["label_2", "truth"])
  func kittisCalibrationIsNoLabel(labels: String) throws {
    try withFolder { folder in
      try images(folder, "training/image_2/0.png", "training/image_2/1.png")
      for index in 0...1 {
        try Fixtures.write(
          "P0: 7.07e+02 0 6.04e+02\n", to: "\(folder)/training/calib/\(index).txt")
        try Fixtures.write(car, to: "\(folder)/training/\(labels)/\(index).txt")
      }
      let loader = try DatasetLoader(path: folder)
      #expect(loader.format == .kitti)
      let (dataset, report) = try loader.load(split: "training")
      #expect(dataset.images.map(\.groundTruth.count) == [1, 1])
      #expect(report.problems.isEmpty)
    }
  }

  // Labels of YOLO's that somebody made of the others.
  @Test(arguments: [
    ("annotations", "1,2,10,5,1,4,0,0", DatasetFormat.visDrone),
    ("truth", "1,2,10,5,1,4,0,0", .visDrone), ("labelTxt", "1 1 5 1 5 4 1 4 plane 1", .dota),
    ("zones", "1 1 5 1 5 4 1 4 plane 1", .dota),
    ("truth", "Car 0 0 0 1 2 9 8 1 1 1 1 1 1 1", .kitti),
  ])
  func labelsOfAnotherFormatBesideAreLeftAlone(
    labels: String, row: String, format: DatasetFormat
  ) throws {
    try withFolder { folder in
      for split in ["train", "val"] {
        try images(folder, "\(split)/images/0_\(split).png")
        try Fixtures.write(row, to: "\(folder)/\(split)/\(labels)/0_\(split).txt")
        try Fixtures.write(
          "0 0.5 0.5 0.1 0.1\n", to: "\(folder)/\(split)/labels/0_\(split).txt")
      }
      let loader = try DatasetLoader(path: folder)
      #expect(loader.format == format)
      let (dataset, report) = try loader.load(split: "val")
      #expect(dataset.images.map(\.groundTruth.count) == [1])
      #expect(report.problems.isEmpty)
    }
  }

  @Test(arguments: [
    ("Car 0 0 0 1 2 9 8 1 1 1 1 1 1 1", DatasetFormat.kitti), ("1,2,3,4,1,4,0,0", .visDrone),
    ("1 1 5 1 5 4 1 4 plane 1", .dota),
  ])
  func labelsMayBeInAnotherFolderThanTheImages(row: String, format: DatasetFormat) throws {
    try withFolder { folder in
      try images(folder, "photos/a.png", "photos/b.png")
      for name in ["a", "b"] { try Fixtures.write(row, to: "\(folder)/labels/\(name).txt") }
      let options = ReadingOptions(imageFolder: folder + "/photos")
      let loader = try DatasetLoader(path: folder + "/labels", options: options)
      #expect(loader.format == format)
      let all = try loader.splits().map { try loader.load(split: $0, classNames: ["Car"]) }
      #expect(all.flatMap(\.dataset.images).map(\.name).sorted() == ["a", "b"])
      #expect(all.allSatisfy { $0.report.count(of: .unlistedImage) == 0 })
      let error = #expect(throws: DatasetError.self) {
        try DatasetLoader(path: folder + "/labels")
      }
      #expect(
        error?.description
          == "\(folder)/labels: label files, but no image: --images names their folder")
    }
  }

  @Test func kittisListsAreItsSplits() throws {
    try withFolder { folder in
      try images(
        folder, "training/image_2/000000.png", "training/image_2/000001.png",
        "testing/image_2/000000.png")
      for name in ["000000", "000001"] {
        try Fixtures.write(car, to: folder + "/training/label_2/\(name).txt")
      }
      for (split, lines) in [
        ("train", "000000\n"), ("val", "000001\n"), ("trainval", "000000\n000001"),
        ("test", "000000"),
      ] { try Fixtures.write(lines, to: folder + "/ImageSets/\(split).txt") }
      let loader = try DatasetLoader(path: folder)
      #expect(try loader.splits() == ["test", "train", "trainval", "val"])
      func sources(_ split: String) throws -> [String] {
        try loader.load(split: split, classNames: ["Car"]).dataset.images.map { image in
          guard case .file(let path) = image.source else { return "" }
          return String(path.dropFirst(folder.count + 1))
        }
      }
      #expect(try sources("train") == ["training/image_2/000000.png"])
      #expect(try sources("val") == ["training/image_2/000001.png"])
      #expect(try sources("trainval").count == 2)
      #expect(try sources("test") == ["testing/image_2/000000.png"])
    }
  }

  @Test func linesOfKITTIsListsWithoutImageAndImagesInNoListAreNamed() throws {
    try withFolder { folder in
      try images(
        folder, "training/image_2/000000.png", "training/image_2/000001.png",
        "training/image_2/000002.png")
      for name in ["000000", "000001", "000002"] {
        try Fixtures.write(car, to: folder + "/training/label_2/\(name).txt")
      }
      try Fixtures.write("000000.png\n\n000009\n", to: folder + "/ImageSets/train.txt")
      let (dataset, report) = try DatasetLoader(path: folder).load(split: "train")
      #expect(dataset.images.map(\.name) == ["000000"])
      #expect(
        report.problems == [
          DatasetProblem(
            kind: .missingFile, file: folder + "/ImageSets/train.txt",
            reason: "line 3: no such image: 000009"),
          DatasetProblem(
            kind: .unlisted, file: folder + "/ImageSets",
            reason:
              "2 labelled images in no list, training/image_2/000001.png the first"),
        ])
    }
  }

  @Test func kittiIsWrittenAndCannotHoldSpaces() throws {
    var shapes = ShapesSpecification(imageCount: 3, side: 64, seed: 6).dataset(split: "train")
    shapes.images[0].groundTruth = []
    try withFolder { folder in
      var writer = try DatasetWriter(format: .kitti, folder: folder + "/x", pictures: .png)
      try writer.write(shapes, split: "train")
      let loader = try DatasetLoader(path: folder + "/x")
      #expect(loader.format == .kitti)
      let (dataset, report) = try loader.load(split: "train", classNames: shapes.classNames)
      #expect(report == DatasetReport())
      #expect(dataset.images.map(\.groundTruth) == shapes.images.map(\.groundTruth))
      shapes.classNames = ClassNames(shapes.classNames.map { "a \($0)" })
      var refused = try DatasetWriter(format: .kitti, folder: folder + "/y", pictures: .png)
      let error = #expect(throws: FileError.self) { try refused.write(shapes, split: "train") }
      #expect(error?.reason.hasPrefix("KITTI's labels cannot hold the class a ") == true)
      #expect(!FileManager.default.fileExists(atPath: folder + "/y"), "nothing is written")
      shapes.classNames = ClassNames(shapes.classNames.indices.map { "\($0)" })
      var numbered = try DatasetWriter(format: .kitti, folder: folder + "/z", pictures: .png)
      #expect(throws: FileError.self) { try numbered.write(shapes, split: "train") }
    }
  }

  // The rows of zeros that follows a count of 0; an invalid face; a count that does not fit.
  @Test func widerFaceIsRead() throws {
    try withFolder { folder in
      try Fixtures.write(
        """
        0--Parade/a b.png
        2
        1 2 10 5 0 0 0 0 0 0 
        20 3 8 9 1 0 0 1 2 0 
        0--Parade/none.png
        0
        0 0 0 0 0 0 0 0 0 0 
        1--Other/short.png
        3
        1 2 10 5 0 0 0 0 0 0 
        1--Other/last.png
        1
        1 2 0 5 0 0 0 0 0 0 

        """, to: folder + "/wider_face_split/wider_face_train_bbx_gt.txt")
      try Fixtures.write(
        "0--Parade/t.png\n", to: folder + "/wider_face_split/wider_face_test_filelist.txt")
      try images(
        folder, "WIDER_train/images/0--Parade/a b.png", "WIDER_train/images/0--Parade/none.png",
        "WIDER_train/images/1--Other/short.png", "WIDER_train/images/1--Other/last.png",
        "WIDER_test/images/0--Parade/t.png")
      let loader = try DatasetLoader(path: folder)
      #expect(loader.format == .widerFace)
      #expect(try loader.splits() == ["test", "train"])
      let (dataset, report) = try loader.load(split: "train")
      #expect(dataset.classNames == ["face"])
      #expect(
        dataset.images.map(\.name) == ["0--Parade/a b", "0--Parade/none", "1--Other/last"])
      #expect(
        dataset.images.map(\.groundTruth) == [
          [
            LabeledPixelBox(box: PixelBox(xMin: 1, yMin: 2, xMax: 11, yMax: 7), classIndex: 1),
            LabeledPixelBox(
              box: PixelBox(xMin: 20, yMin: 3, xMax: 28, yMax: 12), classIndex: 1,
              isDifficult: true),
          ], [], [],
        ])
      #expect(
        report.problems.map(\.reason) == [
          "line 8: expected 3 rows of 1--Other/short.png, found 1",
          "line 13: 1 2 0 5 0 0 0 0 0 0 has no area inside 40 × 20",
        ])
      let test = try loader.load(split: "test")
      #expect(test.dataset.images.count == 1)
      #expect(test.report.problems.map(\.kind) == [.unlabeledImage])
    }
  }

  @Test func aSecondListOfWIDERFaceAndAFaceThatIsNotCountedAreTold() throws {
    try withFolder { folder in
      let lists = folder + "/wider_face_split/wider_face_train_"
      try Fixtures.write(
        "p/0.png\n1\n1 2 10 5 0 0 0 0 0 0\np/1.png\n0\n5 5 9 9 0 0 0 0 0 0\n",
        to: lists + "bbx_gt.txt")
      try Fixtures.write("p/2.png\n1\n1 2 10 5 0 0 0 0 0 0\n", to: lists + "part2_bbx_gt.txt")
      try images(folder, "WIDER_train/images/p/0.png", "WIDER_train/images/p/1.png")
      let (dataset, report) = try DatasetLoader(path: folder).load(split: "train")
      #expect(dataset.images.map(\.name) == ["p/0"])
      #expect(report.problems.map(\.kind) == [.disagreement, .unreadableAnnotation])
      #expect(
        report.problems.map(\.reason) == [
          "a second list of train, not read; \(lists)bbx_gt.txt counts",
          "line 4: expected 0 rows of p/1.png, found 1",
        ])
    }
  }

  @Test func visDroneIsRead() throws {
    try withFolder { folder in
      let train = folder + "/VisDrone2019-DET-train"
      try images(folder, "VisDrone2019-DET-train/images/a.png", "VisDrone2019-DET-val/images/b.png")
      try Fixtures.write(
        "1,2,10,5,1,4,0,0\n20,1,10,8,0,0,0,0,\n3,3,3,6,1,11,0,0\n5,5,4,4,0,1,0,1\n",
        to: train + "/annotations/a.txt")
      try Fixtures.write(
        "1,2,10,5,1,12,0,0\n", to: folder + "/VisDrone2019-DET-val/annotations/b.txt")
      let loader = try DatasetLoader(path: folder)
      #expect(loader.format == .visDrone)
      #expect(try loader.splits() == ["train", "val"])
      let (dataset, report) = try loader.load(split: "train")
      #expect(dataset.classNames.count == 10 && dataset.classNames[4] == "car")
      let found = dataset.images[0].groundTruth
      try #require(found.count == 12)
      #expect(
        found[0]
          == LabeledPixelBox(box: PixelBox(xMin: 1, yMin: 2, xMax: 11, yMax: 7), classIndex: 4))
      #expect(found[1...10].map(\.classIndex) == Array(1...10))
      #expect(
        found[1...10].allSatisfy { $0.isCrowd && $0.box.corners == [20, 1, 30, 9] })
      #expect(
        found[11]
          == LabeledPixelBox(
            box: PixelBox(xMin: 5, yMin: 5, xMax: 9, yMax: 9), classIndex: 1, isDifficult: true))
      #expect(report.changes == [.ignoredRegion: 1, .otherKind: 1])
      #expect(report.problems.isEmpty)
      let bad = try loader.load(split: "val")
      #expect(bad.dataset.images.isEmpty)
      #expect(
        bad.report.problems.map(\.reason) == [
          "line 1: expected left, top, width, height, score, category 0…11, truncation, occlusion"
            + " with commas, found 1,2,10,5,1,12,0,0"
        ])
      #expect(try DatasetLoader(path: train).splits() == ["train"])
    }
  }

  // A corner that is not one of the upright box says that it is turned.
  @Test func dotaIsRead() throws {
    try withFolder { folder in
      try images(folder, "train/images/P1.png", "val/images/P2.png")
      try Fixtures.write(
        """
        imagesource:GoogleEarth
        gsd:0.14
        10.5 2 20 6 15 12 5 8 small-vehicle 0
        1 1 5 1 5 4 1 4 plane 1
        1 1 5 1 5 4 1 4 ship
        """, to: folder + "/train/labelTxt/P1.txt")
      try Fixtures.write("imagesource:GoogleEarth\ngsd:null\n", to: folder + "/val/labelTxt/P2.txt")
      let loader = try DatasetLoader(path: folder)
      #expect(loader.format == .dota)
      #expect(try loader.splits() == ["train", "val"])
      let (dataset, report) = try loader.load(split: "train")
      #expect(dataset.classNames == ["plane", "ship", "small-vehicle"])
      #expect(
        dataset.images[0].groundTruth == [
          LabeledPixelBox(box: PixelBox(xMin: 5, yMin: 2, xMax: 20, yMax: 12), classIndex: 3),
          LabeledPixelBox(
            box: PixelBox(xMin: 1, yMin: 1, xMax: 5, yMax: 4), classIndex: 1, isDifficult: true),
          LabeledPixelBox(box: PixelBox(xMin: 1, yMin: 1, xMax: 5, yMax: 4), classIndex: 2),
        ])
      #expect(report.changes == [.turnedBox: 1])
      #expect(report.problems.isEmpty)
      let empty = try loader.load(split: "val", classNames: dataset.classNames)
      #expect(empty.dataset.images.map(\.groundTruth) == [[]])
      #expect(empty.report.problems.isEmpty)
    }
  }

  // A list of classes beside them does not make them YOLO's.
  @Test(arguments: [
    ("Car 0 0 0 1 2 9 8 1 1 1 1 1 1 1", DatasetFormat.kitti), ("1,2,3,4,1,4,0,0", .visDrone),
    ("1 1 5 1 5 4 1 4 plane 1", .dota), ("0 0.5 0.5 0.1 0.1", .yolo),
  ])
  func rowsTellTheFormat(row: String, format: DatasetFormat) throws {
    try withFolder { folder in
      try images(folder, "images/a.png")
      try Fixtures.write(row, to: folder + "/labels/a.txt")
      try Fixtures.write("Car\nplane\n", to: folder + "/classes.txt")
      #expect(try DatasetLoader(path: folder).format == format)
      try FileManager.default.removeItem(atPath: folder + "/classes.txt")
      if format == .yolo {
        let error = #expect(throws: DatasetError.self) { try DatasetLoader(path: folder) }
        #expect(error?.description.contains("1 text labels, but no data.yaml") == true)
      } else {
        #expect(try DatasetLoader(path: folder).format == format)
      }
    }
  }
}
