import Files
import Foundation
import ImageFiles
import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// YOLO's labels in the forms that people have; 0.5 0.5 0.25 0.5 of 40 × 20 is [15, 5, 25, 15].
struct YOLOFormatTests {
  private let row = "1 0.5 0.5 0.25 0.5"

  private func pairs(_ images: String, _ labels: String, in folder: String) throws {
    try Fixtures.writeImage("\(folder)/\(images)", width: 40, height: 20)
    try Fixtures.write(row, to: "\(folder)/\(labels)")
  }

  /// Of each split the names of images and the corners of their boxes.
  private func load(
    _ path: String
  ) throws -> (splits: [String: [String: [[Double]]]], report: DatasetReport, names: ClassNames) {
    let loader = try DatasetLoader(path: path)
    #expect(loader.format == .yolo)
    var splits: [String: [String: [[Double]]]] = [:]
    var report = DatasetReport()
    var names = ClassNames([])
    for split in try loader.splits() {
      let part = try loader.load(split: split)
      splits[split] = Dictionary(
        uniqueKeysWithValues: part.dataset.images.map {
          ($0.name, $0.groundTruth.map(\.box.corners))
        })
      report.add(part.report)
      names = part.dataset.classNames
    }
    return (splits, report, names)
  }

  @Test func imagesOutsideOfTheFoldersOfSplitsAreCounted() throws {
    try withFolder { folder in
      try Fixtures.write("cat\ndog\n", to: folder + "/classes.txt")
      for name in ["train/a", "val/b", "c"] { try pairs("\(name).png", "\(name).txt", in: folder) }
      let report = try load(folder).report
      #expect(
        report.problems.map(\.reason)
          == Array(repeating: "1 image in none of the splits, c.png the first", count: 2))
    }
  }

  // Keys of YAML, and names that YAML takes for something else.
  @Test(arguments: [
    ["train", "val", "valid"], ["train", "valid"], ["a: b", "#1", "no", "it's", "-"],
  ])
  func splitsOfAnyNameAreWrittenAndRead(splits: [String]) throws {
    try withFolder { folder in
      let shapes = ShapesSpecification(imageCount: 2, side: 64, seed: 6).dataset(split: "train")
      var writer = try DatasetWriter(format: .yolo, folder: folder + "/x")
      for split in splits { try writer.write(shapes, split: split) }
      let loader = try DatasetLoader(path: folder + "/x")
      let expected = splits == ["train", "valid"] ? ["train", "val"] : splits.sorted()
      #expect(try loader.splits() == expected)
      for split in expected { #expect(try loader.load(split: split).dataset.images.count == 2) }
    }
  }

  // Its label file would be called as a list of classes is.
  @Test(arguments: ["classes", "Labels", "names", "predefined_classes"])
  func aPictureCalledAsAListOfClassesGetsAnotherName(name: String) throws {
    try withFolder { folder in
      var shapes = ShapesSpecification(imageCount: 2, side: 64, seed: 6).dataset(split: "train")
      shapes.images[0].name = name
      var writer = try DatasetWriter(format: .yolo, folder: folder + "/x")
      try writer.write(shapes, split: "train")
      let (dataset, report) = try DatasetLoader(path: folder + "/x").load(split: "train")
      #expect(report.problems.isEmpty)
      let names: Set = ["train_\(name)", shapes.images[1].name]
      #expect(Set(dataset.images.map(\.name)) == names)
      let objects = dataset.images.reduce(0) { $0 + $1.groundTruth.count }
      let written = shapes.images.reduce(0) { $0 + $1.groundTruth.count }
      #expect(objects == written && written > 0)
    }
  }

  @Test func aSplitCalledAsAnotherKeyIsRefused() throws {
    try withFolder { folder in
      let shapes = ShapesSpecification(imageCount: 1, side: 64, seed: 6).dataset(split: "train")
      var writer = try DatasetWriter(format: .yolo, folder: folder + "/x")
      let error = #expect(throws: FileError.self) { try writer.write(shapes, split: "names") }
      #expect(error?.reason == "cannot hold a split called names, which is a key of its own")
    }
  }

  @Test func darknetIsRead() throws {
    try withFolder { folder in
      try Fixtures.write(
        "classes = 3\r\ntrain  = data/train.txt\r\nvalid=C:\\me\\data\\valid.txt\r\n"
          + "names = data/obj.names\r\nbackup = backup/\r\n", to: folder + "/data/obj.data")
      try Fixtures.write("cat\ndog\n", to: folder + "/data/obj.names")
      try Fixtures.write(
        "data/obj/a b.png\n/content/darknet/data/obj/c.png\n", to: folder + "/data/train.txt")
      try Fixtures.write("data/obj/d.png\n", to: folder + "/data/valid.txt")
      for name in ["a b", "c", "d"] {
        try pairs("data/obj/\(name).png", "data/obj/\(name).txt", in: folder)
      }
      let (splits, report, names) = try load(folder)
      #expect(names == ["cat", "dog"])
      #expect(
        splits == [
          "train": ["a b": [[15, 5, 25, 15]], "c": [[15, 5, 25, 15]]],
          "val": ["d": [[15, 5, 25, 15]]],
        ])
      #expect(Set(report.problems.map(\.kind)) == [.disagreement])
      #expect(
        report.problems[0].reason
          == "classes is 3, but \(folder)/data/obj.names has 2 names")
    }
  }

  // Its path as the list has it, and its label file is not told beside it.
  @Test(arguments: [("data/obj", "data/obj"), ("data/images/train", "data/labels/train")])
  func anImageThatAListNamesAndThatIsMissingIsToldOnce(images: String, labels: String) throws {
    try withFolder { folder in
      try Fixtures.write(
        "train = data/train.txt\nnames = data/obj.names\n", to: folder + "/data/obj.data")
      try Fixtures.write("cat\ndog\n", to: folder + "/data/obj.names")
      try Fixtures.write(
        "\(images)/a.png\n\n\(images)/gone.png\n", to: folder + "/data/train.txt")
      try pairs("\(images)/a.png", "\(labels)/a.txt", in: folder)
      for name in ["gone", "other"] {
        try Fixtures.write(row, to: "\(folder)/\(labels)/\(name).txt")
      }
      let (splits, report, _) = try load(folder)
      #expect(splits == ["train": ["a": [[15, 5, 25, 15]]]])
      #expect(report.problems.count == 2)
      #expect(
        Set(report.problems) == [
          DatasetProblem(
            kind: .missingFile, file: "\(images)/gone.png",
            reason: "no such image; line 3 of \(folder)/data/train.txt names it"),
          DatasetProblem(
            kind: .labelsWithoutImage, file: "\(folder)/\(labels)/other.txt",
            reason: "no image of this name"),
        ])
    }
  }

  @Test func whatDarknetSaysTwiceOrWronglyIsTold() throws {
    try withFolder { folder in
      try Fixtures.write(
        "classes = two\ntrain = old.txt\nval = val.txt\nnames = obj.names\nnames = obj.names\n"
          + "train = train.txt\n", to: folder + "/obj.data")
      try Fixtures.write("cat\ndog\n", to: folder + "/obj.names")
      for (list, name) in [("train", "a"), ("val", "b")] {
        try Fixtures.write("obj/\(name).png\n", to: "\(folder)/\(list).txt")
        try pairs("obj/\(name).png", "obj/\(name).txt", in: folder)
      }
      let (splits, report, _) = try load(folder)
      #expect(splits == ["train": ["a": [[15, 5, 25, 15]]], "val": ["b": [[15, 5, 25, 15]]]])
      #expect(Set(report.problems.map(\.kind)) == [.disagreement])
      #expect(
        Set(report.problems.map(\.reason)) == [
          "line 6: train a second time; train.txt counts",
          "classes is two, but \(folder)/obj.names has 2 names",
        ])
    }
  }

  // Keys of people's own, as those of Ultralytics' and Roboflow's descriptions.
  @Test func foldersOfSplitsOfAnyNameThatAreMissingAreTold() throws {
    try withFolder { folder in
      try Fixtures.write(
        "train: images\nminival: c/photos\nnames: [cat, dog]\ntrainer: me\n"
          + "contest: https://a.example/x\nlicense: MIT/X11\n", to: folder + "/data.yaml")
      try pairs("images/a.png", "labels/a.txt", in: folder)
      let report = try load(folder).report
      #expect(
        report.problems.map(\.reason).sorted() == [
          "minival: no such folder or list of images: c/photos"
        ])
    }
  }

  @Test(arguments: [
    ("images/a.png", "labels/a.txt", "classes.txt"),
    ("images/a.png", "labels/a.txt", "labels/classes.txt"),
    ("a.png", "a.txt", "classes.txt"), ("images/a.png", "images/a.txt", "images/classes.txt"),
    ("obj/a.PNG", "obj/a.txt", "obj.names"), ("photos/a.png", "photos/a.txt", "_darknet.labels"),
  ])
  func aListOfClassesIsEnough(image: String, label: String, classes: String) throws {
    try withFolder { folder in
      try pairs(image, label, in: folder)
      try Fixtures.write("\u{FEFF}cat\r\nmy dog\r\n\r\n", to: "\(folder)/\(classes)")
      let (splits, report, names) = try load(folder)
      #expect(names == ["cat", "my dog"])
      #expect(splits == ["train": ["a": [[15, 5, 25, 15]]], "test": [:]])
      #expect(report.problems.isEmpty)
    }
  }

  // The images lie elsewhere, in folders of splits or all in one; their labels, or a seed, say the
  // splits then.
  @Test(arguments: [
    ("", "classes.txt", "", ["test": ["a"], "train": ["c"]]),
    ("labels/S/", "classes.txt", "", ["val": ["c"], "train": ["a"]]),
    ("labels/S/", "data.yaml", "", ["val": ["c"], "train": ["a"]]),
    ("labels/S/", "data.yaml", "S/", ["val": ["c"], "train": ["a"]]),
    ("labels/S/", "data.yaml", "images/S/", ["val": ["c"], "train": ["a"]]),
    ("S/labels/", "obj.data", "", ["val": ["c"], "train": ["a"]]),
  ])
  func labelsAloneTakeTheImagesOfAFolder(
    labels: String, classes: String, images: String, expected: [String: [String]]
  ) throws {
    try withFolder { folder in
      for (name, split) in [("a", "train"), ("c", "val"), ("gone", "train")] {
        try Fixtures.write(
          "0 .5 .5 .5 .5\n", to: folder + "/d/" + labels.replacing("S", with: split) + "\(name).txt"
        )
        try Fixtures.writeImage(folder + "/photos/unlabelled.png")
        if name != "gone" {
          try Fixtures.writeImage(
            folder + "/photos/" + images.replacing("S", with: split) + "\(name).png")
        }
      }
      try Fixtures.write(
        [
          "classes.txt": "cat\n", "obj.data": "names = obj.names\ntrain = train.txt\n",
          "data.yaml": "train: images/train\nval: images/val\nnames: [cat]\n",
        ][classes] ?? "", to: "\(folder)/d/\(classes)")
      if classes == "obj.data" { try Fixtures.write("cat\n", to: folder + "/d/obj.names") }
      let options = ReadingOptions(imageFolder: folder + "/photos")
      let loader = try DatasetLoader(path: folder + "/d", options: options)
      #expect(loader.format == .yolo)
      #expect(!loader.sources[0].holdsImages)
      var found: [String: [String]] = [:]
      var problems: [String] = []
      for split in try loader.splits() {
        let loaded = try loader.load(split: split)
        found[split] = loaded.dataset.images.map(\.name)
        #expect(loaded.dataset.images.allSatisfy { $0.groundTruth.count == 1 })
        problems += loaded.report.problems.filter { $0.kind != .missingSplit }.map {
          "\($0.kind.rawValue) \($0.file.lastPart)"
        }
      }
      #expect(found == expected)
      #expect(
        problems.sorted() == ["labelsWithoutImage gone.txt", "unlistedImage unlabelled.png"])
      let error = #expect(throws: DatasetError.self) { try DatasetLoader(path: folder + "/d") }
      #expect(
        error?.description
          == "\(folder)/d: label files, but no image: --images names their folder")
    }
  }

  // Of a description that is named alone the folder is the dataset.
  @Test func whatLiesBesideADescriptionThatIsNamedIsTold() throws {
    try withFolder { folder in
      try pairs("images/a.png", "labels/a.txt", in: folder)
      try Fixtures.writeImage(folder + "/extra/z.png")
      try Fixtures.write("names: [cat, dog]\ntrain: images\n", to: folder + "/data.yaml")
      let named = try DatasetLoader(path: folder + "/data.yaml").load(split: "train").report
      #expect(named.problems.map(\.kind) == [.unlistedImage])
      #expect(named.problems.map(\.file) == [folder + "/extra/z.png"])
      try Fixtures.write("names: [cat, dog]\ntrain: ../images\n", to: folder + "/other/data.yaml")
      try Fixtures.writeImage(folder + "/other/z.png")
      let elsewhere = try DatasetLoader(path: folder + "/other/data.yaml").load(split: "train")
      #expect(elsewhere.dataset.images.count == 1)
      #expect(elsewhere.report.problems.isEmpty)
    }
  }

  @Test func aLabelWhoseImageLiesElsewhereNamesIt() throws {
    try withFolder { folder in
      try pairs("a/1.png", "a/1.txt", in: folder)
      try pairs("a/2.png", "b/2.txt", in: folder)
      try pairs("b/3.png", "b/3.txt", in: folder)
      try Fixtures.write("cat\ndog\n", to: folder + "/classes.txt")
      let (_, report, _) = try load(folder)
      #expect(
        report.problems.filter { $0.kind == .labelsWithoutImage }.map(\.reason) == [
          "no image beside it; a/2.png has its name, and another place"
        ])
    }
  }

  // Label Studio's export: notes.json and classes.txt beside images and labels.
  @Test func labelStudiosNotesAreRead() throws {
    try withFolder { folder in
      try pairs("images/1f-a.png", "labels/1f-a.txt", in: folder)
      try Fixtures.write(
        #"{"categories": [{"id": 1, "name": "dog"}, {"id": 0, "name": "cat"}], "info": {}}"#,
        to: folder + "/notes.json")
      let (splits, report, names) = try load(folder)
      #expect(names == ["cat", "dog"])
      #expect(splits["train"] == ["1f-a": [[15, 5, 25, 15]]])
      #expect(report.problems.isEmpty)
    }
  }

  @Test(arguments: [
    "path: /home/me/datasets/proj\ntrain: images/train\nval: images/val\n",
    "train: /home/me/datasets/proj/images/train\nval: /content/proj/images/val\n",
    "path: C:\\Users\\me\\proj\ntrain: images\\train\nval: images\\val\n",
    "train: D:\\data\\proj\\images\\train\nval: D:/data/proj/images/val\n",
    "train: ../images/train\nval: ../images/val\n",
    "path: ../proj\ntrain: images/train/\nval: ./images/val\n",
  ])
  func pathsOfAnotherMachineAreFound(paths: String) throws {
    try withFolder { folder in
      let text = paths + "test: ../test/images\nnc: 3\nnames: ['cat', 'dog']\n"
      try Fixtures.write(
        text.replacingOccurrences(of: "\n", with: "\r\n"), to: folder + "/data.yaml")
      try pairs("images/train/a.png", "labels/train/a.txt", in: folder)
      try pairs("images/val/b.png", "labels/val/b.txt", in: folder)
      let (splits, report, _) = try load(folder)
      #expect(splits == ["train": ["a": [[15, 5, 25, 15]]], "val": ["b": [[15, 5, 25, 15]]]])
      let reasons = Set(report.problems.map(\.reason))
      #expect(
        reasons == [
          "nc is 3, but names has 2", "test: no such folder or list of images: ../test/images",
        ])
      #expect(!DatasetProblem.Kind.missingSplit.isLoss)
    }
  }

  // However YAML allows to write the key.
  @Test(arguments: [
    "train: images\n\"names\": [\"cat\", \"dog\"]\n", "train: images\nnames : [cat, dog]\n",
    "{train: images, val: images, nc: 2, names: [cat, dog]}\n",
    "'names':\n  0: cat\n  1: dog\n'train': images\n", "? names\n: [cat, dog]\ntrain: images\n",
    "base: &base\n  names: [cat, dog]\n<<: *base\ntrain: images\n",
    "---\n  train: images\n  names:\n  - cat\n  - dog\n...\n",
  ])
  func namesAreFoundWhateverTheStyleOfTheDescription(yaml: String) throws {
    try withFolder { folder in
      try Fixtures.write(yaml, to: folder + "/data.yaml")
      try pairs("images/a.png", "labels/a.txt", in: folder)
      let (splits, report, names) = try load(folder)
      #expect(names == ["cat", "dog"])
      #expect(splits["train"] == ["a": [[15, 5, 25, 15]]])
      #expect(report.problems.isEmpty)
    }
  }

  @Test(arguments: [
    "train: images\n\"names\": [cat, dog\n", "{train: images, names: [cat, dog]\n",
    "train: images\nnames: [cat, dog]\nnames: [dog, cat]\n", "train: a\r\nnames: [cat, dog\r\n",
  ])
  func aBrokenDescriptionIsTheErrorThatIsTold(yaml: String) throws {
    try withFolder { folder in
      try Fixtures.write(yaml, to: folder + "/data.yaml")
      try pairs("images/a.png", "labels/a.txt", in: folder)
      let error = #expect(throws: FileError.self) { try DatasetLoader(path: folder) }
      #expect(error?.path == folder + "/data.yaml")
      #expect(error?.reason.hasPrefix("not YAML: ") == true)
    }
  }

  // Rows that are more than a box: a polygon, four corners, and key points behind a box.
  @Test func otherRowsAreTheirUprightBox() throws {
    try withFolder { folder in
      try Fixtures.write(
        "train: images\nval: images\nnames: [cat, dog]\n", to: folder + "/data.yaml")
      try pairs("images/a.png", "labels/a.txt", in: folder)
      try Fixtures.write(
        "0 0.1 0.2 0.3 0.4 0.2 0.8\n1 0.1 0.2 0.3 0.2 0.3 0.6 0.1 0.6\n",
        to: folder + "/labels/a.txt")
      let (splits, report, _) = try load(folder)
      #expect(splits["train"] == ["a": [[4, 4, 12, 16], [4, 4, 12, 12]]])
      #expect(report.changes == [.polygon: 2, .turnedBox: 2], "each split counts its own")
      try Fixtures.write(
        "train: images\nnames: [cat, dog]\nkpt_shape: [2, 3]\n", to: folder + "/data.yaml")
      try Fixtures.write(row + " 0.9 0.9 2 0.1 0.1 1\n", to: folder + "/labels/a.txt")
      #expect(try load(folder).splits["train"] == ["a": [[15, 5, 25, 15]]])
    }
  }

  // As `track` and `pose` of Ultralytics write them; polygons of objects in the middle, and of one
  // number of corners, stay polygons.
  @Test(arguments: [
    (["0 0.5 0.5 0.2 0.2 0.91 1", "1 0.3 0.5 0.2 0.2 0.5 2"], "confidence and number of a track"),
    (["0 0.5 0.5 0.2 0.2 0.45 0.45 2 0.55 0.55 2"], "key points"),
    (["0 0.5 0.5 0.2 0.2 0.45 0.45 0.55 0.55", "0 0.8 0.2 0.1 0.1 0 0 0.82 0.21"], "key points"),
    (
      ["0 0.5 0.5 0.3 0.2 0.4 0.45 0.6 0.55 0.5 0.5", "0 0.3 0.3 0.1 0.1 0.3 0.3 0.3 0.3 0 0"],
      "key points"
    ),
    (["0 0.5 0.5 0.2 0.2 0.45 0.45 0.55 0.55", "0 0.1 0.2 0.3 0.4 0.2 0.8"], nil),
    (["0 0.4 0.4 0.6 0.4 0.6 0.6 0.4 0.6"], nil), (["0 0.5 0.4 0.6 0.5 0.5 0.6 0.4 0.5"], nil),
    (["0 0.4 0.5 0.5 0.4 0.6 0.5 0.5 0.6 0.45 0.55"], nil), (["0 0.1 0.2 0.3 0.4 0.2 1"], nil),
  ])
  func rowsThatGoOnBehindABoxAreNoPolygons(rows: [String], meaning: String?) throws {
    try withFolder { folder in
      try Fixtures.write("train: images\nnames: [cat, dog]\n", to: folder + "/data.yaml")
      try pairs("images/a.png", "labels/a.txt", in: folder)
      try pairs("images/box.png", "labels/box.txt", in: folder)
      try Fixtures.write(rows.joined(separator: "\n"), to: folder + "/labels/a.txt")
      let (splits, report, _) = try load(folder)
      #expect(splits["train"]?["box"] == [[15, 5, 25, 15]])
      #expect(splits["train"]?["a"]?.count == (meaning == nil ? rows.count : nil))
      let refused = report.problems.filter { $0.kind == .unreadableAnnotation }
      #expect(refused.count == (meaning == nil ? 0 : rows.count))
      if let meaning {
        let expected =
          "line 1: expected class, x, y, width, height, or a polygon, found a box and"
          + " probably \(meaning)"
        #expect(refused[0].reason.hasPrefix(expected), "\(refused[0].reason)")
      }
    }
  }

  // `images` in a folder's own path is not the dataset's.
  @Test(arguments: ["images/project", "project/images"])
  func labelsAreFoundBelowTheDatasetOnly(below: String) throws {
    try withFolder { root in
      let folder = "\(root)/\(below)"
      try Fixtures.write("train: images/train\nnames: [cat, dog]\n", to: folder + "/data.yaml")
      try pairs("images/train/a.png", "labels/train/a.txt", in: folder)
      #expect(try load(folder).splits["train"] == ["a": [[15, 5, 25, 15]]])
      #expect(try load(folder + "/").splits["train"] == ["a": [[15, 5, 25, 15]]])
      #expect(
        try load(root + "/./" + below + "/../" + (below as NSString).lastPathComponent)
          .splits["train"] == ["a": [[15, 5, 25, 15]]])
    }
  }

  // A list's absolute paths lie below the dataset, however the dataset is spelt.
  @Test func absoluteListsAndOtherSpellingsGiveTheSame() throws {
    try withFolder { root in
      let folder = root + "/images/proj"
      try Fixtures.write("train: train.txt\nnames: [cat, dog]\n", to: folder + "/data.yaml")
      try pairs("images/a.png", "labels/a.txt", in: folder)
      try pairs("obj/b.png", "obj/b.txt", in: folder)
      // `images` above the dataset is none of its folders.
      try Fixtures.write("0 0.5 0.5 1 1", to: root + "/labels/proj/obj/b.txt")
      try Fixtures.write(
        "\(folder)/images/a.png\n\(folder)/obj/b.png\n", to: folder + "/train.txt")
      let spelling = root + "/images/../images/proj"
      let box = [[15.0, 5, 25, 15]]
      let expected = ["train": ["a": box, "b": box]]
      #expect(try load(folder).splits == expected)
      #expect(try load(spelling).splits == expected)
      #expect(try load(spelling).report.problems.isEmpty)
    }
  }

  @Test func textOfEverySystemIsRead() throws {
    try withFolder { folder in
      let yaml = "train: images\nnames: [cat, dog]\n"
      let rows = "\(row)\n0 0.5 0.5 0.5 0.5\n"
      func form(_ text: String, _ end: String, _ encoding: String.Encoding) throws -> Data {
        try #require(
          text.replacingOccurrences(of: "\n", with: end).data(using: encoding))
      }
      try pairs("images/a.png", "labels/a.txt", in: folder)
      for (end, encoding) in [
        ("\r\n", String.Encoding.utf8), ("\r", .utf8), ("\n", .utf16), ("\r\n", .utf16LittleEndian),
      ] {
        for (text, path) in [(yaml, "data.yaml"), (rows, "labels/a.txt")] {
          try form(text, end, encoding).write(to: URL(fileURLWithPath: "\(folder)/\(path)"))
        }
        let (splits, report, names) = try load(folder)
        #expect(names == ["cat", "dog"])
        #expect(splits["train"] == ["a": [[15, 5, 25, 15], [10, 5, 30, 15]]])
        #expect(report.problems.isEmpty)
      }
    }
  }

  @Test func namesLinksAndLeftoversAreTakenAsMeant() throws {
    try withFolder { folder in
      try Fixtures.write("train: images/train\nnames: [cat, dog]\n", to: folder + "/data.yaml")
      try pairs("elsewhere/i/my cat.PNG", "elsewhere/l/my cat.txt", in: folder)
      try pairs("elsewhere/i/gr\u{FC}n.png", "elsewhere/l/gru\u{308}n.txt", in: folder)
      for (link, target) in [("images/train", "i"), ("labels/train", "l")] {
        let parent = ("\(folder)/\(link)" as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
          atPath: "\(folder)/\(link)", withDestinationPath: "../elsewhere/\(target)")
      }
      for name in ["i/._a.png", "l/._a.txt", "i/Thumbs.db", "l/.DS_Store"] {
        try Fixtures.write("x", to: "\(folder)/elsewhere/\(name)")
      }
      let (splits, report, _) = try load(folder)
      #expect(splits["train"] == ["my cat": [[15, 5, 25, 15]], "gr\u{FC}n": [[15, 5, 25, 15]]])
      #expect(report.problems.isEmpty)
    }
  }

  @Test func aLabelFileOfTwoImagesIsTold() throws {
    try withFolder { folder in
      try Fixtures.write("train: images\nnames: [cat, dog]\n", to: folder + "/data.yaml")
      try pairs("images/a.png", "labels/a.txt", in: folder)
      try pairs("images/b.png", "labels/b.txt", in: folder)
      try FileManager.default.copyItem(
        atPath: folder + "/images/a.png", toPath: folder + "/images/a.jpg")
      let (dataset, report) = try DatasetLoader(path: folder).load(split: "train")
      #expect(dataset.images.map(\.groundTruth.count) == [1, 1, 1])
      #expect(report.problems.map(\.kind) == [.disagreement, .disagreement])
      #expect(report.problems.map(\.file) == Array(repeating: folder + "/labels/a.txt", count: 2))
      #expect(
        Set(report.problems.map(\.reason)) == [
          "the label file of a.jpg and of a.png: each gets its objects"
        ])
    }
  }

  // Of a second description, or of another folder: neither background, nor without an image.
  @Test func anImageOfNoSplitIsNamedWithItsLabels() throws {
    try withFolder { folder in
      try Fixtures.write("train: a/images\nnames: [cat, dog]\n", to: folder + "/a.yaml")
      try Fixtures.write("train: b/images\nnames: [cat, dog]\n", to: folder + "/b.yaml")
      for part in ["a", "b"] {
        try pairs("\(part)/images/\(part).png", "\(part)/labels/\(part).txt", in: folder)
      }
      let (splits, report, _) = try load(folder)
      #expect(splits == ["train": ["a": [[15, 5, 25, 15]]]])
      #expect(
        report.problems.map(\.reason) == [
          "its image b/images/b.png is in none of the splits",
          "no label file names it; \(folder)/b/labels/b.txt has its name, perhaps of another layout"
            + " (--format), or in a folder that no list names",
        ])
    }
  }

  @Test(arguments: [
    ("train/images", "train/annotations"), ("train", "train_labels"), ("train", "labels_train"),
  ])
  func labelsInAnotherFolderAreNoBackground(images: String, labels: String) throws {
    try withFolder { folder in
      try Fixtures.write("train: \(images)\nnames: [cat, dog]\n", to: folder + "/data.yaml")
      try pairs("\(images)/a.png", "\(labels)/a.txt", in: folder)
      try Fixtures.writeImage("\(folder)/\(images)/b.png")
      let (splits, report, _) = try load(folder)
      #expect(splits == ["train": ["b": []]])
      #expect(report.problems.map(\.kind) == [.unreadableAnnotation, .unlabeledImage])
      #expect(
        report.problems[0].reason.hasPrefix(
          "\(folder)/\(labels)/a.txt may hold its labels in another layout, or in another folder,"))
    }
  }

  // A file of another split's folder too, whatever image of its name a split has.
  @Test func labelFilesThatNoImageHasAreNamed() throws {
    try withFolder { folder in
      try Fixtures.write(
        "train: images/train\nval: images/val\nnames: [cat, dog]\n", to: folder + "/data.yaml")
      try pairs("images/train/a.png", "labels/train/a.txt", in: folder)
      try pairs("images/val/b.png", "labels/val/b.txt", in: folder)
      for path in ["train/b", "val/c", "test/d", "train/e"] {
        try Fixtures.write(row, to: "\(folder)/labels/\(path).txt")
      }
      try Fixtures.write("", to: folder + "/images/train/e.xcf")
      try Fixtures.write("numpy\n", to: folder + "/requirements.txt")
      let (splits, report, _) = try load(folder)
      #expect(splits.mapValues(\.count) == ["train": 1, "val": 1])
      #expect(
        report.problems.map { String($0.file.dropFirst(folder.count + 8)) } == [
          "test/d.txt", "train/b.txt", "train/e.txt", "val/c.txt",
        ])
      #expect(
        report.problems.map(\.reason) == [
          "no image of this name",
          "no image beside it; images/val/b.png has its name, and another place",
          "its image images/train/e.xcf is of a format that is not read", "no image of this name",
        ])
    }
  }

  // A number that is its line's is none of the name; of coins it is.
  @Test(
    arguments: [
      (
        "0 cat\n1 dog\n", ["cat", "dog"],
        ["0 cat: numbers before the classes, taken for no part of the names"]
      ),
      (
        "# names\n0: cat\n1: big dog\n", ["cat", "big dog"],
        [
          "line 1: # names, taken for a comment and no class",
          "0: cat: numbers before the classes, taken for no part of the names",
        ]
      ),
      ("0 cat\n2 dog\n", ["0 cat", "2 dog"], []), ("0 cat\n1\n", ["0 cat", "1"], []),
      ("1 cent\n2 cent\n", ["1 cent", "2 cent"], []), ("0 s\n1 s\n", ["0 s", "1 s"], []),
      ("0\n1\n", ["0", "1"], []), ("#1\ncat\n", ["#1", "cat"], []),
      (
        "# names\ncat\n#\ndog\n", ["cat", "dog"],
        [
          "line 1: # names, taken for a comment and no class",
          "line 3: #, taken for a comment and no class",
        ]
      ),
    ] as [(String, [String], [String])])
  func commentsAndNumbersAreNoClasses(
    text: String, names: [String], problems: [String]
  ) throws {
    try withFolder { folder in
      try Fixtures.write("1 0.5 0.5 0.2 0.2\n", to: folder + "/train/a.txt")
      try Fixtures.write(text, to: folder + "/classes.txt")
      try Fixtures.writeImage(folder + "/train/a.png")
      let (dataset, report) = try DatasetLoader(path: folder).load(split: "train")
      #expect(Array(dataset.classNames) == names)
      #expect(dataset.images.map { $0.groundTruth.map(\.classIndex) } == [[2]])
      #expect(report.problems.map(\.reason) == problems)
      #expect(report.problems.allSatisfy { $0.kind == .disagreement })
    }
  }

  @Test(arguments: ["0,0.5,0.5,0.2,0.2", "0, 0.5, 0.5, 0.2, 0.2", "0 0,5 0,5 0,2 0,2"])
  func rowsWithCommasAreNearAndNamed(row: String) throws {
    try withFolder { folder in
      try Fixtures.write(row + "\n", to: folder + "/a.txt")
      try Fixtures.write("cat\n", to: folder + "/classes.txt")
      try Fixtures.writeImage(folder + "/a.png")
      let error = #expect(throws: DatasetError.self) { try DatasetLoader(path: folder) }
      #expect(
        try #require(error).description.contains(
          "YOLO: expected a class and numbers between spaces, as 0 0.5 0.5 0.2 0.2, found \(row)"))
    }
  }

  // A text beside the image, whose labels another folder has: the same, other rows, no rows at all.
  @Test(arguments: [
    ("1 0.5 0.5 0.25 0.5\n\n", false), ("0 0.5 0.5 0.1 0.1\n", true), ("a cat on a mat\n", false),
    ("", true),
  ])
  func aSecondLabelFileOfAnImageIsTold(text: String, isTold: Bool) throws {
    try withFolder { folder in
      try Fixtures.write("train: images\nnames: [cat, dog]\n", to: folder + "/data.yaml")
      try pairs("images/a.png", "labels/a.txt", in: folder)
      try Fixtures.write(text, to: folder + "/images/a.txt")
      let (splits, report, _) = try load(folder)
      #expect(splits == ["train": ["a": [[15, 5, 25, 15]]]])
      let expected = DatasetProblem(
        kind: .disagreement, file: folder + "/images/a.txt",
        reason: "other rows than those of \(folder)/labels/a.txt, which count")
      #expect(report.problems == (isTold ? [expected] : []))
    }
  }

  // In a folder of the photos' own; what somebody labelled is an image, whoever drew on it.
  @Test func picturesThatACommandDrewAreNoBackground() throws {
    try withFolder { folder in
      try Fixtures.write("train: images\nnames: [cat, dog]\n", to: folder + "/data.yaml")
      try pairs("images/a.png", "labels/a.txt", in: folder)
      try pairs("images/b.png", "labels/b.txt", in: folder)
      for name in ["c.png", "found/a.png", "found/b.png"] {
        try Fixtures.writeImage("\(folder)/images/\(name)")
      }
      let image = Fixtures.image(width: 40, height: 20)
      try PNGFile.write(image, to: "\(folder)/images/b.png", mark: .detect)
      try PNGFile.write(image, to: "\(folder)/images/found/a.png", mark: .detect)
      try PNGFile.write(image, to: "\(folder)/images/found/b.png", mark: .defaultBoxes)
      let (splits, report, _) = try load(folder)
      let box = [15.0, 5, 25, 15]
      #expect(splits == ["train": ["a": [box], "b": [box], "c": []]])
      let told = report.problems.filter { $0.kind == .unlistedImage }
      #expect(told.map(\.file) == ["a", "b"].map { "\(folder)/images/found/\($0).png" })
      #expect(
        told.map(\.reason) == ["drawn by MultiBox detect", "drawn by MultiBox default-boxes"])
      #expect(report.count(of: .unlabeledImage) == 1 && report.problems.count == 3)
    }
  }

  // Masks; those with labels of their own are images.
  @Test func picturesBesideFoldersOfImagesAreNoBackground() throws {
    try withFolder { folder in
      try Fixtures.write("cat\ndog\n", to: folder + "/classes.txt")
      for split in ["train", "val"] {
        try pairs("\(split)/images/\(split)1.png", "\(split)/labels/\(split)1.txt", in: folder)
        try Fixtures.writeImage("\(folder)/\(split)/images/\(split)2.png")
        try Fixtures.writeImage("\(folder)/\(split)/masks/\(split)1.png")
        try pairs("\(split)/more/\(split)3.png", "\(split)/more/\(split)3.txt", in: folder)
      }
      let (splits, report, _) = try load(folder)
      #expect(
        splits.mapValues { $0.keys.sorted() } == [
          "train": ["train1", "train2", "train3"], "val": ["val1", "val2", "val3"],
        ])
      let told = report.problems.filter { $0.kind == .unlistedImage }
      #expect(told.map(\.file) == ["train", "val"].map { "\(folder)/\($0)/masks/\($0)1.png" })
      #expect(told.map(\.reason) == ["no label file names it", "no label file names it"])
      #expect(report.count(of: .unlabeledImage) == 2)
    }
  }
}
