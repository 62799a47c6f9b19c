import Foundation
import ImageFiles
import MultiBox
import TestSupport
import Testing

@testable import Datasets

struct ClassChoiceTests {
  private func dataset() -> DetectionDataset {
    let boxes = [1, 2, 3, 2].map {
      LabeledPixelBox(
        box: PixelBox(xMin: 0, yMin: 0, xMax: Double($0), yMax: 5), classIndex: $0)
    }
    let image = DatasetImage(
      name: "a", source: .file(path: "a.png"), width: 20, height: 20, groundTruth: boxes,
      areas: [1, 2, 3, 4], boxAreas: [5, 6, 7, 8])
    return DetectionDataset(classNames: ["car", "dog", "truck"], images: [image])
  }

  @Test func classesAreChosenJoinedAndRenamed() throws {
    let (chosen, leftOut) = try ClassChoice(" truck=vehicle ,car=vehicle").applied(to: dataset())
    #expect(chosen.classNames == ["vehicle"])
    #expect(chosen.images[0].groundTruth.map(\.classIndex) == [1, 1])
    #expect(chosen.images[0].groundTruth.map(\.box.xMax) == [1, 3])
    #expect(chosen.images[0].areas == [1, 3] && chosen.images[0].boxAreas == [5, 7])
    #expect(leftOut == ["dog": 2])
  }

  @Test func theOrderOfTheTextIsThatOfTheClasses() throws {
    let (chosen, leftOut) = try ClassChoice("truck,dog,car").applied(to: dataset())
    #expect(chosen.classNames == ["truck", "dog", "car"])
    #expect(chosen.images[0].groundTruth.map(\.classIndex) == [3, 2, 1, 2])
    #expect(leftOut.isEmpty)
  }

  // Labels of street signs and lights have such names.
  @Test func signsInNamesStandBehindABackslash() throws {
    var dataset = self.dataset()
    dataset.classNames = ["light, red", "state=on", "car"]
    let choice = try ClassChoice(#"state\=on=on\, really,light\, red"#)
    let (chosen, leftOut) = try choice.applied(to: dataset)
    #expect(chosen.classNames == ["on, really", "light, red"])
    #expect(chosen.images[0].groundTruth.map(\.classIndex) == [2, 1, 1])
    #expect(leftOut == ["car": 1])
  }

  @Test(arguments: [
    ("car,,dog", "car,,dog: expected a name, or old=new, found "),
    ("car=", "car=: expected a name, or old=new, found car="),
    ("car,car=x", "car,car=x: car stands there twice"),
    ("bus", "bus: expected one of car, dog, truck"),
  ])
  func mistakesAreNamed(text: String, message: String) {
    let error = #expect(throws: DatasetError.self) {
      try ClassChoice(text).applied(to: dataset())
    }
    #expect(error?.description == message)
  }
}

struct AlikeClassesTests {
  @Test func namesThatDifferInCaseOrWhiteSpaceAreAlike() {
    let names: ClassNames = ["RBC", "white cell", "rbc", "WBC", "Rbc", "White  Cell ", "rbcs"]
    #expect(names.alike == [["RBC", "rbc", "Rbc"], ["white cell", "White  Cell "]])
    // Two classes of one name are something else.
    #expect(ClassNames(["a", "a", "b"]).alike.isEmpty)
  }
}

struct StratifiedSplitTests {
  /// 400 images: a rare class in 20, a common one in 300, nothing in 80.
  private func dataset() -> DetectionDataset {
    let images = (0..<400).map { index in
      let classIndex = index < 20 ? 1 : index < 320 ? 2 : 0
      return DatasetImage(
        name: "\(index)", source: .file(path: "\(index).png"), width: 10, height: 10,
        groundTruth: classIndex == 0
          ? []
          : [
            LabeledPixelBox(
              box: PixelBox(xMin: 0, yMin: 0, xMax: 5, yMax: 5), classIndex: classIndex)
          ])
    }
    return DetectionDataset(classNames: ["rare", "common"], images: images)
  }

  // By hand: 80/10/10 of 20, 300 and 80 are 16, 2, 2; 240, 30, 30; 64, 8, 8.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func everyPartHasItsShareOfEveryClass(seed: UInt64) {
    let parts = StratifiedSplit(dataset(), shares: [80, 10, 10], seed: seed).parts
    for (range, expected) in [
      (0..<20, [16, 2, 2]), (20..<320, [240, 30, 30]), (320..<400, [64, 8, 8]),
    ] {
      #expect((0..<3).map { part in range.count { parts[$0] == part } } == expected)
    }
  }

  @Test func theSeedDecides() {
    func parts(_ seed: UInt64) -> [Int] {
      StratifiedSplit(dataset(), shares: [1, 1], seed: seed).parts
    }
    #expect(parts(5) == parts(5))
    #expect(parts(5) != parts(6))
  }

  // Of 5 images val and test want half a one each.
  @Test(arguments: [(3, 3), (5, 3), (7, 3), (2, 2), (1, 1), (0, 0)])
  func noPartIsEmptyWhereThereAreImages(count: Int, filled: Int) {
    let images = dataset().images.prefix(count)
    let part = DetectionDataset(classNames: dataset().classNames, images: Array(images))
    #expect(part.images.count == count)
    for seed in 0..<8 {
      let parts = StratifiedSplit(part, shares: [80, 10, 10], seed: UInt64(seed)).parts
      #expect(Set(parts).count == filled)
      if count > 3 { #expect(parts.count { $0 == 0 } == count - 2) }
    }
    let groups = [Int](repeating: 0, count: count)
    let together = StratifiedSplit(part, shares: [80, 10, 10], groups: groups, seed: 1).parts
    #expect(Set(together).count == min(count, 1))
  }

  @Test func imagesOfAGroupStayTogether() {
    let groups = (0..<400).map { $0 / 4 }
    let parts = StratifiedSplit(dataset(), shares: [3, 1], groups: groups, seed: 1).parts
    for group in 0..<100 { #expect(Set(parts[group * 4..<group * 4 + 4]).count == 1) }
    #expect(parts.count { $0 == 1 } == 100)
  }
}

struct NearDuplicatesTests {
  private func image(_ pixels: RGBImage, _ name: String) -> DatasetImage {
    DatasetImage(
      name: name, source: .generated { pixels }, width: pixels.width, height: pixels.height,
      groundTruth: [])
  }

  /// A picture that is brighter, smaller by a tenth and noisy.
  private func changed(_ image: RGBImage) -> RGBImage {
    let (width, height) = (image.width * 9 / 10, image.height * 9 / 10)
    var random = SeededNumbers(4)
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        let source = ((y * 10 / 9) * image.width + x * 10 / 9) * 3
        for channel in 0..<3 {
          let noise = random.integer(-4...4)
          pixels.append(UInt8(clamping: Int(image.pixels[source + channel]) * 21 / 20 + noise))
        }
      }
    }
    return RGBImage(width: width, height: height, pixels: pixels)
  }

  @Test func copiesAreFoundAndOthersAreNot() throws {
    let shapes = try ShapesSpecification(imageCount: 40, side: 256, seed: 3).dataset(split: "train")
      .images.map { try $0.pixels() }
    var images = shapes.enumerated().map { image($0.element, "\($0.offset)") }
    images.append(image(shapes[7], "copy"))
    images.append(image(changed(shapes[11]), "changed"))
    let found = try NearDuplicates(of: images)
    #expect(found.pairs.map { [$0.first, $0.second] } == [[7, 40], [11, 41]])
    #expect(found.groups[40] == 7 && found.groups[41] == 11 && found.groups[8] == 8)
  }

  // Two images of the 364 are nearly the same as another; none more than that.
  @Test(.enabled(if: SharedMaterial.has("data/bccd"), "needs ../shared"))
  func bloodCellsHaveFew() throws {
    let loader = try DatasetLoader(path: SharedMaterial.path("data/bccd"))
    let images = try ["trainval", "test"].flatMap { try loader.load(split: $0).dataset.images }
    let found = try NearDuplicates(of: images)
    #expect(found.pairs.count < 10)
  }
}

struct DatasetPartTests {
  private func part(_ split: String, _ names: [String]) -> DatasetPart {
    DatasetPart(
      split: split,
      dataset: DetectionDataset(
        classNames: ["a"],
        images: names.map {
          DatasetImage(
            name: $0, source: .file(path: $0), width: 1, height: 1, groundTruth: [])
        }), report: DatasetReport())
  }

  @Test func aSplitThatJoinsOthersIsLeftOut() {
    func kept(_ parts: [DatasetPart]) -> [String] {
      DatasetPart.withoutUnions(parts).map(\.split)
    }
    let (train, val) = (part("train", ["1", "2"]), part("val", ["3"]))
    #expect(kept([train, part("trainval", ["1", "2", "3"]), val]) == ["train", "val"])
    // One image more, and it is a split of its own; a leak stays.
    #expect(kept([train, part("all", ["1", "2", "3", "4"]), val]) == ["train", "all", "val"])
    #expect(kept([train, part("test", ["2", "5"])]) == ["train", "test"])
    #expect(kept([train, part("again", ["1", "2"])]).count == 1)
  }

  @Test func anImageOfTwoSplitsIsTold() throws {
    func told(_ parts: [DatasetPart]) throws -> [String] {
      var parts = parts
      try DatasetPart.tellShared(&parts, isStrict: false)
      return parts.flatMap { part in part.report.problems.map { "\(part.split): \($0.line)" } }
    }
    let (train, val) = (part("train", ["1", "2"]), part("val", ["3", "2"]))
    let problem = "2: an image of val that train has as well"
    #expect(try told([train, val]) == ["val: \(problem)"])
    #expect(try told([train, part("trainval", ["1", "2", "3"]), part("val", ["3"])]) == [])
    #expect(try told([val, part("minival", ["3"])]) == [])
    // All images of one are those of others, as where a data.yaml names one folder twice.
    let first = "1: an image of val that train has as well"
    #expect(try told([train, part("val", ["2", "1"])]) == ["val: \(first)", "val: \(problem)"])
    #expect(
      try told([train, part("val", ["2"]), part("test", ["1"])])
        == ["val: \(problem)", "test: 1: an image of test that train has as well"])
    #expect(try told([train, part("all", ["1", "2"])]) == [])
    #expect(
      try told([part("test", ["1", "5"]), part("train2017", ["1", "2"])])
        == ["train2017: 1: an image of train2017 that test has as well"])
    let error = #expect(throws: DatasetError.self) {
      var parts = [train, val]
      try DatasetPart.tellShared(&parts, isStrict: true)
    }
    #expect(error?.description == problem)
  }

  // c is upside down, d lies on its side, where its size says that its label knows of it.
  @Test(arguments: [true, false])
  func turnsOfOneSplitMakeThoseOfAnotherDoubtful(hasProof: Bool) throws {
    try withFolder { folder in
      func write(_ name: String, _ orientation: UInt8, width: Int, height: Int) throws {
        try Fixtures.writeImage(
          "\(folder)/\(name).png", width: 20, height: 10, orientation: orientation)
        try Fixtures.write(
          Fixtures.annotation(width: width, height: height, [("cat", ["1", "1", "5", "5"])]),
          to: "\(folder)/\(name).xml")
      }
      try write("train/a", hasProof ? 6 : 1, width: 20, height: 10)
      try write("val/b", 1, width: 20, height: 10)
      try write("val/c", 3, width: 20, height: 10)
      try write("val/d", 6, width: 10, height: 20)
      let loader = try DatasetLoader(path: folder)
      let loaded = try ["train", "val"].map { split in
        let (dataset, report) = try loader.load(split: split)
        return DatasetPart(split: split, dataset: dataset, report: report)
      }
      var parts = loaded
      try DatasetPart.tellTurned(&parts, isStrict: false)
      #expect(parts[0].report == loaded[0].report)
      let reason =
        "to be turned by EXIF; labels of images of train were drawn before that, and nothing says"
        + " whether its own were: they stay as they are"
      let problem = DatasetProblem(
        kind: .disagreement, file: folder + "/val/c.png", reason: reason)
      #expect(parts[1].report.problems == (hasProof ? [problem] : []))
      guard hasProof else { return }
      let error = #expect(throws: DatasetError.self) {
        try DatasetPart.tellTurned(&parts, isStrict: true)
      }
      #expect(error?.description == "\(folder)/val/c.png: \(reason)")
    }
  }
}

struct RegionTests {
  /// In 100 × 100: a region of all three classes, a crowd of the second, two objects of the first.
  private func dataset(_ source: DatasetImage.Source = .file(path: "a.png")) -> DetectionDataset {
    let region = PixelBox(xMin: 0, yMin: 0, xMax: 50, yMax: 50)
    let crowd = PixelBox(xMin: 0, yMin: 0, xMax: 49, yMax: 50)
    let objects = [
      PixelBox(xMin: 0, yMin: 0, xMax: 50, yMax: 49),
      PixelBox(xMin: 60, yMin: 60, xMax: 80, yMax: 70),
    ]
    let groundTruth =
      (1...3).map { LabeledPixelBox(box: region, classIndex: $0, isCrowd: true) }
      + [LabeledPixelBox(box: crowd, classIndex: 2, isCrowd: true)]
      + objects.map { LabeledPixelBox(box: $0, classIndex: 1) }
    return DetectionDataset(
      classNames: ["car", "dog", "truck"],
      images: [
        DatasetImage(name: "a", source: source, width: 100, height: 100, groundTruth: groundTruth)
      ])
  }

  @Test func aRegionOfAllClassesIsOne() {
    let image = dataset().images[0]
    #expect(image.regions.map(\.classIndices) == [[1, 2, 3], [2]])
    #expect(image.regions.map(\.box.xMax) == [50, 49])
    #expect(image.countedObjects.map(\.box.xMax) == [50, 80])
  }

  // Sides: √(50 · 49) and √(20 · 10) of 100. The first object lies on both regions.
  @Test func noFigureHasRegions() throws {
    let statistics = DatasetStatistics(dataset())
    #expect(statistics.unusedClasses == ["dog", "truck"])
    #expect(statistics.objectsPerImage?.highest == 2)
    #expect(statistics.objectAspects?.lowest == 50.0 / 49)
    #expect(statistics.objectAspects?.highest == 2)
    #expect(statistics.objectSides?.highest == (50.0 * 49 / 10_000).squareRoot())
    #expect(statistics.overlapping == 0)
  }

  @Test func noRegionIsSuspicious() {
    #expect(Suspicion.of(dataset().images[0]) == Array(repeating: [], count: 6))
  }

  @Test func aRegionIsLeftOutOnce() throws {
    let chosen = try ClassChoice("car").applied(to: dataset())
    #expect(chosen.leftOut == ["dog": 1])
    #expect(chosen.dataset.images[0].regions.map(\.classIndices) == [[1]])
    #expect(try ClassChoice("truck").applied(to: dataset()).leftOut == ["car": 2, "dog": 1])
    var regionAlone = dataset()
    regionAlone.classNames = ["car", "dog", "truck", "bus"]
    regionAlone.images[0].groundTruth = Array(regionAlone.images[0].groundTruth.prefix(3))
    #expect(try ClassChoice("bus").applied(to: regionAlone).leftOut == ["car": 1])
  }

  @Test func aConversionCountsARegionOnce() throws {
    try withFolder { folder in
      let pixels = RGBImage(width: 1, height: 1, pixels: [0, 0, 0])
      var writer = try DatasetWriter(format: .voc, folder: folder + "/new")
      try writer.write(dataset(.generated { pixels }), split: "train")
      #expect(
        writer.losses.lines == ["2 crowds, left out", "classes without an object: dog, truck"])
    }
  }
}

struct SuspicionTests {
  // By hand, in an image of 200 × 100.
  @Test func whatIsWorthALookIsMarked() {
    let boxes: [(PixelBox, Int)] = [
      (PixelBox(xMin: 10, yMin: 10, xMax: 50, yMax: 50), 1),
      (PixelBox(xMin: 10, yMin: 10, xMax: 51, yMax: 50), 1),
      (PixelBox(xMin: 11, yMin: 10, xMax: 50, yMax: 50), 2),
      (PixelBox(xMin: 80, yMin: 80, xMax: 83, yMax: 90), 1),
      (PixelBox(xMin: 0, yMin: 0, xMax: 200, yMax: 100), 1),
      (PixelBox(xMin: 100, yMin: 5, xMax: 190, yMax: 12), 1),
      (PixelBox(xMin: 120, yMin: 40, xMax: 150, yMax: 60), 1),
    ]
    let image = DatasetImage(
      name: "a", source: .file(path: "a"), width: 200, height: 100,
      groundTruth: boxes.map { LabeledPixelBox(box: $0.0, classIndex: $0.1) })
    #expect(
      Suspicion.of(image) == [
        [.duplicateBox, .twoClasses], [.duplicateBox, .twoClasses], [.twoClasses], [.tiny],
        [.wholeImage], [.narrow], [],
      ])
    let plain = DatasetImage(
      name: "b", source: .file(path: "b"), width: 200, height: 100,
      groundTruth: [LabeledPixelBox(box: boxes[6].0, classIndex: 1)])
    var narrow = plain
    narrow.groundTruth.append(LabeledPixelBox(box: boxes[5].0, classIndex: 1))
    let counts = Suspicion.counts([image, plain, narrow])
    #expect(counts.images == 2)
    #expect(counts.ofEach.map(\.reason) == Suspicion.allCases)
    #expect(counts.ofEach.map(\.images) == [1, 1, 1, 1, 2])
  }
}
