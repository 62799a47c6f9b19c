import Foundation
import ImageFiles
import MultiBox
import TestSupport
import Testing

@testable import Datasets

struct DatasetTests {
  /// A VOC folder with one image of 20 × 10 for each annotation.
  private func withVOC<Result>(
    _ annotations: [(String, String)], _ body: (String) throws -> Result
  ) throws -> Result {
    try withFolder { folder in
      for (name, text) in annotations {
        try Fixtures.write(text, to: "\(folder)/Annotations/\(name).xml")
        try Fixtures.write("", to: "\(folder)/JPEGImages/placeholder")
        try PNGFile.write(Fixtures.image(), to: "\(folder)/JPEGImages/\(name).png")
      }
      try Fixtures.write(
        annotations.map(\.0).joined(separator: "\r\n") + "\n\n",
        to: "\(folder)/ImageSets/Main/train.txt")
      return try body(folder)
    }
  }

  // By hand: [3, 2, 10, 8] in 1-based inclusive pixels is [2, 1, 10, 8].
  @Test func vocBoxesBecomeContinuous() throws {
    let text = Fixtures.annotation([
      ("b", ["3", "2", "10", "8"]), ("a", ["1", "1", "5", "5"]), ("a", ["15", "5", "25", "9.5"]),
    ])
    try withVOC([("one", text)]) { folder in
      let (dataset, report) = try DatasetLoader(path: folder).load(split: "train")
      #expect(dataset.classNames == ["a", "b"])
      #expect(
        dataset.images[0].groundTruth.map(\.box) == [
          PixelBox(xMin: 2, yMin: 1, xMax: 10, yMax: 8),
          PixelBox(xMin: 0, yMin: 0, xMax: 5, yMax: 5),
          PixelBox(xMin: 14, yMin: 4, xMax: 20, yMax: 9.5),
        ])
      #expect(dataset.images[0].groundTruth.map(\.classIndex) == [2, 1, 1])
      #expect(report.changes == [.clippedBox: 1])
      #expect(report.problems.isEmpty)
    }
  }

  // c is upside down: its size does not tell whether it was when somebody drew its box.
  @Test(arguments: [true, false])
  func whatIsTurnedWithoutAChangeOfItsSizeIsDoubtful(hasProof: Bool) throws {
    try withFolder { folder in
      let box = [("cat", ["1", "1", "5", "5"])]
      for (name, orientation) in [("a", hasProof ? 6 : 1), ("b", 1), ("c", 3)] as [(String, UInt8)]
      {
        try Fixtures.writeImage(
          "\(folder)/train/\(name).png", width: 20, height: 10, orientation: orientation)
        try Fixtures.write(Fixtures.annotation(box), to: "\(folder)/train/\(name).xml")
      }
      let (dataset, report) = try DatasetLoader(path: folder).load(split: "train")
      #expect(dataset.images.map(\.name) == ["a", "b", "c"])
      #expect(dataset.images[2].groundTruth[0].box == PixelBox(xMin: 0, yMin: 0, xMax: 5, yMax: 5))
      #expect(report.changes == (hasProof ? [.turnedImage: 1] : [:]))
      #expect(report.problems.map(\.kind) == (hasProof ? [.disagreement] : []))
      #expect(report.problems.allSatisfy { $0.file == folder + "/train/c.png" })
    }
  }

  @Test func anImageOfTwoPlacesIsOneImage() throws {
    let text = Fixtures.annotation([("b", ["3", "2", "10", "8"])])
    try withVOC([("one", text)]) { folder in
      let loader = try DatasetLoader(paths: [
        folder, folder + "/../" + URL(fileURLWithPath: folder).lastPathComponent,
      ])
      let (dataset, report) = try loader.load(split: "train")
      #expect(dataset.images.map(\.name) == ["one"])
      #expect(report.problems.map(\.kind) == [.duplicate])
      #expect(
        report.problems.first?.reason == "an image that another of the places has as well")
    }
  }

  @Test func aPlaceAndALinkToItAreOne() throws {
    let text = Fixtures.annotation([("b", ["3", "2", "10", "8"])])
    try withVOC([("one", text)]) { folder in
      try withFolder { other in
        try FileManager.default.createSymbolicLink(
          atPath: other + "/link", withDestinationPath: folder)
        let loader = try DatasetLoader(paths: [folder, other + "/link"])
        let (dataset, report) = try loader.load(split: "train")
        #expect(dataset.images.map(\.name) == ["one"])
        #expect(report.problems.map(\.kind) == [.duplicate])
      }
    }
  }

  // Names become those of files, and the folders of a machine say nothing.
  @Test func picturesOfOneNameAreToldApartByTheFewestFolders() throws {
    try withFolder { folder in
      let files = ["train/x/a.png", "train/x/a.bmp", "train/y/a.png", "train/z.png", "train/z.bmp"]
      for file in files { try Fixtures.writeImage("\(folder)/\(file)") }
      let entries = files.map { #"{"image": "\#($0.dropFirst(6))", "annotations": []}"# }
      try Fixtures.write(
        "[\(entries.joined(separator: ","))]", to: folder + "/train/_annotations.createml.json")
      let loader = try DatasetLoader(path: folder)
      let (dataset, report) = try loader.load(split: "train", classNames: ["cat"])
      #expect(dataset.images.map(\.name) == ["x/a", "x/a-2", "y/a", "z", "z-2"])
      #expect(report.problems.isEmpty)
    }
  }

  @Test func ofManyClassesAProblemNamesTheFirst() {
    #expect(ClassNames(["a", "b"]).listed == "a, b")
    #expect(
      ClassNames((1...90).map { "\($0)" }).listed
        == "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, … (90 classes)")
  }

  // A problem that two splits tell is one.
  @Test func whatWasLeftOutIsCounted() {
    func report(_ kinds: [DatasetProblem.Kind]) -> DatasetReport {
      DatasetReport(
        problems: kinds.enumerated().map {
          DatasetProblem(kind: $0.element, file: "\($0.offset).txt", reason: "")
        })
    }
    #expect(report([]).leftOut == nil)
    #expect(report([.disagreement, .unlabeledImage]).leftOut == nil)
    #expect(report([.unknownName]).leftOut == "1 box")
    var several = report([
      .boxWithoutArea, .missingFile, .sizeMismatch, .labelsWithoutImage, .unlistedImage,
    ])
    several.add(report([.boxWithoutArea]))
    #expect(several.leftOut == "3 images, 1 box and 1 label file")
  }

  @Test func aProblemIsOneLine() {
    let report = DatasetReport(problems: [
      DatasetProblem(kind: .unknownName, file: "a\nb.json", reason: "found cat\r\ndog")
    ])
    #expect(
      report.lines(limit: 1) == [
        "1 object of unknown class, dropped:", "  a b.json: found cat dog",
      ])
  }

  // A 0 in one file, of another split too, says that all files count from 0.
  @Test func aCornerAtZeroSaysThatPixelsCountFromZero() throws {
    let texts = [
      ("one", Fixtures.annotation([("b", ["3", "2", "10", "8"])])),
      ("two", Fixtures.annotation([("b", ["0", "2", "10", "8"])])),
    ]
    try withVOC(texts) { folder in
      try Fixtures.write("one\n", to: "\(folder)/ImageSets/Main/train.txt")
      try Fixtures.write("two\n", to: "\(folder)/ImageSets/Main/test.txt")
      func box(_ split: String, _ firstPixel: Int?) throws -> PixelBox {
        try DatasetLoader(path: folder, options: ReadingOptions(firstPixel: firstPixel))
          .load(split: split).dataset.images[0].groundTruth[0].box
      }
      #expect(try box("train", nil) == PixelBox(xMin: 3, yMin: 2, xMax: 10, yMax: 8))
      #expect(try box("test", nil) == PixelBox(xMin: 0, yMin: 2, xMax: 10, yMax: 8))
      #expect(try box("train", 1) == PixelBox(xMin: 2, yMin: 1, xMax: 10, yMax: 8))
      #expect(try box("test", 1) == PixelBox(xMin: 0, yMin: 1, xMax: 10, yMax: 8))
      let report = try DatasetLoader(path: folder).load(split: "test").report
      #expect(report.changes == [.zeroCoordinate: 1])
    }
  }

  // A click, whole numbers of a point, is no object; a column of pixels is, and a pixel that was
  // written with decimals.
  @Test func boxesWithoutAreaInTheFilesNumbersAreReported() throws {
    let text = Fixtures.annotation([
      ("a", ["5", "5", "5", "5"]), ("a", ["5", "9", "8", "5"]), ("a", ["5", "5", "5", "9"]),
      ("a", ["5.0", "5.0", "5.0", "5.0"]),
    ])
    try withVOC([("one", text)]) { folder in
      let (dataset, report) = try DatasetLoader(path: folder).load(split: "train")
      #expect(
        dataset.images[0].groundTruth.map(\.box) == [
          PixelBox(xMin: 4, yMin: 4, xMax: 5, yMax: 9),
          PixelBox(xMin: 4, yMin: 4, xMax: 5, yMax: 5),
        ])
      #expect(report.count(of: .boxWithoutArea) == 2)
      #expect(
        report.problems[0].reason == "line 3: a [5.0, 5.0, 5.0, 5.0] has no area")
      let error = #expect(throws: DatasetError.self) {
        try DatasetLoader(path: folder, isStrict: true).load(split: "train")
      }
      #expect(
        error?.description
          == "\(folder)/Annotations/one.xml: line 3: a [5.0, 5.0, 5.0, 5.0] has no area"
          + " (and 1 more problem)")
    }
  }

  @Test(arguments: [("1", true), ("true", true), ("True", true), ("0", false), ("false", false)])
  func difficultIsANumberOrAWord(text: String, isDifficult: Bool) throws {
    let annotation = Fixtures.annotation(
      [("person", ["3", "2", "10", "8"])], extra: "<difficult>\(text)</difficult>")
    try withVOC([("one", annotation)]) { folder in
      let dataset = try DatasetLoader(path: folder).load(split: "train").dataset
      #expect(dataset.images[0].groundTruth[0].isDifficult == isDifficult)
    }
  }

  // A split without labels is a split of images, also where the other one names the classes.
  @Test func aSplitWithoutLabelsIsOneOfImages() throws {
    try withVOC([("one", Fixtures.annotation([("a", ["1", "1", "5", "5"])]))]) { folder in
      try PNGFile.write(Fixtures.image(), to: "\(folder)/JPEGImages/two.png")
      try Fixtures.write("two\n", to: "\(folder)/ImageSets/Main/test.txt")
      let loader = try DatasetLoader(path: folder, isStrict: true)
      let (dataset, report) = try loader.load(split: "test")
      #expect(dataset.images.map(\.name) == ["two"] && dataset.classNames.isEmpty)
      #expect(report.count(of: .unlabeledImage) == 1)
      #expect(try loader.classNames() == ["a"])
    }
  }

  @Test func partsOfAnObjectAreNotItsBox() throws {
    let part =
      "<difficult>1</difficult><part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin>"
      + "<xmax>2</xmax><ymax>2</ymax></bndbox></part>"
    let text = Fixtures.annotation([("person", ["3", "2", "10", "8"])], extra: part)
    try withVOC([("one", text)]) { folder in
      let (dataset, _) = try DatasetLoader(path: folder).load(split: "train")
      #expect(dataset.classNames == ["person"])
      #expect(dataset.images[0].groundTruth[0].box == PixelBox(xMin: 2, yMin: 1, xMax: 10, yMax: 8))
      #expect(dataset.images[0].groundTruth[0].isDifficult)
    }
  }

  @Test func problemsNameFileAndReason() throws {
    let good = Fixtures.annotation([("a", ["1", "1", "5", "5"])])
    let cases: [(String, String)] = [
      ("good", good),
      ("broken", "<annotation><object>"),
      ("number", Fixtures.annotation([("a", ["x", "1", "5", "5"])])),
      ("missing", "<annotation><object><name>a</name></object></annotation>"),
      ("nan", Fixtures.annotation([("a", ["nan", "1", "5", "5"])])),
    ]
    try withVOC(cases) { folder in
      try Fixtures.write(
        "good\nbroken\nnumber\nmissing\nnan\nnowhere\nnoimage\nbadimage",
        to: "\(folder)/ImageSets/Main/train.txt")
      try Fixtures.write(good, to: "\(folder)/Annotations/noimage.xml")
      try Fixtures.write(good, to: "\(folder)/Annotations/badimage.xml")
      try Fixtures.write("no image", to: "\(folder)/JPEGImages/badimage.jpg")
      let (dataset, report) = try DatasetLoader(path: folder).load(
        split: "train", classNames: ["a"])
      #expect(dataset.images.map(\.name) == ["good"])
      let found = report.problems.map {
        ($0.file.replacingOccurrences(of: folder + "/", with: ""), $0.reason)
      }
      let expected = [
        ("Annotations/broken.xml", "line 1: not well-formed XML"),
        ("Annotations/number.xml", "line 3: <xmin>: expected a number, found x"),
        ("Annotations/missing.xml", "line 1: <object>: expected <xmin>, found none"),
        ("Annotations/nan.xml", "line 3: <xmin>: expected a number, found nan"),
        ("Annotations/nowhere.xml", "no such annotation of nowhere"),
        ("noimage", "no such image of \(folder)/Annotations/noimage.xml"),
        ("JPEGImages/badimage.jpg", "expected an image, found text: \"no image\""),
      ]
      #expect(found.map(\.0) == expected.map(\.0))
      #expect(found.map(\.1) == expected.map(\.1))
    }
  }

  @Test func aTruncatedImageIsFoundBeforeTraining() throws {
    let text = Fixtures.annotation([("a", ["1", "1", "5", "5"])])
    try withVOC([("one", text), ("two", text)]) { folder in
      let path = "\(folder)/JPEGImages/two.png"
      let whole = try #require(FileManager.default.contents(atPath: path))
      try whole.prefix(whole.count - 40).write(to: URL(fileURLWithPath: path))
      let loader = try DatasetLoader(path: folder)
      #expect(try loader.load(split: "train").dataset.images.count == 2)
      let (dataset, report) = try loader.load(split: "train", decode: { try $0.pixels() })
      #expect(dataset.images.map(\.name) == ["one"])
      #expect(report.problems.map(\.file) == [path])
      #expect(report.count(of: .unreadableImage) == 1)
    }
  }

  @Test func namesThatARunDoesNotKnowAreReported() throws {
    let text = Fixtures.annotation([("a", ["1", "1", "5", "5"]), ("z", ["1", "1", "5", "5"])])
    try withVOC([("one", text)]) { folder in
      let (dataset, report) = try DatasetLoader(path: folder).load(
        split: "train", classNames: ["a", "b"])
      #expect(dataset.images[0].groundTruth.count == 1)
      #expect(report.problems.map(\.reason) == ["line 4: expected one of a, b, found z"])
    }
  }

  @Test func absentSplitsAndFoldersSayWhatThereIs() throws {
    try withVOC([("one", Fixtures.annotation([("a", ["1", "1", "5", "5"])]))]) { folder in
      let error = #expect(throws: DatasetError.self) {
        try DatasetLoader(path: folder).load(split: "test")
      }
      #expect(error?.description == "\(folder): no split test; found train")
    }
    let error = #expect(throws: DatasetError.self) { try DatasetLoader(path: "/no/such") }
    #expect(error?.description == "/no/such: no such folder")
  }

  @Test func foldersWithSplitsTakeAnyCase() throws {
    try withFolder { folder in
      for (name, split) in [("a.JPG", "train"), ("b.Png", "train"), ("c.bmp", "valid")] {
        let stem = (name as NSString).deletingPathExtension
        try Fixtures.write(
          Fixtures.annotation([("x", ["1", "1", "5", "5"])]), to: "\(folder)/\(split)/\(stem).xml")
        try PNGFile.write(Fixtures.image(), to: "\(folder)/\(split)/\(name)")
      }
      let loader = try DatasetLoader(path: folder)
      #expect(loader.format == .folder)
      #expect(try loader.splits() == ["train", "valid"])
      #expect(try loader.load(split: "train").dataset.images.map(\.name) == ["a", "b"])
      #expect(try loader.load(split: "valid").dataset.images.count == 1)
    }
  }

  @Test func aFolderWithoutSplitsIsSplitBySeed() throws {
    try withFolder { folder in
      for index in 0..<10 {
        try Fixtures.write(
          Fixtures.annotation([("x", ["1", "1", "5", "5"])]), to: "\(folder)/\(index).xml")
        try PNGFile.write(Fixtures.image(), to: "\(folder)/\(index).png")
      }
      func names(_ split: String, seed: UInt64) throws -> [String] {
        try DatasetLoader(path: folder, options: ReadingOptions(splitSeed: seed))
          .load(split: split).dataset.images.map(\.name)
      }
      let train = try names("train", seed: 1)
      let test = try names("test", seed: 1)
      #expect(train.count == 8 && test.count == 2)
      #expect(Set(train).isDisjoint(with: test))
      #expect(try names("train", seed: 1) == train)
      let others = try (2...6).map { try names("train", seed: $0) }
      #expect(others.contains { $0 != train })
    }
  }

  // shared/README.md: RBC 4155, WBC 372, Platelets 361 boxes, two of them without area.
  @Test(.enabled(if: SharedMaterial.has("data/bccd"), "needs ../shared"))
  func bloodCellsAreCounted() throws {
    var counts: [String: Int] = [:]
    var problems: [String] = []
    for split in ["trainval", "test"] {
      let (dataset, report) = try DatasetLoader(path: SharedMaterial.path("data/bccd")).load(
        split: split)
      for labeled in dataset.images.flatMap(\.groundTruth) {
        counts[dataset.classNames[labeled.classIndex], default: 0] += 1
      }
      problems += report.problems.map { ($0.file as NSString).lastPathComponent }
    }
    #expect(counts == ["RBC": 4153, "WBC": 372, "Platelets": 361])
    #expect(problems.sorted() == ["BloodImage_00338.xml", "BloodImage_00343.xml"])
  }
}

struct ShapesTests {
  @Test func picturesFollowTheSpecification() throws {
    let dataset = try ShapesSpecification("shapes:images=200,side=96,seed=5").dataset(
      split: "train")
    #expect(dataset.images.count == 200)
    #expect(dataset.classNames.count >= 3)
    // .05 and .6 of the side.
    let sides: ClosedRange<Double> = 4.8...57.6
    let rounding = 1e-9
    let sizes = sides.lowerBound - rounding...sides.upperBound + rounding
    var counts = Set<Int>()
    for image in dataset.images {
      counts.insert(image.groundTruth.count)
      for labeled in image.groundTruth {
        let box = labeled.box
        #expect(box.xMin >= 0 && box.yMin >= 0 && box.xMax <= 96 && box.yMax <= 96)
        #expect(sizes.contains(box.width))
        #expect(sizes.contains(box.height))
        for other in image.groundTruth where other != labeled {
          #expect(box.intersectionOverUnion(other.box) <= 0.4)
        }
      }
    }
    #expect(counts == [1, 2, 3, 4, 5, 6])
  }

  @Test func splitsHaveTheirNumberOfPictures() throws {
    func counts(_ text: String) throws -> [Int] {
      let specification = try ShapesSpecification(text)
      return ["train", "val", "test"].map { specification.dataset(split: $0).images.count }
    }
    #expect(try counts("shapes:images=24,side=32") == [24, 3, 3])
    #expect(try counts("shapes:images=2,side=32") == [2, 1, 1])
    #expect(try counts("shapes:images=24,side=32,held-out=40") == [24, 40, 40])
  }

  @Test func theSamePictureComesEachTime() throws {
    let specification = ShapesSpecification(imageCount: 3, side: 64, seed: 2)
    let first = specification.dataset(split: "train").images
    let second = specification.dataset(split: "train").images
    try #require(first.count == 3)
    for (first, second) in zip(first, second) { #expect(try first.pixels() == second.pixels()) }
    let test = ShapesSpecification(imageCount: 24, side: 64, seed: 2).dataset(split: "test")
    #expect(try first[0].pixels() != test.images[0].pixels())
  }

  @Test(arguments: [
    ("shapes:count=3", "count: expected images, side, seed or held-out"),
    (
      "shapes:held-out=0",
      "held-out=0: out of range (images and held-out 1…10000000, side 32…4096, seed from 0)"
    ),
    (
      "shapes:images=9223372036854775807",
      "images=9223372036854775807: out of range (images and held-out 1…10000000, side 32…4096,"
        + " seed from 0)"
    ),
    ("shapes:seed=1,side=64,seed=2", "seed=2: seed stands twice"),
    ("shapes:images", "images: expected a key, = and a whole number"),
  ])
  func mistakesAreNamed(text: String, reason: String) {
    let error = #expect(throws: DatasetError.self) { try ShapesSpecification(text) }
    #expect(error?.description == "\(text): \(reason)")
  }
}

struct FolderWriterTests {
  @Test func whatIsWrittenIsReadBack() throws {
    var shapes = ShapesSpecification(imageCount: 3, side: 64, seed: 6).dataset(split: "train")
    shapes.images[1].groundTruth[0].isDifficult = true
    try withFolder { folder in
      var writer = try DatasetWriter(format: .folder, folder: folder, pictures: .png)
      try writer.write(shapes, split: "train")
      let (dataset, report) = try DatasetLoader(path: folder).load(
        split: "train", classNames: shapes.classNames)
      #expect(report.problems.isEmpty && dataset.images.count == 3)
      for (found, expected) in zip(dataset.images, shapes.images) {
        #expect(found.name == expected.name)
        #expect(found.groundTruth.count == expected.groundTruth.count)
        for (a, b) in zip(found.groundTruth, expected.groundTruth) {
          #expect(a.classIndex == b.classIndex && a.isDifficult == b.isDifficult)
          #expect(abs(a.box.xMin - b.box.xMin) < 1e-12 && abs(a.box.yMax - b.box.yMax) < 1e-12)
        }
      }
      #expect(try shapes.images[2].pixels() == dataset.images[2].pixels())
    }
  }
}
