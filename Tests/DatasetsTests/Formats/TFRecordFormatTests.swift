import Files
import Foundation
import ImageFiles
import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// TensorFlow's records of images with objects. All boxes by hand; images are 40 × 20.
struct TFRecordFormatTests {
  private enum Value {
    case text([String])
    case bytes(Data)
    case floats([Double])
    case integers([Int])
  }

  private func record(_ features: [String: Value]) throws -> Data {
    var example = TensorFlowExample()
    for (key, value) in features {
      var feature = TensorFlowFeature()
      switch value {
      case .text(let texts): feature.bytesList.value = texts.map { Data($0.utf8) }
      case .bytes(let data): feature.bytesList.value = [data]
      case .floats(let numbers): feature.floatList.value = numbers.map { Float($0) }
      case .integers(let numbers): feature.int64List.value = numbers.map { Int64($0) }
      }
      example.features.feature["image/" + key] = feature
    }
    return RecordFile.framed(try example.serializedData())
  }

  private func picture() throws -> Data {
    try withFolder { folder in
      try Fixtures.writeImage(folder + "/x.png")
      return try Data(contentsOf: URL(fileURLWithPath: folder + "/x.png"))
    }
  }

  /// A cat of [4, 2, 20, 12] and a dog of [10, 5, 30, 15].
  private func features(_ name: String) throws -> [String: Value] {
    [
      "encoded": .bytes(try picture()), "filename": .text([name]), "width": .integers([40]),
      "height": .integers([20]), "object/bbox/xmin": .floats([0.1, 0.25]),
      "object/bbox/ymin": .floats([0.1, 0.25]), "object/bbox/xmax": .floats([0.5, 0.75]),
      "object/bbox/ymax": .floats([0.6, 0.75]), "object/class/text": .text(["cat", "dog"]),
      "object/class/label": .integers([3, 1]),
    ]
  }

  private func write(_ data: Data, to path: String) throws {
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try data.write(to: URL(fileURLWithPath: path))
  }

  private let labelMap = """
    # Classes
    item {
      id: 3
      name: 'cat'
    }
    item { name: "dog", id: 1, display_name: "Dog", keypoints { id: 1 label: "x" } }
    """

  private func load(
    _ records: [Data], labelMap: String? = nil, name: String = "train.tfrecord"
  ) throws -> (dataset: DetectionDataset, problems: [String]) {
    try withFolder { folder in
      try write(records.reduce(Data(), +), to: "\(folder)/\(name)")
      if let labelMap { try Fixtures.write(labelMap, to: folder + "/label_map.pbtxt") }
      let loader = try DatasetLoader(path: folder, format: .tfrecord)
      let (dataset, report) = try loader.load(split: "train")
      return (
        dataset,
        report.problems.map { "\($0)".isEmpty ? "" : "\($0.file): \($0.reason)" }
          .map { $0.replacingOccurrences(of: folder + "/", with: "") }
      )
    }
  }

  private let boxes = [
    PixelBox(xMin: 4, yMin: 2, xMax: 20, yMax: 12), PixelBox(xMin: 10, yMin: 5, xMax: 30, yMax: 15),
  ]

  @Test(arguments: [
    ["train.record-00000-of-00002", "train.record-00001-of-00002"],
    ["coco_train.tfrecord-00000-of-00002", "coco_train.tfrecord-00001-of-00002"],
    ["train/Cells-00000-of-00002.tfrecords", "train/Cells-00001-of-00002.tfrecords"],
  ])
  func shardsAreOneSplit(files: [String]) throws {
    try withFolder { folder in
      for (file, name) in zip(files, ["a.jpg", "b.jpg"]) {
        try write(record(features(name)), to: "\(folder)/\(file)")
      }
      try Fixtures.write(labelMap, to: folder + "/label_map.pbtxt")
      let loader = try DatasetLoader(path: folder)
      #expect(loader.format == .tfrecord)
      #expect(try loader.splits() == ["train"])
      #expect(try loader.seededSplit() == nil)
      let (dataset, report) = try loader.load(split: "train", decode: { try $0.pixels() })
      #expect(dataset.classNames == ["dog", "cat"])
      #expect(dataset.images.map(\.name) == ["a", "b"])
      for image in dataset.images {
        #expect(image.groundTruth.map(\.box) == boxes)
        #expect(image.groundTruth.map(\.classIndex) == [2, 1])
        #expect(try image.pixels() == ImageFile.decode(picture(), path: "x"))
      }
      #expect(report.problems.isEmpty)
    }
  }

  @Test(arguments: [
    (
      ["train.record-00000-of-00003", "train.record-00002-of-00003"],
      "train.record-00001-of-00003: no such file; 2 of 3 parts are there"
    ),
    (["train-2-of-2.tfrecord"], "train-1-of-2.tfrecord: no such file; 1 of 2 parts are there"),
    (
      ["train/a-00001-of-00010.record"],
      "train/a-00000-of-00010.record: no such file; 1 of 10 parts are there"
    ),
    (["train.record-00001-of-00002", "train.record-00002-of-00002"], nil),
  ])
  func partsThatAreNotThereAreNamed(files: [String], problem: String?) throws {
    try withFolder { folder in
      for file in files { try write(record(features("a.jpg")), to: "\(folder)/\(file)") }
      let (dataset, report) = try DatasetLoader(path: folder).load(split: "train")
      #expect(dataset.images.count == files.count)
      #expect(report.problems.map(\.kind) == (problem == nil ? [] : [.missingFile]))
      #expect(
        report.problems.map { "\($0.file.dropFirst(folder.count + 1)): \($0.reason)" }
          == (problem.map { [$0] } ?? []))
      let named = try DatasetLoader(path: "\(folder)/\(files[0])").load(split: "train").report
      #expect(named.problems.isEmpty, "the user chose one")
    }
  }

  @Test func aSplitWithoutARecordIsTold() throws {
    try withFolder { folder in
      for part in 0...1 {
        try write(
          part == 0 ? record(features("a.jpg")) : Data(),
          to: "\(folder)/train.record-0000\(part)-of-00002")
      }
      try write(Data(), to: folder + "/val.tfrecord")
      let loader = try DatasetLoader(path: folder)
      #expect(try loader.load(split: "train").report.problems.isEmpty)
      let report = try loader.load(split: "val", classNames: loader.classNames()).report
      #expect(report.problems.map(\.kind) == [.missingSplit])
      #expect(report.problems.map(\.file) == [folder + "/val.tfrecord"])
      #expect(report.problems.map(\.reason) == ["no record in it"])
    }
  }

  // Records are often made of pictures that lie beside them.
  @Test func picturesInNoRecordAreTold() throws {
    try withFolder { folder in
      try write(record(features("a.png")), to: folder + "/train.tfrecord")
      for name in ["images/a.png", "images/b.png"] {
        try Fixtures.writeImage("\(folder)/\(name)")
      }
      let (dataset, report) = try DatasetLoader(path: folder).load(split: "train")
      #expect(dataset.images.map(\.name) == ["a"])
      #expect(report.problems.map(\.kind) == [.unlistedImage])
      #expect(report.problems.map(\.file) == [folder + "/images/b.png"])
    }
  }

  @Test func flagsAndAreasAreRead() throws {
    var features = try features("a.png")
    features["object/is_crowd"] = .integers([1, 0])
    features["object/difficult"] = .integers([0, 1])
    features["object/area"] = .floats([7, 8])
    let image = try load([record(features)]).dataset.images[0]
    #expect(image.groundTruth.map(\.isCrowd) == [true, false])
    #expect(image.groundTruth.map(\.isDifficult) == [false, true])
    #expect(image.areas == [7, 8])
  }

  @Test func withoutALabelMapTextsAndThenNumbersAreNames() throws {
    var features = try features("a.png")
    #expect(try load([record(features)]).dataset.classNames == ["cat", "dog"])
    features["object/class/text"] = nil
    #expect(try load([record(features)]).dataset.classNames == ["1", "3"])
  }

  // The id is what a training goes by.
  @Test func anIdAndATextThatDisagreeAreNamed() throws {
    var features = try features("a.png")
    features["object/class/text"] = .text(["dog", "Dog"])
    features["object/class/label"] = .integers([3, 9])
    let (dataset, problems) = try load([record(features)], labelMap: labelMap)
    #expect(dataset.images[0].groundTruth.map(\.classIndex) == [2, 1])
    #expect(
      problems == [
        "train.tfrecord: record 0, object 0: class 3 is cat, and its text is dog",
        "train.tfrecord: record 0, object 1: class 9 is none of the label map, and its text is Dog",
      ])
    features["object/class/text"] = nil
    let unknown = try load([record(features)], labelMap: labelMap)
    #expect(unknown.dataset.images[0].groundTruth.count == 1)
    #expect(
      unknown.problems == [
        "train.tfrecord: record 0, object 1: expected a class of the label map, found 9"
      ])
  }

  @Test func codesAreShownByTheirDisplayName() throws {
    let map = "item { name: '/m/01g317' id: 1 display_name: 'person' }\nitem { name: 'x' id: 0 }"
    var features = try features("a.png")
    features["object/class/text"] = .text(["/m/01g317", "person"])
    features["object/class/label"] = nil
    let (dataset, problems) = try load([record(features)], labelMap: map)
    #expect(dataset.classNames == ["person"])
    #expect(dataset.images[0].groundTruth.map(\.classIndex) == [1, 1])
    #expect(problems.isEmpty)
  }

  // A share is a number of 24 bits: each pixel, and each hundredth, comes back as it was.
  @Test(arguments: [(640, 1), (1333, 1), (4096, 1), (500, 100)])
  func sharesGiveTheirPixelsExactly(side: Int, parts: Int) throws {
    var features = try features("a.png")
    let values = (0..<side * parts).map { Double($0) / Double(parts) }
    features["width"] = .integers([side])
    features["height"] = .integers([side])
    features["object/class/text"] = .text(values.map { _ in "cat" })
    features["object/class/label"] = nil
    features["object/bbox/xmin"] = .floats(values.map { $0 / Double(side) })
    for key in ["ymin", "xmax", "ymax"] {
      features["object/bbox/" + key] = .floats(values.map { _ in key == "ymin" ? 0 : 1 })
    }
    let data = try record(features)
    let example = try TFRecordExample(data.dropFirst(12).dropLast(4))
    let objects = try example.objects(
      place: "", labelMap: nil, drop: { Issue.record("\($0)") }, disagree: { _ in })
    #expect(
      objects.map(\.shape)
        == values.map {
          .pixels(PixelBox(xMin: $0, yMin: 0, xMax: Double(side), yMax: Double(side)))
        })
  }

  @Test func anImageWithoutObjectsIsToldFromOneWithoutLabels() throws {
    var empty = try features("empty.png")
    for key in empty.keys where key.hasPrefix("object/") { empty[key] = .floats([]) }
    let unlabeled = try features("unlabeled.png").filter { !$0.key.hasPrefix("object/") }
    let (dataset, problems) = try load([
      record(features("a.png")), record(empty), record(unlabeled),
    ])
    #expect(dataset.images.map(\.groundTruth.count) == [2, 0, 0])
    #expect(problems.count == 1)
    #expect(problems[0].hasSuffix(": no labels"))
  }

  @Test func recordsThatAreNotUnderstoodAreLeftOutAndNamed() throws {
    func changed(_ key: String, _ value: Value?) throws -> Data {
      var features = try features("bad.png")
      features[key] = value
      return try record(features)
    }
    var broken = try record(features("bad.png"))
    broken[40] ^= 1
    let (dataset, problems) = try load([
      record(features("a.png")), broken, RecordFile.framed(Data([0xFF, 1, 2])),
      changed("object/bbox/ymax", .floats([0.5])), changed("object/class/label", .floats([1, 2])),
      changed("object/bbox/xmin", .floats([12, 8])), changed("encoded", nil),
      changed("encoded", .bytes(Data("no picture".utf8))), changed("width", .integers([41])),
      changed("object/class/text", .text(["cat"])), record(features("z.png")), Data([1, 2, 3]),
    ])
    #expect(dataset.images.map(\.name) == ["a", "z"])
    let expected = [
      "train.tfrecord: record 11 at byte",
      "train.tfrecord: record 1: its bytes have a wrong checksum",
      "train.tfrecord: record 2: not a tf.train.Example: ",
      "train.tfrecord: record 3: image/object/bbox/ymax: expected 2 values, found 1",
      "train.tfrecord: record 4: image/object/class/label: expected a int64_list",
      "train.tfrecord: record 5: image/object/bbox/xmin: expected shares of the image, 0…1,"
        + " found 12.0",
      "bad.png: no such image of train.tfrecord", "train.tfrecord@", "train.tfrecord@",
      "train.tfrecord: record 9: image/object/class/text: expected 2 values, found 1",
    ]
    #expect(problems.count == expected.count)
    for (problem, start) in zip(problems, expected) {
      #expect(problem.hasPrefix(start), "\(problem)")
    }
    #expect(problems[8].hasSuffix("40 × 20; train.tfrecord says 41 × 20"))
  }

  @Test(arguments: [
    ("item { id: 1 name: 'a' } item { id: 1 name: 'b' }", "a second item of id 1"),
    ("item { id: 1 }", "item of id 1: expected a name, found none"),
    ("item { id: 1 name: ' ' }", "item of id 1: expected a name, found none"),
    ("", "expected items with an id from 1, found none"),
    ("item { id: ", "not a label map in protobuf's text format: "),
  ])
  func aBrokenLabelMapIsNamed(text: String, message: String) throws {
    try withFolder { folder in
      try Fixtures.write(text, to: folder + "/label_map.pbtxt")
      let error = #expect(throws: FileError.self) {
        try TFRecordLabelMap(contentsOf: folder + "/label_map.pbtxt")
      }
      #expect(try #require(error).reason.hasPrefix(message), "\(String(describing: error))")
    }
  }

  @Test func recordsOfSomethingElseAreNearAndNamed() throws {
    try withFolder { folder in
      try write(record(["label": .integers([1])]), to: folder + "/x.tfrecord")
      let error = #expect(throws: DatasetError.self) { try DatasetLoader(path: folder) }
      #expect(
        try #require(error).description.contains(
          "TFRecord: x.tfrecord: expected image/encoded and others, found image/label"))
    }
  }

  // The first by its name: what is written for a split without images, and what is cut off.
  @Test(arguments: [Data(), Data([1, 2, 3])])
  func aFileWithoutARecordDoesNotSpeakForTheOthers(first: Data) throws {
    try withFolder { folder in
      try write(first, to: folder + "/test.tfrecord")
      try write(record(features("a.png")), to: folder + "/train.tfrecord")
      let loader = try DatasetLoader(path: folder)
      #expect(loader.format == .tfrecord)
      #expect(try loader.splits() == ["test", "train"])
      let (dataset, report) = try loader.load(split: "train")
      #expect(dataset.images.count == 1 && report.problems.isEmpty)
      let test = try loader.load(split: "test", classNames: dataset.classNames)
      #expect(test.dataset.images.isEmpty)
      #expect(
        test.report.problems.map(\.kind)
          == [first.isEmpty ? .missingSplit : .unreadableAnnotation])
    }
  }

  @Test func aSeedChoosesWhereNoNameSaysIt() throws {
    try withFolder { folder in
      let records = try (0..<10).map { try record(features("\($0).png")) }
      try write(records.reduce(Data(), +), to: folder + "/cells.tfrecord")
      let loader = try DatasetLoader(path: folder + "/cells.tfrecord")
      #expect(try loader.splits() == ["test", "train"])
      #expect(try loader.seededSplit() != nil)
      let names = try ["train", "test"].map {
        try loader.load(split: $0).dataset.images.map(\.name)
      }
      #expect(names.map(\.count) == [8, 2])
      #expect(Set(names.joined()).count == 10)
    }
  }

  // The very bytes, under the ending that they have.
  @Test(arguments: [DatasetFormat.voc, .coco, .yolo, .csv, .folder])
  func picturesWithinRecordsBecomeFiles(format: DatasetFormat) throws {
    try withFolder { folder in
      try write(record(features("a.jpg")), to: folder + "/in/train.tfrecord")
      var writer = try DatasetWriter(format: format, folder: folder + "/out")
      let dataset = try DatasetLoader(path: folder + "/in").load(split: "train").dataset
      try writer.write(dataset, split: "train")
      let loader = try DatasetLoader(path: folder + "/out")
      #expect(loader.format == format)
      let read = try loader.load(split: "train").dataset
      #expect(read.images[0].groundTruth == dataset.images[0].groundTruth)
      guard case .file(let path) = read.images[0].source else {
        Issue.record("expected a file")
        return
      }
      #expect(path.hasSuffix("/a.png"))
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == picture())
    }
  }

  // A pixel, hundredths, all flags, a name with quotes and an image without objects.
  @Test func whatIsWrittenIsReadTheSame() throws {
    try withFolder { folder in
      try Fixtures.writeImage(folder + "/a.png")
      var crowd = LabeledPixelBox(
        box: PixelBox(xMin: 1.25, yMin: 0.5, xMax: 33.07, yMax: 20), classIndex: 2)
      crowd.isCrowd = true
      var difficult = LabeledPixelBox(
        box: PixelBox(xMin: 0, yMin: 0, xMax: 1, yMax: 1), classIndex: 1)
      difficult.isDifficult = true
      let dataset = DetectionDataset(
        classNames: ["zebra", "the 'big' \"cat\"", "unused"],
        images: [[difficult, crowd], []].enumerated().map { number, objects in
          DatasetImage(
            name: "image \(number)",
            source: number == 0
              ? .file(path: folder + "/a.png")
              : .generated { Fixtures.image(width: 40, height: 20) },
            width: 40, height: 20, groundTruth: objects, areas: objects.map { _ in 0.5 })
        })
      let target = folder + "/out"
      var writer = try DatasetWriter(format: .tfrecord, folder: target)
      try writer.write(dataset, split: "train")
      try writer.write(DetectionDataset(classNames: dataset.classNames, images: []), split: "val")
      #expect(writer.losses.lines.isEmpty)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: target).sorted() == [
          "label_map.pbtxt", "train.tfrecord", "val.tfrecord",
        ])
      let loader = try DatasetLoader(path: target)
      #expect(loader.format == .tfrecord)
      #expect(try loader.splits() == ["train", "val"])
      let (read, report) = try loader.load(split: "train")
      #expect(read.classNames == dataset.classNames)
      #expect(read.images.map(\.name) == ["image 0", "image 1"])
      #expect(read.images.map(\.groundTruth) == dataset.images.map(\.groundTruth))
      #expect(read.images[0].areas == [0.5, 0.5])
      #expect(try read.images.map { try $0.pixels() } == dataset.images.map { try $0.pixels() })
      #expect(report.problems.isEmpty)
    }
  }

  // With checksums that fit: what stands in a record may be anything.
  @Test func mutatedRecordsAreReadOrNamed() throws {
    var numbers = SeededNumbers(5)
    let whole = try record(features("a.png")).dropFirst(12).dropLast(4)
    var understood = 0
    for _ in 0..<300 {
      var data = Data(whole)
      for _ in 0..<numbers.integer(1...4) {
        data[numbers.integer(0...data.count - 1)] = UInt8(numbers.integer(0...255))
      }
      if numbers.integer(0...3) == 0 { data.removeLast(numbers.integer(0...data.count)) }
      do throws(TFRecordExample.Fault) {
        let example = try TFRecordExample(data)
        if let range = try example.picture() {
          #expect(range.lowerBound >= 0 && range.upperBound <= data.count)
        }
        _ = try example.objects(place: "", labelMap: nil, drop: { _ in }, disagree: { _ in })
        understood += 1
      } catch {
        #expect(!error.reason.isEmpty)
      }
    }
    #expect((1..<300).contains(understood))
  }
}
