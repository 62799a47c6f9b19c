import Foundation
import ImageFiles
import MultiBox
import TestSupport
import Testing

@testable import SSDReport

struct DetectionPictureTests {
  private let picture = DetectionPicture(classNames: ["cell", "plate"])

  private func grey(_ width: Int, _ height: Int) -> RGBImage {
    RGBImage(
      width: width, height: height, pixels: [UInt8](repeating: 128, count: width * height * 3))
  }

  private func changed(_ a: RGBImage, _ b: RGBImage) -> [(x: Int, y: Int)] {
    (0..<a.width * a.height).compactMap { index in
      a.pixels[index * 3..<index * 3 + 3] == b.pixels[index * 3..<index * 3 + 3]
        ? nil : (index % a.width, index / a.width)
    }
  }

  @Test func nothingFoundChangesNothing() throws {
    let image = grey(40, 30)
    #expect(try picture.drawn([], on: image) == image)
  }

  @Test func aBoxIsDrawnWhereItIs() throws {
    let image = grey(400, 300)
    let box = PixelBox(xMin: 100, yMin: 120, xMax: 300, yMax: 260)
    let drawn = try picture.drawn([PixelDetection(box: box, classIndex: 1, score: 0.9)], on: image)
    let pixels = changed(image, drawn)
    for (x, y) in [(200, 260), (100, 190), (300, 190)] {
      #expect(pixels.contains { abs($0.x - x) <= 2 && abs($0.y - y) <= 2 }, "\(x), \(y)")
    }
    // The inside stays as it was: people want to see it.
    #expect(!pixels.contains { $0.x > 120 && $0.x < 280 && $0.y > 150 && $0.y < 240 })
  }

  @Test(arguments: [
    PixelBox(xMin: -20, yMin: -20, xMax: 30, yMax: 20),
    PixelBox(xMin: 380, yMin: 280, xMax: 420, yMax: 320),
    PixelBox(xMin: 0, yMin: 0, xMax: 400, yMax: 300),
  ])
  func labelsStayInsideThePicture(box: PixelBox) throws {
    let image = grey(400, 300)
    let drawn = try picture.drawn([PixelDetection(box: box, classIndex: 2, score: 0.5)], on: image)
    let color = Color.ofClass(2)
    // The label's ground, a little of the picture shining through.
    let target = [color.red, color.green, color.blue].map { 0.85 * $0 * 255 + 0.15 * 128 }
    let label = (0..<400 * 300).count { index in
      (0..<3).allSatisfy { abs(Double(drawn.pixels[index * 3 + $0]) - target[$0]) < 6 }
    }
    #expect(label > 100)
  }

  // A dog and a horse in one box, and again in another, as a detector finds them.
  @Test func noLabelHidesAnother() throws {
    let picture = DetectionPicture(classNames: ["dog", "horse"])
    let boxes = [
      PixelBox(xMin: 121, yMin: 49, xMax: 251, yMax: 291),
      PixelBox(xMin: 342, yMin: 163, xMax: 496, yMax: 367),
    ]
    let detections = boxes.flatMap { box in
      [(1, 0.8), (2, 0.7)].map { PixelDetection(box: box, classIndex: $0, score: $1) }
    }
    let labels = picture.labels(detections, [LabeledPixelBox(box: boxes[0], classIndex: 1)])
    #expect(
      labels.map(\.text) == ["dog 0.8", "horse 0.7", "dog 0.8", "horse 0.7", "dog"])
    let frames = try BoxLabel.placed(labels, width: 512, height: 430).map(\.frame)
    for (index, frame) in frames.enumerated() {
      for other in frames.dropFirst(index + 1) {
        #expect(frame.intersectionArea(other) == 0, "\(frame), \(other)")
      }
    }
  }

  @Test func groundTruthCarriesItsClass() throws {
    let image = grey(400, 300)
    let object = LabeledPixelBox(
      box: PixelBox(xMin: 100, yMin: 120, xMax: 300, yMax: 260), classIndex: 2)
    let drawn = try picture.drawn([], groundTruth: [object], on: image)
    let place = try BoxLabel.placed(
      picture.labels([], [object]), width: 400, height: 300)[0].frame
    // The ground of the label: white, a little of the picture shining through.
    let target = 0.85 * 255 + 0.15 * 128
    let ground = changed(image, drawn).count { x, y in
      Double(x) > place.xMin && Double(x) < place.xMax && Double(y) > place.yMin
        && Double(y) < place.yMax
        && abs(Double(drawn.pixels[(y * 400 + x) * 3]) - target) < 6
    }
    #expect(ground > 50)
    // Without a name, its number.
    #expect(DetectionPicture(classNames: []).labels([], [object]).map(\.text) == ["2"])
  }

  @Test func theSmallestPictureCanBeDrawnOn() throws {
    let drawn = try picture.drawn(
      [PixelDetection(box: PixelBox(xMin: 0, yMin: 0, xMax: 1, yMax: 1), classIndex: 3, score: 1)],
      groundTruth: [
        LabeledPixelBox(box: PixelBox(xMin: 0, yMin: 0, xMax: 1, yMax: 1), classIndex: 1)
      ],
      on: grey(1, 1))
    #expect(drawn.width == 1 && drawn.height == 1)
  }
}

struct DetectionPresenterTests {
  @Test func linesHaveTheAgreedKeys() throws {
    var presenter = try DetectionPresenter(classNames: ["cell"], output: nil, json: true)
    let image = RGBImage(width: 2, height: 1, pixels: [0, 0, 0, 0, 0, 0])
    let line = try presenter.present(
      [
        PixelDetection(
          box: PixelBox(xMin: 0.5, yMin: 0, xMax: 2, yMax: 1), classIndex: 1, score: 0.75)
      ], in: image, path: "a/b.png")
    #expect(
      line
        == #"{"detections":[{"box":[0.5,0,2,1],"class":"cell","classIndex":1,"score":0.75}],"height":1,"image":"a/b.png","width":2}"#
    )
  }

  @Test func picturesOfTheSameNameDoNotOverwriteEachOther() throws {
    try withFolder { path in
      let folder = path + "/out"
      var presenter = try DetectionPresenter(classNames: ["cell"], output: folder, json: false)
      let image = RGBImage(width: 2, height: 1, pixels: [0, 0, 0, 0, 0, 0])
      _ = try presenter.present([], in: image, path: "a/x.jpg")
      _ = try presenter.present([], in: image, path: "b/x.png")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
          == ["x-2.png", "x.png"])
    }
  }

  @Test func theKindOfFileIsTheInputs() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("multibox-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let image = RGBImage(width: 2, height: 1, pixels: [0, 0, 0, 0, 0, 0])
    // By content: the second is a JPEG whatever its name says.
    try JPEGFile.write(image, to: folder + "/a.JPEG")
    try JPEGFile.write(image, to: folder + "/b.png")
    try PNGFile.write(image, to: folder + "/c.png")
    let inputs = ["a.JPEG", "b.png", "c.png"].map { "\(folder)/\($0)" }
    let output = folder + "/out"
    var presenter = try DetectionPresenter(
      classNames: ["cell"], output: output, json: false, inputs: inputs)
    for input in inputs { _ = try presenter.present([], in: image, path: input) }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: output).sorted()
        == ["a.jpg", "b.jpg", "c.png"])
    #expect(ImageFile.isJPEG(output + "/a.jpg") && ImageFile.isJPEG(output + "/b.jpg"))
    #expect(!ImageFile.isJPEG(output + "/c.png") && !ImageFile.isJPEG(output + "/none"))
  }

  @Test func noInputIsWrittenOver() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("multibox-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let image = RGBImage(width: 2, height: 1, pixels: [0, 0, 0, 0, 0, 0])
    let inputs = ["x.png", "x-2.png"].map { "\(folder)/\($0)" }
    for input in inputs { try PNGFile.write(image, to: input) }
    let before = try inputs.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
    var presenter = try DetectionPresenter(
      classNames: ["cell"], output: folder + "/../\((folder as NSString).lastPathComponent)",
      json: false, inputs: inputs)
    let found = PixelDetection(
      box: PixelBox(xMin: 0, yMin: 0, xMax: 1, yMax: 1), classIndex: 1, score: 1)
    for input in inputs { _ = try presenter.present([found], in: image, path: input) }
    #expect(try inputs.map { try Data(contentsOf: URL(fileURLWithPath: $0)) } == before)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        == ["x-2-2.png", "x-2.png", "x-3.png", "x.png"])
  }

  // a.jpeg would be drawn as a.jpg, and that is another picture of the user.
  @Test func otherPicturesOfTheFolderStay() throws {
    try withFolder { folder in
      let image = RGBImage(width: 2, height: 1, pixels: [0, 0, 0, 0, 0, 0])
      for name in ["a.jpeg", "a.jpg"] { try JPEGFile.write(image, to: "\(folder)/\(name)") }
      let before = try Data(contentsOf: URL(fileURLWithPath: folder + "/a.jpg"))
      var presenter = try DetectionPresenter(
        classNames: ["cell"], output: folder, json: false, inputs: [folder + "/a.jpeg"])
      let found = PixelDetection(
        box: PixelBox(xMin: 0, yMin: 0, xMax: 1, yMax: 1), classIndex: 1, score: 1)
      _ = try presenter.present([found], in: image, path: folder + "/a.jpeg")
      #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/a.jpg")) == before)
      #expect(FileManager.default.fileExists(atPath: folder + "/a-2.jpg"))
    }
  }

  @Test func linesWriteNumbersAsThePagesDo() throws {
    var presenter = try DetectionPresenter(classNames: ["cell"], output: nil, json: false)
    let image = RGBImage(width: 2, height: 1, pixels: [0, 0, 0, 0, 0, 0])
    let box = PixelBox(xMin: 0.26, yMin: 0, xMax: 1.5, yMax: 1)
    let line = try presenter.present(
      [PixelDetection(box: box, classIndex: 1, score: 0.81640625)], in: image, path: "x.png")
    #expect(line == "x.png: 1 found\n  cell 0.816 [0.3, 0, 1.5, 1]")
  }
}
