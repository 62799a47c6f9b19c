import Files
import Foundation
import ImageFiles
import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// Tar shards of images and labels. All boxes by hand; images are 40 × 20.
struct WebDatasetFormatTests {
  private func picture() throws -> Data {
    try withFolder { folder in
      try Fixtures.writeImage(folder + "/x.png")
      return try Data(contentsOf: URL(fileURLWithPath: folder + "/x.png"))
    }
  }

  /// Writes a shard of members; those that end in `png` are the picture.
  private func write(_ members: [(name: String, text: String)], to path: String) throws {
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    let picture = try picture()
    let data = members.reduce(Data()) { data, member in
      data
        + TarFile.member(
          member.name, member.name.hasSuffix("png") ? picture : Data(member.text.utf8))
    }
    try (data + TarFile.end).write(to: URL(fileURLWithPath: path))
  }

  private let json =
    #"{"objects": [{"class": "cat", "box": [4, 2, 20, 12]}, {"class": "dog", "box": [10, 5, 30, 15]}]}"#
  private let boxes = [
    PixelBox(xMin: 4, yMin: 2, xMax: 20, yMax: 12), PixelBox(xMin: 10, yMin: 5, xMax: 30, yMax: 15),
  ]

  private func load(
    _ members: [(name: String, text: String)], classes: String? = nil
  ) throws -> (dataset: DetectionDataset, report: DatasetReport, problems: [String]) {
    try withFolder { folder in
      try write(members, to: folder + "/train-000000.tar")
      if let classes { try Fixtures.write(classes, to: folder + "/classes.txt") }
      let loader = try DatasetLoader(path: folder, format: .webdataset)
      let (dataset, report) = try loader.load(split: "train")
      return (
        dataset, report,
        report.problems.map {
          "\($0.kind): \($0.file.replacingOccurrences(of: folder + "/", with: "")): \($0.reason)"
        }
      )
    }
  }

  private struct Archive: Decodable {
    let format: String
    let archive: Data
    let files: [[String]]
    let links: [String]
  }

  /// By Python 3.11.7's tarfile: Scripts/goldens/tar.py.
  @Test func archivesAreReadAsPythonReadsThem() throws {
    let archives = try TestFiles().golden("tar", as: [Archive].self)
    #expect(archives.map(\.format) == ["ustar", "gnu", "pax"])
    for golden in archives {
      try withFolder { folder in
        let path = folder + "/x.tar"
        try golden.archive.write(to: URL(fileURLWithPath: path))
        let file = try TarFile(path)
        #expect(file.fault == nil)
        let files = file.members.filter { $0.kind == .file }
        #expect(files.count == (golden.format == "ustar" ? 4 : 5))
        let found = try files.map { member -> [String] in
          let part = FilePart(path: path, offset: member.offset, length: member.size)
          return [member.name, String(decoding: try part.contents(), as: UTF8.self)]
        }
        #expect(found == golden.files)
        #expect(file.members.filter { $0.kind == .link }.map(\.name) == golden.links)
      }
    }
  }

  @Test func labelsOfEachKindAreRead() throws {
    let xml = Fixtures.annotation(
      width: 40, height: 20, [("cat", ["5", "3", "20", "12"]), ("dog", ["11", "6", "30", "15"])])
    // Centres and sides in shares of 40 × 20.
    let text = "0 0.3 0.35 0.4 0.5\n1 0.5 0.5 0.5 0.5\n"
    for (label, content) in [("json", json), ("xml", xml), ("txt", text)] {
      try withFolder { folder in
        try write([("0/a.png", ""), ("0/a.\(label)", content)], to: folder + "/train-0.tar")
        try Fixtures.write("cat\ndog\n", to: folder + "/classes.txt")
        let loader = try DatasetLoader(path: folder)
        #expect(loader.format == .webdataset)
        #expect(try loader.splits() == ["train"])
        #expect(loader.sources[0].embedsImages)
        let (dataset, report) = try loader.load(split: "train", decode: { try $0.pixels() })
        #expect(report.problems.isEmpty, "\(report.problems)")
        #expect(dataset.classNames == ["cat", "dog"])
        #expect(dataset.images.map(\.name) == ["a"])
        #expect(dataset.images[0].groundTruth.map(\.box) == boxes, "\(label)")
        #expect(dataset.images[0].groundTruth.map(\.classIndex) == [1, 2])
        #expect(try dataset.images[0].pixels() == ImageFile.decode(picture(), path: "x"))
      }
    }
  }

  @Test(arguments: [
    ["train-000000.tar", "train-000001.tar"], ["train/000000.tar", "train/000001.tar"],
    ["cells_train_0.tar", "cells_train_1.tar"],
    ["train-000000-of-000002.tar", "train-000001-of-000002.tar"],
  ])
  func shardsAreOneSplit(files: [String]) throws {
    try withFolder { folder in
      for (file, key) in zip(files, ["a", "b"]) {
        try write([("\(key).png", ""), ("\(key).json", json)], to: "\(folder)/\(file)")
      }
      let loader = try DatasetLoader(path: folder)
      #expect(try loader.splits() == ["train"])
      #expect(try loader.seededSplit() == nil)
      let (dataset, report) = try loader.load(split: "train")
      #expect(dataset.images.map(\.name) == ["a", "b"])
      #expect(report.problems.isEmpty)
      // The user chose one.
      let one = try DatasetLoader(path: "\(folder)/\(files[1])")
      #expect(one.format == .webdataset)
      #expect(try one.load(split: "train").dataset.images.map(\.name) == ["b"])
    }
  }

  @Test func splitsHaveTheNamesOfShards() throws {
    #expect(
      WebDatasetNames.splits(of: ["train-000.tar", "val2017-000.tar", "night-1.tar"])
        == ["train-000.tar": "train", "val2017-000.tar": "val2017", "night-1.tar": "night"])
    #expect(WebDatasetNames.splits(of: ["000.tar", "001.tar"]) == [:])
  }

  @Test func withoutNamesASeedChoosesImages() throws {
    try withFolder { folder in
      let members = (0..<5).flatMap { [("\($0).png", ""), ("\($0).json", json)] }
      try write(members, to: folder + "/000000.tar")
      let loader = try DatasetLoader(path: folder)
      #expect(try loader.splits() == ["test", "train"])
      #expect(
        try loader.seededSplit() == "no shard or folder is called train, val or test")
      let names = try ["train", "test"].map {
        try loader.load(split: $0).dataset.images.map(\.name)
      }
      #expect(names.map(\.count) == [4, 1])
      #expect(Set(names.joined()) == ["0", "1", "2", "3", "4"])
    }
  }

  @Test(arguments: [
    #"{"annotations": [{"category_name": "cat", "bbox": [4, 2, 16, 10]}]}"#,
    #"[{"label": "cat", "xmin": 4, "ymin": 2, "xmax": 20, "ymax": 12, "difficult": 0}]"#,
    #"{"image": {"width": 40, "height": 20}, "annotations": [{"name": "cat", "box": [4, 2, 20, 12]}]}"#,
    #"{"width": 40, "height": 20, "objects": [{"category": "cat", "bbox": [4, 2, 16, 10]}]}"#,
  ])
  func plainDialectsOfJSONAreRead(text: String) throws {
    let (dataset, _, problems) = try load([("a.png", ""), ("a.json", text)])
    #expect(problems.isEmpty)
    #expect(dataset.classNames == ["cat"])
    #expect(dataset.images.map { $0.groundTruth.map(\.box) } == [[boxes[0]]])
  }

  // Sorted, whatever image comes first; a run's own classes count where they are given.
  @Test func classesAreTheNamesOfObjects() throws {
    try withFolder { folder in
      func labels(_ name: String) -> String {
        #"{"objects": [{"class": "\#(name)", "box": [4, 2, 20, 12]}]}"#
      }
      try write(
        [("a.png", ""), ("a.json", labels("dog")), ("b.png", ""), ("b.json", labels("cat"))],
        to: folder + "/train-0.tar")
      let (dataset, _) = try DatasetLoader(path: folder).load(split: "train")
      #expect(dataset.classNames == ["cat", "dog"])
      #expect(dataset.images.map { $0.groundTruth.map(\.classIndex) } == [[2], [1]])
      let (other, report) = try DatasetLoader(path: folder).load(
        split: "train", classNames: ["bird", "dog"])
      #expect(other.images.map { $0.groundTruth.map(\.classIndex) } == [[2], []])
      #expect(report.problems.map(\.kind) == [.unknownName])
      #expect(report.problems[0].file == folder + "/train-0.tar/b.json")
      #expect(report.problems[0].reason == "objects[0]: expected one of bird, dog, found cat")
    }
  }

  @Test func objectsWithoutAClassAreCalledSo() throws {
    let text = #"{"annotations": [{"bbox": [4, 2, 16, 10], "area": 7.5, "segmentation": {}}]}"#
    let (dataset, report, problems) = try load([("a.png", ""), ("a.json", text)])
    #expect(dataset.classNames == ["object"] && problems.isEmpty)
    #expect(dataset.images[0].areas == [7.5])
    #expect(report.count(of: .unnamedObject) == 1)
  }

  @Test(arguments: [
    (#"{"objects": [{"class": "cat"}]}"#, "objects[0].box: missing (line 1, column 14)"),
    (
      #"{"objects": [{"class": "cat", "box": [1, 2, 3]}]}"#,
      "objects[0].box: expected 4 numbers, found 3 (line 1, column 38)"
    ),
    (
      #"{"objects": [{"class": " ", "box": [1, 2, 3, 4]}]}"#,
      "objects[0].class: expected a class, found none (line 1, column 24)"
    ),
    (#"{"caption": "a cat"}"#, "annotations: missing (line 1, column 1)"),
  ])
  func labelsThatAreNotUnderstoodLeaveTheirImageOut(text: String, reason: String) throws {
    let (dataset, _, problems) = try load([
      ("a.png", ""), ("a.json", text), ("b.png", ""), ("b.json", json),
    ])
    #expect(dataset.images.map(\.name) == ["b"])
    #expect(problems.count == 1)
    #expect(
      problems.first?.hasPrefix("unreadableAnnotation: train-000000.tar/a.json: ") == true)
    #expect(problems.first?.contains(reason.prefix { $0 != "(" }) == true, "\(problems)")
  }

  // Metadata and captions stand beside labels in shards of this kind.
  @Test func filesThatAreNoLabelsArePassedOver() throws {
    let xml = Fixtures.annotation(width: 40, height: 20, [("cat", ["5", "3", "20", "12"])])
    let (dataset, _, problems) = try load([
      ("a.png", ""), ("a.xml", xml), ("a.json", #"{"caption": "a cat"}"#), ("a.txt", "a cat"),
      ("a.cls", "3"), ("._a.xml", "x"), ("a.seg.png", ""),
    ])
    #expect(dataset.images.map(\.groundTruth.count) == [1] && problems.isEmpty, "\(problems)")
    let both = try load([("a.png", ""), ("a.json", json), ("a.xml", xml)])
    #expect(
      both.problems == [
        "disagreement: train-000000.tar/a.json: labels beside those of xml, which count"
      ])
    #expect(both.dataset.images[0].groundTruth.count == 1)
  }

  // VOC's pixels count from 0 where any annotation says so, in whatever shard.
  @Test func aCornerAtZeroCountsForAllShards() throws {
    try withFolder { folder in
      for (split, side) in [("train", "5"), ("val", "0")] {
        let xml = Fixtures.annotation(width: 40, height: 20, [("cat", [side, "3", "20", "12"])])
        try write([("a.png", ""), ("a.xml", xml)], to: "\(folder)/\(split)-0.tar")
      }
      let image = try DatasetLoader(path: folder).load(split: "train").dataset.images[0]
      #expect(image.groundTruth.map(\.box) == [PixelBox(xMin: 5, yMin: 3, xMax: 20, yMax: 12)])
      let options = ReadingOptions(firstPixel: 1)
      let other = try DatasetLoader(path: folder, options: options).load(split: "train").dataset
      #expect(
        other.images[0].groundTruth.map(\.box) == [PixelBox(xMin: 4, yMin: 2, xMax: 20, yMax: 12)])
    }
  }

  @Test func whatIsLeftOutIsNamed() throws {
    let (dataset, _, problems) = try load([
      ("a.png", ""), ("a.json", json), ("a.png", ""), ("b.png", ""), ("c.json", json),
      ("d.v1.png", ""), ("d.v1.json", json), ("e.svg", ""), ("e.json", json),
      ("f.jpg", "no picture"), ("f.json", json),
    ])
    #expect(dataset.images.map(\.name) == ["a"])
    let place = "train-000000.tar/"
    let end = "is of a format that is not read, or a point is in its key"
    let expected: [String] = [
      "duplicate: \(place)a.png: its key has such a member already",
      "labelsWithoutImage: \(place)c.json: no image of this key",
      "unlistedImage: \(place)b: no .json, .xml or .txt of its key",
      "unlistedImage: \(place)d: its picture d.v1.png \(end)",
      "unlistedImage: \(place)e: its picture e.svg \(end)",
    ]
    let sorted = problems.sorted()
    #expect(Array(sorted.dropLast()) == expected)
    #expect(sorted.last?.hasPrefix("unreadableImage: train-000000.tar@") == true)
  }

  @Test func aShardThatIsCutGivesWhatItHas() throws {
    try withFolder { folder in
      try write(
        [("a.png", ""), ("a.json", json), ("b.png", ""), ("b.json", json)],
        to: folder + "/train-0.tar")
      let url = URL(fileURLWithPath: folder + "/train-0.tar")
      let whole = try Data(contentsOf: url)
      try whole.prefix(whole.count / 2 - 512).write(to: url)
      let (dataset, report) = try DatasetLoader(path: folder).load(split: "train")
      #expect(dataset.images.map(\.name) == ["a"])
      #expect(report.problems.map(\.kind) == [.unreadableAnnotation])
      #expect(report.problems[0].file == folder + "/train-0.tar")
      #expect(report.problems[0].reason.hasSuffix(": perhaps cut off"))
    }
  }

  @Test func numbersOfTextsNeedNames() throws {
    let members = [("a.png", ""), ("a.txt", "0 .3 .35 .4 .5\n")]
    let (dataset, _, problems) = try load(members + [("b.png", ""), ("b.json", json)])
    #expect(dataset.images.map(\.name) == ["b"])
    #expect(
      problems == [
        "unreadableAnnotation: train-000000.tar/a.txt: expected a classes.txt with names beside the"
          + " shards, found none"
      ])
    let named = try load(members, classes: "cat\ndog\n")
    #expect(named.dataset.classNames == ["cat", "dog"] && named.problems.isEmpty)
  }

  @Test func otherArchivesSayWhatIsMissing() throws {
    func nearest(_ members: [(String, String)], name: String = "train-0.tar") throws -> String {
      try withFolder { folder in
        try write(members, to: "\(folder)/\(name)")
        do {
          return try DatasetLoader(path: folder).format.name
        } catch {
          return "\(error)"
        }
      }
    }
    #expect(
      try nearest([("a.png", ""), ("a.txt", "a cat on a mat")]).contains(
        "WebDataset: train-0.tar: expected a.json, .xml or .txt with boxes, found none"))
    #expect(
      try nearest([("a.png", ""), ("a.txt", "0 .3 .35 .4 .5")]).contains(
        "WebDataset: train-0.tar: labels as txt, but no classes.txt with names beside the shards"))
    #expect(
      try nearest([("a/1.c", "x")]).contains("WebDataset: train-0.tar: no picture in it"))
    #expect(
      try nearest([("a.png", "")], name: "train-0.tar.gz").contains(
        "WebDataset: train-0.tar.gz: compressed; unpack it to a .tar first"))
    #expect(
      try nearest([("a.png", "")], name: "labels.zip").contains(
        "found 1 .zip; nearest: an archive, labels.zip: unpack it, and name the folder; known: "))
  }

  /// Three images of other names, with all that labels can say.
  private func dataset(in folder: String) throws -> DetectionDataset {
    let images = try ["a.b", "a_b", "c"].enumerated().map { index, name in
      let path = "\(folder)/\(index)/\(name).png"
      try Fixtures.writeImage(path, width: 40 + index, height: 20)
      var objects = [
        LabeledPixelBox(box: PixelBox(xMin: 0.1, yMin: 1, xMax: 0.3, yMax: 7), classIndex: 2),
        LabeledPixelBox(
          box: PixelBox(xMin: 1 / 3, yMin: 2, xMax: 11, yMax: 7.7), classIndex: 1),
      ]
      objects[0].isDifficult = index == 0
      objects[1].isCrowd = index == 1
      return DatasetImage(
        name: name, source: .file(path: path), width: 40 + index, height: 20,
        groundTruth: index == 2 ? [] : objects, areas: index == 1 ? [1.5, 2.25] : nil)
    }
    return DetectionDataset(classNames: ["cat", "dog", "no object"], images: images)
  }

  private func shards(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  @Test func whatIsWrittenComesBack() throws {
    try withFolder { folder in
      let dataset = try dataset(in: folder + "/images")
      for (size, files) in [
        (OutputFolder.usualShardSize, ["classes.txt", "train-000000.tar", "val-000000.tar"]),
        (
          1,
          [
            "classes.txt", "train-000000.tar", "train-000001.tar", "train-000002.tar",
            "val-000000.tar",
          ]
        ),
      ] {
        let out = "\(folder)/out\(size)"
        var writer = try DatasetWriter(format: .webdataset, folder: out, shardSize: size)
        try writer.write(dataset, split: "train")
        try writer.write(
          DetectionDataset(classNames: dataset.classNames, images: []), split: "val")
        #expect(writer.losses == ConversionLosses())
        #expect(try shards(out) == files)
        let loader = try DatasetLoader(path: out)
        #expect(loader.format == .webdataset)
        #expect(try loader.splits() == ["train", "val"])
        let (read, report) = try loader.load(split: "train")
        #expect(report.problems.isEmpty)
        #expect(read.classNames == dataset.classNames)
        #expect(read.images.map(\.name) == ["a.b", "a_b", "c"])
        #expect(read.images.map(\.width) == [40, 41, 42])
        #expect(read.images.map(\.groundTruth) == dataset.images.map(\.groundTruth))
        #expect(read.images.map(\.areas) == dataset.images.map(\.areas))
        for (image, original) in zip(read.images, dataset.images) {
          guard case .embedded(let part) = image.source, case .file(let path) = original.source
          else {
            Issue.record("\(image.source)")
            continue
          }
          #expect(try part.contents() == Data(contentsOf: URL(fileURLWithPath: path)))
        }
      }
    }
  }

  // The last sample goes to a shard of its own where it does not fit.
  @Test func shardsAreAsLargeAsTheyMayBe() throws {
    try withFolder { folder in
      let dataset = try dataset(in: folder + "/images")
      var one = try DatasetWriter(format: .webdataset, folder: folder + "/one")
      try one.write(dataset, split: "train")
      let whole = try Data(contentsOf: URL(fileURLWithPath: folder + "/one/train-000000.tar"))
      for (size, count) in [(whole.count, 1), (whole.count - 1, 2)] {
        let out = "\(folder)/\(size)"
        var writer = try DatasetWriter(format: .webdataset, folder: out, shardSize: size)
        try writer.write(dataset, split: "train")
        #expect(try shards(out).count == 1 + count)
        for shard in try shards(out) {
          let length = try Data(contentsOf: URL(fileURLWithPath: "\(out)/\(shard)")).count
          #expect(length <= size)
          if count == 1, shard != "classes.txt" { #expect(length == whole.count) }
        }
      }
    }
  }

  @Test func theSameImagesGiveTheSameBytes() throws {
    try withFolder { folder in
      let dataset = try dataset(in: folder + "/images")
      let bytes = try ["a", "b"].map { name in
        var writer = try DatasetWriter(format: .webdataset, folder: "\(folder)/\(name)")
        try writer.write(dataset, split: "train")
        return try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)/train-000000.tar"))
      }
      #expect(bytes[0] == bytes[1] && bytes[0].count % 512 == 0)
    }
  }

  @Test(arguments: [["# cat"], [""], ["0 cat", "1: dog"]])
  func namesThatAListCannotHoldAreRefused(names: [String]) throws {
    try withFolder { folder in
      let writer = try DatasetWriter(format: .webdataset, folder: folder + "/out")
      let error = #expect(throws: FileError.self) {
        try writer.check(classNames: names, split: "train")
      }
      #expect(error?.path == folder + "/out/classes.txt")
      #expect(error?.reason.contains("cannot hold") == true)
    }
  }
}
