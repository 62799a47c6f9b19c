import Files
import Foundation
import ImageFiles
import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// CVAT's XML 1.1; the boxes by hand, those of datumaro in ``TextFormatGoldenTests``.
struct CVATFormatTests {
  private let meta = """
    <version>1.1</version><meta><task><id>3</id><size>2</size><labels>
    <label><name>van</name><type>any</type><attributes></attributes></label>
    <label><name>car</name><type>rectangle</type></label>
    <label><name>eye</name><type>points</type></label>
    <label><name>hand</name><type>any</type><parent>body</parent></label>
    </labels><original_size><width>40</width><height>20</height></original_size></task></meta>
    """

  private func document(_ elements: String, meta: String? = nil) -> String {
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<annotations>\n\(meta ?? self.meta)\n\(elements)\n"
      + "</annotations>\n"
  }

  private func box(
    _ sides: [String], label: String = "car", more: String = "", _ inside: String = ""
  ) -> String {
    "<box label=\"\(label)\" occluded=\"0\" xtl=\"\(sides[0])\" ytl=\"\(sides[1])\""
      + " xbr=\"\(sides[2])\" ybr=\"\(sides[3])\" \(more)>\(inside)</box>"
  }

  // By hand: a box of 10 × 4 about (15, 8), turned by 90° is one of 4 × 10; by 30°, halves of
  // 5 cos 30° + 2 sin 30° and 5 sin 30° + 2 cos 30°. An ellipse of radii 4 and 2 about (20, 10).
  @Test func everyShapeIsABoxOrCounted() throws {
    try withFolder { folder in
      let shapes = [
        box(["1.5", "2", "11.25", "7"]),
        box(["10", "6", "20", "10"], label: "van", more: "rotation=\"90\""),
        box(["10", "6", "20", "10"], more: "rotation=\"30.0\""),
        box(["10", "6", "20", "10"], more: "rotation=\"180\""),
        "<polygon label=\"car\" points=\"3,4;9.5,2;7,11.5\" occluded=\"0\"/>",
        "<mask label=\"van\" rle=\"1, 2\" left=\"3\" top=\"4\" width=\"5\" height=\"6\"/>",
        "<ellipse label=\"car\" cx=\"20\" cy=\"10\" rx=\"4\" ry=\"2\"/>",
        "<points label=\"eye\" points=\"1,2\"/>", "<polyline label=\"car\" points=\"1,2;3,4\"/>",
        "<tag label=\"car\"/>",
        "<skeleton label=\"body\"><points label=\"hand\" points=\"1,2\"/></skeleton>",
        box(
          ["0", "0", "4", "4"], more: "", "<attribute name=\"difficult\">true</attribute>"),
        box(
          ["0", "0", "4", "5"], more: "", "<attribute name=\"is_crowd\">true</attribute>"),
      ].joined(separator: "\n")
      let text = document(
        "<image id=\"0\" name=\"a.png\" width=\"40\" height=\"20\">\n\(shapes)\n</image>"
          + "<image id=\"1\" name=\"b.png\" subset=\"train\" width=\"40\" height=\"20\"></image>"
          + "<image id=\"2\" name=\"c.png\" subset=\"Test\" width=\"40\" height=\"20\"/>")
      try Fixtures.write(
        text.replacingOccurrences(of: "id=\"0\" name", with: "id=\"0\" subset=\"train\" name"),
        to: folder + "/annotations.xml")
      for name in ["a", "b", "c"] {
        try Fixtures.writeImage("\(folder)/images/\(name).png", width: 40, height: 20)
      }
      let loader = try DatasetLoader(path: folder)
      #expect(loader.format == .cvat)
      #expect(try loader.splits() == ["Test", "train"])
      let (dataset, report) = try loader.load(split: "train")
      #expect(dataset.classNames == ["van", "car"])
      #expect(dataset.images.map(\.name) == ["a", "b"])
      let half = (
        x: 5 * cos(Double.pi / 6) + 2 * sin(Double.pi / 6),
        y: 5 * sin(Double.pi / 6) + 2 * cos(Double.pi / 6)
      )
      let expected: [(Int, [Double])] = [
        (2, [1.5, 2, 11.25, 7]), (1, [13, 3, 17, 13]),
        (2, [15 - half.x, 8 - half.y, 15 + half.x, 8 + half.y]), (2, [10, 6, 20, 10]),
        (2, [3, 2, 9.5, 11.5]), (1, [3, 4, 8, 10]), (2, [16, 8, 24, 12]), (2, [0, 0, 4, 4]),
        (2, [0, 0, 4, 5]),
      ]
      let found = dataset.images[0].groundTruth
      try #require(found.count == expected.count)
      for (labeled, expected) in zip(found, expected) {
        #expect(labeled.classIndex == expected.0)
        for (a, b) in zip(labeled.box.corners, expected.1) { #expect(abs(a - b) < 1e-9) }
      }
      #expect(found.map(\.isDifficult).firstIndex(of: true) == 7)
      #expect(found.map(\.isCrowd).firstIndex(of: true) == 8)
      #expect(report.changes == [.turnedBox: 2, .polygon: 3, .otherShape: 4])
      #expect(report.problems.isEmpty, "an image without shapes has no objects")
      #expect(try loader.load(split: "Test").dataset.images.map(\.name) == ["c"])
    }
  }

  @Test func whatIsNotUnderstoodLeavesItsImageOut() throws {
    try withFolder { folder in
      let elements =
        "<image id=\"0\" name=\"a.png\">\n\(box(["x", "2", "11", "7"]))\n"
        + "<polygon label=\"car\" points=\"3,4;9\"/>\n"
        + "<box xtl=\"0\" ytl=\"0\" xbr=\"1\" ybr=\"1\"/>"
        + "</image>\n<image id=\"1\" name=\"b.png\">\(box(["1", "2", "11", "7"], label: "dog"))"
        + "\(box(["1", "2", "11", "7"]))</image>"
      try Fixtures.write(document(elements), to: folder + "/train.xml")
      for name in ["a", "b"] {
        try Fixtures.writeImage("\(folder)/\(name).png", width: 40, height: 20)
      }
      let (dataset, report) = try DatasetLoader(path: folder).load(split: "train")
      #expect(dataset.images.map(\.name) == ["b"])
      #expect(dataset.images[0].groundTruth.map(\.box.corners) == [[1, 2, 11, 7]])
      #expect(
        report.problems.map(\.reason) == [
          "line 10: <box>: xtl: expected a number, found x",
          "line 11: <polygon>: points: expected x,y, found 9",
          "line 12: <box>: expected a label, found none",
          "line 13: expected one of van, car, found dog",
        ])
    }
  }

  @Test(
    arguments: [
      ("<Box label=\"car\" xtl=\"1\" ytl=\"2\" xbr=\"9\" ybr=\"8\"/>", "Box"),
      ("<rectangle label=\"car\" points=\"1,2;9,8\"/>", "rectangle"),
      ("<boxes><box label=\"car\" xtl=\"1\" ytl=\"2\" xbr=\"9\" ybr=\"8\"/></boxes>", "box"),
    ])
  func shapesThatAreNoneOfCVATLeaveTheirImageOut(shape: String, name: String) throws {
    try withFolder { folder in
      try Fixtures.write(
        document(
          "<image id=\"0\" name=\"a.png\">\n\(shape)\(box(["1", "2", "11", "7"]))</image>"
            + "<image id=\"1\" name=\"b.png\">\(box(["1", "2", "11", "7"]))</image>"),
        to: folder + "/train.xml")
      for name in ["a", "b"] { try Fixtures.writeImage("\(folder)/\(name).png") }
      let (dataset, report) = try DatasetLoader(path: folder).load(split: "train")
      #expect(dataset.images.map(\.name) == ["b"])
      #expect(
        report.problems == [
          DatasetProblem(
            kind: .unreadableAnnotation, file: folder + "/train.xml",
            reason: "line 10: expected a shape of CVAT in its image or track, found <\(name)>")
        ])
    }
  }

  @Test func aShapeOfATrackThatIsNoneOfCVATLeavesItsFrameOut() throws {
    try withFolder { folder in
      func shape(_ name: String, frame: Int) -> String {
        "<\(name) frame=\"\(frame)\" outside=\"0\" xtl=\"1\" ytl=\"2\" xbr=\"9\" ybr=\"8\"/>"
      }
      try Fixtures.write(
        document(
          "<track id=\"0\" label=\"car\">\(shape("box", frame: 0))\(shape("Box", frame: 1))</track>"
        ),
        to: folder + "/annotations.xml")
      for frame in 0..<2 { try Fixtures.writeImage("\(folder)/images/frame_00000\(frame).png") }
      let (images, report) = try load(folder)
      #expect(images.map(\.name) == ["frame_000000"])
      #expect(report.problems.map(\.kind) == [.unreadableAnnotation])
    }
  }

  // A frame that an outside box alone names has no object; one that no track names neither.
  @Test func tracksOfAVideoAreBoxesOfItsFrames() throws {
    try withFolder { folder in
      func shape(_ frame: Int, _ outside: Int, _ x: Int) -> String {
        "<box frame=\"\(frame)\" keyframe=\"1\" outside=\"\(outside)\" occluded=\"0\" xtl=\"\(x)\""
          + " ytl=\"2\" xbr=\"\(x + 5)\" ybr=\"8\" z_order=\"0\"></box>"
      }
      let tracks =
        "<track id=\"0\" label=\"car\">\(shape(0, 0, 1))\(shape(1, 0, 2))\(shape(2, 1, 3))</track>"
        + "<track id=\"1\" label=\"van\">\(shape(1, 0, 20))"
        + "<points frame=\"1\" outside=\"0\" points=\"1,2\"/></track>"
      try Fixtures.write(document(tracks), to: folder + "/annotations.xml")
      for frame in 0..<4 {
        try Fixtures.writeImage("\(folder)/images/frame_00000\(frame).png", width: 40, height: 20)
      }
      let (all, report) = try load(folder)
      #expect(all.map(\.name).sorted() == (0..<4).map { "frame_00000\($0)" })
      let boxes = Dictionary(
        uniqueKeysWithValues: all.map { ($0.name, $0.groundTruth.map(\.box.corners)) })
      #expect(
        boxes == [
          "frame_000000": [[1, 2, 6, 8]], "frame_000001": [[2, 2, 7, 8], [20, 2, 25, 8]],
          "frame_000002": [], "frame_000003": [],
        ])
      #expect(report.changes == [.otherShape: 1])
      #expect(report.problems.isEmpty)
    }
  }

  /// Names of pictures, the task's last frame, and for frames 0, 1, 2 the pictures; nil where it
  /// cannot be known.
  @Test(
    arguments: [
      // As programs that count from 0 cut a video, and as ffmpeg does it.
      (["f0", "f1", "f2", "f3"], 3, ["f0", "f1", "f2", "f3"]),
      (["00001", "00002", "00003", "00004"], 3, ["00001", "00002", "00003", "00004"]),
      (["00001", "00002", "00003"], nil, ["00001", "00002", "00003"]),
      // Every frame fits in both ways.
      (["x1", "x2", "x3", "x4"], 9, nil),
      (["a0", "a1", "b0", "b1"], 3, nil),
    ] as [([String], Int?, [String]?)])
  func framesAreKnownByTheNumbersOfTheirPictures(
    names: [String], last: Int?, frames: [String]?
  ) throws {
    try withFolder { folder in
      // With objects in frames 0 and 2, or 1 and 2 where frame 0 would tell.
      let labelled = names.first == "x1" ? [1, 2] : [0, 2]
      let boxes = labelled.map {
        "<box frame=\"\($0)\" outside=\"0\" xtl=\"\($0 + 1)\" ytl=\"2\" xbr=\"9\" ybr=\"8\"/>"
      }.joined()
      let size = last.map { "<stop_frame>\($0)</stop_frame>" } ?? ""
      try Fixtures.write(
        "<annotations><version>1.1</version><meta><task>\(size)<labels><label>"
          + "<name>car</name><type>rectangle</type></label></labels></task></meta>"
          + "<track id=\"0\" label=\"car\">\(boxes)</track></annotations>",
        to: folder + "/annotations.xml")
      for name in names { try Fixtures.writeImage("\(folder)/images/\(name).png") }
      let (all, report) = try load(folder)
      guard let frames else {
        #expect(all.isEmpty)
        let missing = report.problems.filter { $0.kind == .missingFile }
        #expect(missing.count == 2 && missing.allSatisfy { $0.reason.contains("which is") })
        return
      }
      #expect(all.map(\.name).sorted() == frames)
      for image in all {
        let number = try #require(frames.firstIndex(of: image.name))
        #expect(
          image.groundTruth.map(\.box.xMin)
            == (labelled.contains(number) ? [Double(number) + 1] : []))
      }
      #expect(report.changes == [.numberedFrame: frames.count])
      #expect(report.problems.isEmpty)
    }
  }

  /// Both splits of a folder that a seed splits.
  private func load(_ path: String) throws -> ([DatasetImage], DatasetReport) {
    let loader = try DatasetLoader(path: path)
    var report = DatasetReport()
    var images: [DatasetImage] = []
    for split in try loader.splits() {
      let part = try loader.load(split: split)
      images += part.dataset.images
      report.add(part.report)
    }
    return (images, report)
  }

  @Test func anEmptyFileIsTold() throws {
    try withFolder { folder in
      let image = "<image id=\"0\" name=\"a.png\" width=\"40\" height=\"20\">"
      try Fixtures.write(
        document(image + box(["1", "2", "3", "4"]) + "</image>"), to: folder + "/train.xml")
      try Fixtures.write("\n", to: folder + "/more.xml")
      try Fixtures.write("<project/>", to: folder + "/project.xml")
      try Fixtures.writeImage(folder + "/a.png")
      let (dataset, report) = try DatasetLoader(path: folder).load(split: "train")
      #expect(dataset.images.map(\.name) == ["a"])
      #expect(
        report.problems == [
          DatasetProblem(
            kind: .unreadableAnnotation, file: folder + "/more.xml",
            reason: "expected labels, found an empty file")
        ])
    }
  }

  @Test func foldersTasksAndFileNamesSayTheSplit() throws {
    func image(_ name: String) -> String {
      "<image id=\"0\" name=\"\(name).png\">\(box(["1", "2", "11", "7"]))</image>"
    }
    let task = meta.replacingOccurrences(of: "<size>", with: "<subset>Validation</subset><size>")
    try withFolder { folder in
      try Fixtures.write(document(image("a")), to: folder + "/train/annotations.xml")
      try Fixtures.write(document(image("b"), meta: task), to: folder + "/job/annotations.xml")
      try Fixtures.write(document(image("c")), to: folder + "/test.xml")
      for path in ["train/images/a", "job/images/b", "images/c"] {
        try Fixtures.writeImage("\(folder)/\(path).png", width: 40, height: 20)
      }
      let loader = try DatasetLoader(path: folder)
      #expect(try loader.splits() == ["Validation", "test", "train"])
      for (split, name) in [("Validation", "b"), ("test", "c"), ("train", "a")] {
        #expect(try loader.load(split: split).dataset.images.map(\.name) == [name])
      }
    }
  }

  @Test func brokenFilesAreErrorsWithTheirLine() throws {
    try withFolder { folder in
      let file = folder + "/annotations.xml"
      try Fixtures.write(document("<image id=\"0\" name=\"a.png\"><box></image>"), to: file)
      let error = #expect(throws: FileError.self) { try DatasetLoader(path: folder) }
      #expect(error?.description == "\(file): line 9: not well-formed XML")
      try Fixtures.write(document("<image id=\"0\" width=\"3\"/>"), to: file)
      let unnamed = #expect(throws: FileError.self) { try DatasetLoader(path: file) }
      #expect(unnamed?.description == "\(file): line 9: <image>: expected a name, found none")
    }
  }

  // Difficult objects and crowds, classes without an object and splits come back.
  @Test func whatIsWrittenIsReadBack() throws {
    var shapes = ShapesSpecification(imageCount: 3, side: 64, seed: 6).dataset(split: "train")
    shapes.images[1].groundTruth[0].isDifficult = true
    shapes.images[2].groundTruth[0].isCrowd = true
    shapes.images[0].groundTruth = []
    shapes.classNames = ClassNames(Array(shapes.classNames) + ["a \"b\" & <c>"])
    try withFolder { folder in
      var writer = try DatasetWriter(format: .cvat, folder: folder + "/x", pictures: .png)
      try writer.write(shapes, split: "train")
      try writer.write(shapes, split: "val")
      #expect(writer.losses == ConversionLosses())
      let loader = try DatasetLoader(path: folder + "/x")
      #expect(loader.format == .cvat)
      #expect(try loader.splits() == ["train", "val"])
      for split in ["train", "val"] {
        let (dataset, report) = try loader.load(split: split)
        #expect(report == DatasetReport())
        #expect(dataset.classNames == shapes.classNames)
        try #require(dataset.images.count == 3)
        for (found, expected) in zip(dataset.images, shapes.images) {
          #expect(found.groundTruth == expected.groundTruth)
        }
      }
    }
  }
}

extension PixelBox {
  /// xMin, yMin, xMax, yMax.
  var corners: [Double] { [xMin, yMin, xMax, yMax] }
}
