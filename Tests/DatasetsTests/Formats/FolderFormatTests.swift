import Files
import Foundation
import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// Images and XML files in every pair of folders.
struct FolderFormatTests {
  private let annotation = Fixtures.annotation([("cat", ["1", "1", "5", "5"])])

  private func write(_ paths: String..., in folder: String) throws {
    for path in paths {
      if path.lowercased().hasSuffix(".xml") {
        try Fixtures.write(annotation, to: "\(folder)/\(path)")
      } else {
        try Fixtures.writeImage("\(folder)/\(path)", width: 20, height: 10)
      }
    }
  }

  /// Object counts by the path of the image, and all problems.
  private func load(_ folder: String) throws -> ([String: Int], [DatasetProblem]) {
    let loader = try DatasetLoader(path: folder)
    #expect(loader.format == .folder)
    var counts: [String: Int] = [:]
    var problems: [DatasetProblem] = []
    for split in try loader.splits() {
      let (dataset, report) = try loader.load(split: split, classNames: ["cat"])
      for image in dataset.images {
        guard case .file(let path) = image.source else { continue }
        counts["\(split): \(path.dropFirst(folder.count + 1))"] = image.groundTruth.count
      }
      problems += report.problems
    }
    return (counts, problems)
  }

  @Test(arguments: [
    ("images", "annotations"), ("JPEGImages", "Annotations"), ("img", "xml"), (".", "labels"),
    ("photos", "."),
  ])
  func siblingFoldersAreRead(images: String, labels: String) throws {
    try withFolder { folder in
      try write(
        "\(images)/a.PNG", "\(images)/b.png", "\(labels)/a.xml", "\(labels)/b.XML", in: folder)
      let loader = try DatasetLoader(path: folder)
      #expect(loader.format == .folder)
      let all = try loader.splits().flatMap { split in
        try loader.load(split: split, classNames: ["cat"]).dataset.images
      }
      #expect(all.map(\.name).sorted() == ["a", "b"])
      #expect(all.map(\.groundTruth.count) == [1, 1])
    }
  }

  @Test func labelsOfAnotherLayoutAreNamedWithTheirImage() throws {
    try withFolder { folder in
      try write("a.png", "a.xml", "b.png", "c.png", in: folder)
      try Fixtures.write("{}", to: folder + "/b.json")
      try Fixtures.write("0 .5 .5 .2 .2", to: folder + "/c.txt")
      let (_, problems) = try load(folder)
      #expect(problems.map(\.kind) == [.unlistedImage, .unlistedImage])
      #expect(
        Set(problems.map(\.reason))
          == Set(
            ["b.json", "c.txt"].map {
              "no XML file of its name; \(folder)/\($0) has its name, perhaps of another layout"
                + " (--format)"
            }))
    }
  }

  @Test func labelsMayBeInAnotherFolderThanTheImages() throws {
    try withFolder { folder in
      try write("photos/train/a.png", "photos/val/b.png", "xml/a.xml", "xml/b.xml", in: folder)
      let options = ReadingOptions(imageFolder: folder + "/photos")
      let loader = try DatasetLoader(path: folder + "/xml", options: options)
      #expect(loader.format == .folder)
      #expect(try loader.splits() == ["train", "val"])
      let (dataset, report) = try loader.load(split: "val")
      #expect(dataset.images.map(\.name) == ["b"])
      #expect(dataset.images.map(\.groundTruth.count) == [1])
      #expect(report.problems.isEmpty)
      let error = #expect(throws: DatasetError.self) { try DatasetLoader(path: folder + "/xml") }
      #expect(
        error?.description
          == "\(folder)/xml: label files, but no image: --images names their folder")
      let empty = try DatasetLoader(
        path: folder + "/xml", options: ReadingOptions(imageFolder: folder + "/xml"))
      let none = #expect(throws: DatasetError.self) { try empty.splits() }
      #expect(
        none?.description
          == "\(folder)/xml: expected the images of \(folder)/xml, found none")
    }
  }

  @Test func aSplitWithoutAnyLabelIsOneOfImages() throws {
    try withFolder { folder in
      try write("train/a.png", "train/a.xml", "test/b.png", "test/c.png", in: folder)
      let (counts, problems) = try load(folder)
      #expect(counts == ["train: train/a.png": 1, "test: test/b.png": 0, "test: test/c.png": 0])
      #expect(problems.map(\.kind) == [.unlabeledImage, .unlabeledImage])
    }
  }

  // One stem in two splits: each image has the file of its own split, and none of the other's.
  @Test func foldersOfSplitsKeepTheirLabels() throws {
    try withFolder { folder in
      try write(
        "images/train/1.png", "images/val/1.png", "images/train/2.png", "images/val/3.png",
        "annotations/train/1.xml", "annotations/val/1.xml", "annotations/train/2.xml",
        "annotations/train/3.xml", in: folder)
      let (counts, problems) = try load(folder)
      #expect(
        counts == [
          "train: images/train/1.png": 1, "val: images/val/1.png": 1,
          "train: images/train/2.png": 1,
        ])
      #expect(problems.map(\.kind) == [.labelsWithoutImage, .unlistedImage])
      #expect(problems[0].file == "\(folder)/annotations/train/3.xml")
      #expect(problems[1].reason == "no XML file of its name")
    }
  }

  @Test func severalFilesOfOneStemAreNamed() throws {
    try withFolder { folder in
      try write(
        "train/a.png", "train/a.xml", "old/a.xml", "train/b.png", "one/b.xml", "two/b.xml",
        in: folder)
      let (counts, problems) = try load(folder)
      #expect(counts == ["train: train/a.png": 1])
      #expect(
        problems.map(\.reason) == [
          "train/a.png has its name, but another label file, folder, ending or split",
          "several XML files of this name: one/b.xml, two/b.xml",
        ])
    }
  }

  // An XML file says whose it is; where it does not, both images have its objects, and it is told.
  @Test(arguments: [
    ("b.jpg", "unlistedImage b.png: no XML file of its name; b.xml is of b.jpg, as it says"),
    (#"C:\b.jpg"#, "unlistedImage b.png: no XML file of its name; b.xml is of b.jpg, as it says"),
    (nil, "disagreement b.xml: the label file of b.jpg and of b.png: each gets its objects"),
    ("old.png", "disagreement b.xml: the label file of b.jpg and of b.png: each gets its objects"),
    (
      "a.png",
      "disagreement b.xml: filename is a.png, which is there, but the file has the name of b.png"
    ),
  ])
  func oneFileForTwoImagesOfOneStem(filename: String?, problem: String) throws {
    try withFolder { folder in
      try write("train/a.png", "train/a.xml", "train/b.png", "train/b.xml", in: folder)
      try FileManager.default.copyItem(
        atPath: folder + "/train/b.png", toPath: folder + "/train/b.jpg")
      if let filename {
        try Fixtures.write(
          annotation.replacing("<size>", with: "<filename>\(filename)</filename><size>"),
          to: folder + "/train/b.xml")
      }
      let (counts, problems) = try load(folder)
      var expected = ["train: train/a.png": 1, "train: train/b.jpg": 1, "train: train/b.png": 1]
      let isNamed = filename?.hasSuffix("b.jpg") == true
      if isNamed { expected["train: train/b.png"] = nil }
      #expect(counts == expected)
      let told = problems.map {
        "\($0.kind.rawValue) \($0.file): \($0.reason)".replacing("\(folder)/", with: "")
          .replacing("train/", with: "")
      }
      #expect(Set(told).contains(problem), "\(told)")
      #expect(told.count == (isNamed ? 1 : 2))
    }
  }

  // Oxford-IIIT Pet's own layout, and masks beside their files: of c there is a mask alone.
  @Test(arguments: [
    ("annotations/trimaps", "annotations/xmls"), ("masks", "annotations"),
    ("annotations", "annotations"), ("segments/all", "segments/all"),
  ])
  func masksDoNotTakeThePlaceOfPhotographs(masks: String, labels: String) throws {
    try withFolder { folder in
      for name in ["a", "b", "c"] {
        try Fixtures.writeImage("\(folder)/\(masks)/\(name).png", width: 20, height: 10)
        try Fixtures.write(
          annotation.replacing("<size>", with: "<filename>\(name).jpg</filename><size>"),
          to: "\(folder)/\(labels)/\(name).xml")
        guard name != "c" else { continue }
        try write("images/\(name).png", in: folder)
        try FileManager.default.moveItem(
          atPath: "\(folder)/images/\(name).png", toPath: "\(folder)/images/\(name).jpg")
      }
      let (counts, problems) = try load(folder)
      #expect(
        Set(counts.keys.map { $0.split(separator: " ")[1] }) == ["images/a.jpg", "images/b.jpg"])
      let unlisted = ["a", "b", "c"].map {
        "no XML file of its name"
          + (masks == labels ? "; \(labels)/\($0).xml is of \($0).jpg, as it says" : "")
      }
      #expect(
        Dictionary(grouping: problems, by: \.kind).mapValues { Set($0.map(\.reason)) } == [
          .unlistedImage: Set(unlisted),
          .labelsWithoutImage: [
            "\(masks)/c.png has its name, but another label file, folder, ending or split"
          ],
        ])
    }
  }

  // What is of another set or split, or has labels of its own, is not what a file beside a
  // converted picture names; nor is one that two files name, or another name.
  @Test(arguments: [
    ["setA/a.png", "setA/a.xml", "setB/a.jpg"], ["train/a.png", "train/a.xml", "images/a.jpg"],
    ["train/a.png", "train/a.xml", "test/images/a.jpg"],
    ["data/a.png", "data/a.xml", "images/a.jpg", "images/a.xml"],
    ["xml/a.png", "xml/a.xml", "ann/a.png", "ann/a.xml", "images/a.jpg"],
    ["xml/b.png", "xml/b.xml", "images/a.jpg"],
  ])
  func aPictureBesideItsFileIsItsOwnElse(paths: [String]) {
    let labels = paths.filter { $0.hasSuffix(".xml") }
    let pairs = AnnotationPaths(
      images: paths.filter { !$0.hasSuffix(".xml") }, labels: labels,
      named: Dictionary(uniqueKeysWithValues: labels.map { ($0, "a.jpg") }))
    for label in labels where label.parentFolder != "images" {
      #expect(pairs.path(for: "\(label.withoutExtension).png") == label)
    }
    #expect(pairs.unused.isEmpty)
  }

  // No other picture has their names.
  @Test func picturesThatWereConvertedKeepTheirLabels() throws {
    try withFolder { folder in
      for name in ["train/one/a", "train/one/b", "train/two/a"] {
        try write("\(name).png", in: folder)
        try Fixtures.write(
          annotation.replacing(
            "<size>", with: "<filename>\(name.lastPart).jpg</filename><size>"),
          to: "\(folder)/\(name.replacing("train/", with: "train/xml/")).xml")
      }
      let (counts, problems) = try load(folder)
      #expect(
        counts == [
          "train: train/one/a.png": 1, "train: train/one/b.png": 1, "train: train/two/a.png": 1,
        ])
      #expect(problems.isEmpty)
    }
  }

  @Test func foldersOfLabelsOfASplitHaveItsImages() throws {
    try withFolder { folder in
      try write(
        "train_images/1.png", "val_images/1.png", "train_labels/1.xml", "val_labels/1.xml",
        in: folder)
      let (counts, problems) = try load(folder)
      #expect(
        counts == ["train_images: train_images/1.png": 1, "val_images: val_images/1.png": 1])
      #expect(problems.isEmpty)
    }
  }

  @Test func orphansAndUnreadPicturesAreNamed() throws {
    try withFolder { folder in
      try write(
        "train/images/a.png", "train/annotations/a.xml", "train/annotations/gone.xml",
        "train/annotations/b.xml", in: folder)
      try Fixtures.write("", to: "\(folder)/train/images/b.XCF")
      let (counts, problems) = try load(folder)
      #expect(counts == ["train: train/images/a.png": 1])
      #expect(problems.map(\.kind) == [.labelsWithoutImage, .labelsWithoutImage])
      #expect(
        problems.map(\.reason) == [
          "its image train/images/b.XCF is of a format that is not read", "no image of this name",
        ])
    }
  }

  // What systems leave behind is no file; a name in another Unicode form is the same name.
  @Test func namesAreFoundAsTheyAreMeant() throws {
    try withFolder { folder in
      try write("train/gr\u{FC}n.png", "train/xml/gru\u{308}n.xml", in: folder)
      for name in ["._gr\u{FC}n.png", "._a.xml", "Thumbs.db", ".DS_Store"] {
        try Fixtures.write("", to: "\(folder)/train/\(name)")
      }
      let (counts, problems) = try load(folder)
      #expect(counts == ["train: train/gr\u{FC}n.png": 1])
      #expect(problems.isEmpty)
    }
  }

  @Test func linksToFoldersAreFollowed() throws {
    try withFolder { folder in
      try write("elsewhere/a.png", "elsewhere/a.xml", in: folder)
      try FileManager.default.createDirectory(
        atPath: folder + "/data", withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/data/train", withDestinationPath: "../elsewhere")
      let (counts, problems) = try load(folder + "/data")
      #expect(counts == ["train: train/a.png": 1])
      #expect(problems.isEmpty)
    }
  }

  // A byte that is no UTF-8 cannot stand in a path here.
  @Test func namesThatAreNoUTF8AreReported() throws {
    try withFolder { folder in
      try write("train/a.png", "train/a.xml", in: folder)
      let bytes = Array("\(folder)/train/".utf8) + [0x62, 0xFC] + Array(".png".utf8) + [0]
      let file = try #require(
        bytes.withUnsafeBufferPointer { buffer in
          buffer.withMemoryRebound(to: CChar.self) { fopen($0.baseAddress, "w") }
        })
      fclose(file)
      let (counts, problems) = try load(folder)
      #expect(counts == ["train: train/a.png": 1])
      #expect(problems.map(\.kind) == [.unreadableName])
      #expect(problems[0].file == "\(folder)/train/b\u{FFFD}.png")
    }
  }

  // Expected: the words of the system's ELOOP. A ring of links is there, and cannot be opened.
  @Test func anAnnotationThatCannotBeOpenedIsNotCalledMissing() throws {
    try withFolder { folder in
      try write("train/a.png", "train/a.xml", "train/b.png", in: folder)
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/train/b.xml", withDestinationPath: "b.xml")
      let (counts, problems) = try load(folder)
      #expect(counts == ["train: train/a.png": 1])
      #expect(problems.map(\.kind) == [.unreadableAnnotation])
      #expect(problems[0].reason == "cannot be read: Too many levels of symbolic links")
    }
  }

  // Expected: the words of the system's ENAMETOOLONG, which needs no missing permission.
  @Test func foldersThatCannotBeListedAreTold() throws {
    try withFolder { folder in
      let tree = FolderTree()
      let long = folder + "/" + String(repeating: "x", count: 300)
      #expect(tree.listing(folder) != nil)
      #expect(tree.listing(folder + "/none") == nil)
      #expect(tree.listing(long) == nil)
      #expect(
        tree.unreadableFolders
          == [FileError(path: long, reason: "cannot be read: File name too long")])
    }
  }
}
