import Files
import Foundation
import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// Pascal VOC as it is really laid out: lists of classes, several years, names with spaces.
struct VOCFormatTests {
  private let annotation = Fixtures.annotation([("cat", ["1", "1", "5", "5"])])

  private func add(_ names: [String], to folder: String) throws {
    for name in names {
      try Fixtures.write(annotation, to: "\(folder)/Annotations/\(name).xml")
      try Fixtures.writeImage("\(folder)/JPEGImages/\(name).png", width: 20, height: 10)
    }
  }

  private func names(_ folder: String, _ split: String) throws -> [String] {
    try DatasetLoader(path: folder).load(split: split).dataset.images.map(\.name)
  }

  // A list is one of a class where a split's name and −1, 0 or 1 behind each image say so.
  @Test func listsOfClassesAreNoSplits() throws {
    try withFolder { folder in
      try add(["a", "b", "c"], to: folder)
      for (list, text) in [
        ("train", "a\nb\n"), ("val", "c\n"), ("trainval", "a\nb\nc\n"), ("small_train", "a\n"),
        ("aeroplane_train", "a -1\nb  1\n"), ("traffic_light_val", "c  0\r\n"),
        ("dog_trainval", "a -1\nb -1\nc -1\n"),
      ] { try Fixtures.write(text, to: "\(folder)/ImageSets/Main/\(list).txt") }
      let loader = try DatasetLoader(path: folder)
      #expect(loader.format == .voc)
      #expect(try loader.splits() == ["small_train", "train", "trainval", "val"])
    }
  }

  @Test func imagesWithoutTheClassOfAListAreNoMembers() throws {
    try withFolder { folder in
      try add(["a", "b", "c"], to: folder)
      try Fixtures.write("a\nb\nc\n", to: "\(folder)/ImageSets/Main/train.txt")
      try Fixtures.write("a -1\nb  1\nc  0\n", to: "\(folder)/ImageSets/Main/dog_small.txt")
      #expect(try DatasetLoader(path: folder).splits() == ["dog_small", "train"])
      let (dataset, report) = try DatasetLoader(path: folder).load(split: "dog_small")
      #expect(dataset.images.map(\.name) == ["b", "c"])
      #expect(report.problems.isEmpty)
    }
  }

  @Test func picturesInNoListAndWithoutAnAnnotationAreTold() throws {
    try withFolder { folder in
      try add(["a", "b"], to: folder)
      for name in ["c", "d"] {
        try Fixtures.writeImage("\(folder)/JPEGImages/\(name).png", width: 20, height: 10)
      }
      try Fixtures.write("a\n", to: "\(folder)/ImageSets/Main/train.txt")
      try Fixtures.write("c\n", to: "\(folder)/ImageSets/Main/test.txt")
      let loader = try DatasetLoader(path: folder)
      let problems = try loader.splits().flatMap {
        try loader.load(split: $0, classNames: ["cat"]).report.problems
      }
      #expect(problems.map(\.kind) == [.unlisted, .unlistedImage, .unlabeledImage])
      #expect(problems[1].file == "\(folder)/JPEGImages/d.png")
      #expect(problems[1].reason == "in no list of ImageSets, and without an annotation")
    }
  }

  // As VoTT exports them: no list of a split, and of each class one for each split.
  @Test func listsOfClassesAloneAreUnitedToSplits() throws {
    try withFolder { folder in
      try add(["a", "b", "c", "d"], to: folder)
      for (list, text) in [
        ("cat_train", "a.png 1\nb.png -1\n"), ("red_dog_train", "b.png -1\nc.png 1\n"),
        ("cat_val", "d.png -1\n"), ("red_dog_val", "d.png -1\n"),
      ] { try Fixtures.write(text, to: "\(folder)/ImageSets/Main/\(list).txt") }
      let loader = try DatasetLoader(path: folder)
      #expect(try loader.splits() == ["train", "val"])
      #expect(try loader.seededSplit() == nil)
      #expect(try names(folder, "train") == ["a", "b", "c"])
      #expect(try names(folder, "val") == ["d"])
      #expect(try loader.load(split: "train").report.problems.isEmpty)
    }
  }

  // `toy_train` is a class here.
  @Test(arguments: [["cat", "dog"], ["bus", "toy_train"], ["cat"]])
  func listsOfClassesWithoutASplitAreSplitByASeed(classes: [String]) throws {
    try withFolder { folder in
      try add(["a", "b", "c", "d", "e"], to: folder)
      for name in classes {
        try Fixtures.write(
          "a 1\nb -1\nc -1\nd 1\ne -1\n", to: "\(folder)/ImageSets/Main/\(name).txt")
      }
      let loader = try DatasetLoader(path: folder)
      #expect(try loader.splits() == ["test", "train"])
      #expect(try loader.seededSplit() != nil)
      let (train, test) = (try names(folder, "train"), try names(folder, "test"))
      #expect(train.count == 4 && test.count == 1)
      #expect(Set(train + test) == ["a", "b", "c", "d", "e"])
      #expect(try loader.load(split: "test").report.problems.isEmpty)
    }
  }

  // Of photo 1 and photo 0 the numbers belong to the names.
  @Test func namesThatEndInANumberAreOfNoClass() throws {
    try withFolder { folder in
      try add(["photo 0", "photo 1"], to: folder)
      try Fixtures.write("photo 0\nphoto 1\n", to: "\(folder)/ImageSets/Main/mine.txt")
      #expect(try DatasetLoader(path: folder).splits() == ["mine"])
      #expect(try names(folder, "mine") == ["photo 0", "photo 1"])
    }
  }

  // As CVAT and Datumaro write pictures that are in folders.
  @Test func annotationsMayBeInFolders() throws {
    try withFolder { folder in
      try add(["b", "cam1/a", "cam2/a", "cam2/left/c", "cam2/d"], to: folder)
      try Fixtures.write(
        "b\ncam1/a\ncam2/a.png\ncam2/left/c\n", to: "\(folder)/ImageSets/Main/train.txt")
      let (dataset, report) = try DatasetLoader(path: folder).load(split: "train")
      #expect(dataset.images.map(\.name) == ["b", "cam1/a", "cam2/a", "cam2/left/c"])
      #expect(dataset.images.allSatisfy { $0.groundTruth.count == 1 })
      #expect(report.problems.map(\.kind) == [.unlisted])
      #expect(report.problems[0].reason == "1 in no list of ImageSets, cam2/d.xml the first")
    }
  }

  @Test func theFolderThatTheUserNamesComesBeforeJPEGImages() throws {
    try withFolder { folder in
      try add(["a"], to: folder)
      try Fixtures.writeImage("\(folder)/better/a.png", width: 20, height: 10)
      try Fixtures.write("a\n", to: "\(folder)/ImageSets/Main/train.txt")
      let loader = try DatasetLoader(
        path: folder, options: ReadingOptions(imageFolder: folder + "/better"))
      guard case .file(let path)? = try loader.load(split: "train").dataset.images.first?.source
      else {
        Issue.record("expected a file")
        return
      }
      #expect(path == folder + "/better/a.png")
    }
  }

  // `a.jpg` names `a.jpg.png` here, and `b.jpg` is the file of `b`.
  @Test func endingsInListsAreOfFilesUnlessTheyAreOfNames() throws {
    try withFolder { folder in
      try add(["a.jpg", "a", "b"], to: folder)
      try Fixtures.write("a.jpg\na\nb.jpg\n", to: "\(folder)/ImageSets/Main/train.txt")
      #expect(try names(folder, "train") == ["a.jpg", "a", "b"])
    }
  }

  // `photo 1` is a name here, and not `photo` with the class.
  @Test func namesWithSpacesAreWrittenAndRead() throws {
    try withFolder { folder in
      try add(["photo 1", "my cat -1", " two  spaces"], to: folder)
      try Fixtures.write(
        "photo 1\nmy cat -1 1\n two  spaces\n", to: "\(folder)/ImageSets/Main/train.txt")
      let dataset = try DatasetLoader(path: folder).load(split: "train").dataset
      #expect(dataset.images.map(\.name) == ["photo 1", "my cat -1", " two  spaces"])
      var writer = try DatasetWriter(format: .voc, folder: folder + "/copy")
      try writer.write(dataset, split: "train")
      #expect(try names(folder + "/copy", "train") == dataset.images.map(\.name))
    }
  }

  @Test(arguments: ["", "/VOCdevkit"])
  func theYearsOfADevkitAreJoined(below: String) throws {
    try withFolder { folder in
      for (year, list, images) in [
        ("VOC2007", "trainval", ["000001", "000002"]), ("VOC2007", "test", ["000003"]),
        ("VOC2012", "trainval", ["2008_000001", "000001"]),
      ] {
        try add(images, to: "\(folder)\(below)/\(year)")
        try Fixtures.write(
          images.joined(separator: "\n"),
          to: "\(folder)\(below)/\(year)/ImageSets/Main/\(list).txt")
      }
      let loader = try DatasetLoader(path: folder)
      #expect(loader.format == .voc)
      #expect(try loader.splits() == ["test", "trainval"])
      let (dataset, report) = try loader.load(split: "trainval")
      #expect(Set(dataset.images.map(\.name)).count == 4, "a name of both years is told apart")
      #expect(report.problems.isEmpty)
      #expect(try names(folder, "test") == ["000003"])
    }
  }

  // VOC2012 has annotations for its other tasks: told, and no loss.
  @Test func annotationsInNoListAreCounted() throws {
    try withFolder { folder in
      try add(["a", "b", "c", "d"], to: folder)
      try Fixtures.write("a\n", to: "\(folder)/ImageSets/Main/test.txt")
      try Fixtures.write("A\nb -1", to: "\(folder)/ImageSets/Main/train.txt")
      let report = try DatasetLoader(path: folder, isStrict: true).load(split: "test").report
      #expect(report.problems.map(\.kind) == [.unlisted])
      #expect(
        report.problems[0].reason
          == "3 in no list of ImageSets, b.xml the first; lists have −1 behind 1 of them")
      #expect(try DatasetLoader(path: folder).load(split: "train").report.problems.isEmpty)
    }
  }

  @Test func listsBesideTheAnnotationsAreTheSplits() throws {
    try withFolder { folder in
      try add(["a", "b", "c"], to: folder)
      try Fixtures.write("a\nb\n", to: folder + "/train.txt")
      try Fixtures.write("c\n", to: folder + "/val.txt")
      try Fixtures.write("cat\n", to: folder + "/test_classes.txt")
      let loader = try DatasetLoader(path: folder)
      #expect(loader.format == .voc)
      #expect(try loader.splits() == ["train", "val"])
      #expect(try loader.seededSplit() == nil)
      #expect(try names(folder, "train") == ["a", "b"])
      #expect(try names(folder, "val") == ["c"])
    }
  }

  // PaddleDetection's lists name both files.
  @Test(arguments: ["ImageSets/Main/train.txt", "train_list.txt"])
  func listsMayNamePicturesAndAnnotations(list: String) throws {
    try withFolder { folder in
      try add(["a", "my cat", "cam1/b"], to: folder)
      try Fixtures.write(
        """
        JPEGImages/a.png Annotations/a.xml
        ./VOC/JPEGImages/my cat.png ./VOC/Annotations/my cat.xml
        JPEGImages/cam1/b.png\tAnnotations/cam1/b.xml
        JPEGImages/gone.png Annotations/gone.xml
        """, to: "\(folder)/\(list)")
      let loader = try DatasetLoader(path: folder)
      #expect(loader.format == .voc)
      let (dataset, report) = try loader.load(split: loader.splits()[0])
      #expect(dataset.images.map(\.name) == ["a", "my cat", "cam1/b"])
      #expect(report.problems.map(\.kind) == [.missingFile])
      #expect(report.problems[0].reason == "no such annotation of gone")
    }
  }

  @Test(arguments: ["a\r\nb\r\n", "a\rb\r", "\u{FEFF}a\nb\n"])
  func listsOfEverySystemAreRead(list: String) throws {
    try withFolder { folder in
      try add(["a", "b"], to: folder)
      try Fixtures.write(list, to: "\(folder)/ImageSets/Main/train.txt")
      #expect(try names(folder, "train") == ["a", "b"])
      let file = URL(fileURLWithPath: "\(folder)/ImageSets/Main/train.txt")
      try #require(list.data(using: .utf16)).write(to: file)
      #expect(try names(folder, "train") == ["a", "b"])
    }
  }

  // Passed over, the image would be learned from as one without objects.
  @Test(
    arguments: [
      ("<Object>NB</Object>", "line 2: expected objects as <object>, found <Object>"),
      (
        "<objects><object>NB</object></objects>",
        "line 2: expected objects as <object>, found <objects>"
      ),
      ("<item>NB</item>", "line 2: expected objects as <object>, found <item>"),
      ("<object>NBB</object>", "line 2: <object>: expected one <bndbox>, found 2"),
      ("<object>NB<part>NB</part></object><source>flickr</source>", nil),
    ] as [(String, String?)])
  func boxesOutsideOfAnObjectLeaveTheImageOut(elements: String, reason: String?) throws {
    try withFolder { folder in
      let box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox>"
      let text = elements.replacing("N", with: "<name>cat</name>").replacing("B", with: box)
      try add(["a", "ok"], to: folder)
      try Fixtures.write(
        "<annotation>\n\(text)</annotation>", to: folder + "/Annotations/a.xml")
      try Fixtures.write("a\nok\n", to: folder + "/ImageSets/Main/train.txt")
      let (dataset, report) = try DatasetLoader(path: folder).load(split: "train")
      #expect(dataset.images.map(\.name) == (reason == nil ? ["a", "ok"] : ["ok"]))
      #expect(dataset.images.map(\.groundTruth.count) == (reason == nil ? [1, 1] : [1]))
      #expect(report.problems.map(\.reason) == [reason].compactMap(\.self))
      #expect(report.count(of: .unreadableAnnotation) == (reason == nil ? 0 : 1))
    }
  }

  // CVAT keeps the box before the turn. By hand: 8 × 2 about (10, 5), turned by 90°, is 2 × 8.
  @Test func aBoxWithARotationIsItsUprightBox() throws {
    try withFolder { folder in
      let rotation =
        "<attributes><attribute><name>rotation</name><value>90.0</value></attribute></attributes>"
      try add(["a"], to: folder)
      try Fixtures.write(
        Fixtures.annotation([("cat", ["6.0", "4.0", "14.0", "6.0"])], extra: rotation),
        to: folder + "/Annotations/a.xml")
      try Fixtures.write("a\n", to: folder + "/ImageSets/Main/train.txt")
      let loader = try DatasetLoader(path: folder, options: ReadingOptions(firstPixel: 0))
      let (dataset, report) = try loader.load(split: "train")
      #expect(
        dataset.images.map { $0.groundTruth.map(\.box) } == [
          [PixelBox(xMin: 9, yMin: 1, xMax: 11, yMax: 9)]
        ])
      #expect(report.changes == [.turnedBox: 1])
    }
  }

  @Test func aPictureOfAnUnreadFormatIsNamed() throws {
    try withFolder { folder in
      try add(["a"], to: folder)
      try Fixtures.write(annotation, to: "\(folder)/Annotations/b.xml")
      try Fixtures.write("", to: "\(folder)/JPEGImages/b.xcf")
      try Fixtures.write("a\nb\n", to: "\(folder)/ImageSets/Main/train.txt")
      let report = try DatasetLoader(path: folder).load(split: "train").report
      #expect(report.problems.map(\.kind) == [.unreadableImage])
      #expect(report.problems[0].file == "\(folder)/JPEGImages/b.xcf")
    }
  }
}
