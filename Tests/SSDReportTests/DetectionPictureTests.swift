import Foundation
import ImageFiles
import MultiBox
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
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("multibox-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var presenter = try DetectionPresenter(classNames: ["cell"], output: folder, json: false)
    let image = RGBImage(width: 2, height: 1, pixels: [0, 0, 0, 0, 0, 0])
    _ = try presenter.present([], in: image, path: "a/x.jpg")
    _ = try presenter.present([], in: image, path: "b/x.png")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        == ["x-2.png", "x.png"])
  }
}
