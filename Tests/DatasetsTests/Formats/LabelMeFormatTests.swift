import Foundation
import ImageFiles
import MultiBox
import Testing

@testable import Datasets

/// LabelMe's JSON.
struct LabelMeFormatTests {
  private func file(
    _ shapes: String..., path: String = #""a.png""#, data: String = "null",
    size: (Int, Int) = (40, 20)
  ) -> String {
    """
    {"version": "5.4.1", "flags": {}, "shapes": [\(shapes.joined(separator: ","))],
     "imagePath": \(path), "imageData": \(data), "imageHeight": \(size.1), "imageWidth": \(size.0)}
    """
  }

  private func shape(
    _ type: String?, _ points: String, label: String = #""cat""#, group: String = "null",
    more: String = ""
  ) -> String {
    """
    {"label": \(label), "points": \(points), "group_id": \(group), \(more)
     "flags": {}\(type.map { #", "shape_type": "\#($0)""# } ?? "")}
    """
  }

  @Test func everyShapeWithAnAreaBecomesItsUprightBox() throws {
    try withJSONFolder { folder in
      try folder.write(
        file(
          // A rectangle by any two corners that face each other.
          shape("rectangle", "[[13, 10], [7.5, 6]]"),
          shape("polygon", "[[1, 2], [5, 3], [4, 9]]", label: "7"),
          // By hand: a radius of √(3² + 4²) = 5 around 20, 10.
          shape("circle", "[[20, 10], [23, 14]]"),
          // By hand: pixels 3…5 and 4…8 end at 6 and 9.
          shape("mask", "[[3, 4], [5, 8]]"), shape(nil, "[[1, 1], [2, 1], [2, 3]]"),
          shape("rotation", "[[10, 2], [14, 6], [10, 10], [6, 6]]"),
          shape("point", "[[3, 4]]"), shape("line", "[[3, 4], [5, 8]]"),
          shape("linestrip", "[[3, 4], [5, 8], [9, 9]]"),
          shape("rectangle", "[[0, 0], [2, 2]]", more: #""difficult": true,"#)), to: "a.json")
      try folder.writeImages("a.png")
      let (images, report) = try folder.load(.labelme)
      #expect(
        images == [
          "a": [
            "cat 7.5 6 13 10", "7 1 2 5 9", "cat 15 5 25 15", "cat 3 4 6 9", "cat 1 1 2 3",
            "cat 6 2 14 10", "cat 0 0 2 2 difficult",
          ]
        ])
      #expect(report.changes == [.polygon: 4, .turnedBox: 1, .otherShape: 3])
      #expect(report.problems.isEmpty)
    }
  }

  // As labelme2coco.py joins masks by label and group_id; labelme2voc.py joins no rectangles.
  @Test func polygonsOfOneLabelAndGroupAreOneObject() throws {
    try withJSONFolder { folder in
      try folder.write(
        file(
          shape("polygon", "[[1, 2], [5, 3], [4, 9]]", group: "0"),
          shape("polygon", "[[7, 2], [9, 3], [8, 5]]", label: #""dog""#, group: "0"),
          shape("rectangle", "[[30, 10], [38, 18]]", group: "0"),
          // By hand: a radius of √(3² + 4²) = 5 around 20, 10.
          shape("circle", "[[20, 10], [23, 14]]", group: #""0""#),
          shape("mask", "[[3, 1], [3, 1]]", group: "0", more: #""difficult": true,"#),
          shape("rectangle", "[[31, 11], [39, 19]]", group: "0"),
          shape(nil, "[[1, 1], [2, 1], [2, 3]]", group: "1"),
          shape("polygon", "[[1, 1], [3, 1], [2, 3]]"),
          shape("polygon", "[[1, 1], [4, 1], [2, 3]]"),
          // Nothing that says a group.
          shape("polygon", "[[1, 1], [5, 1], [2, 3]]", group: #""""#),
          shape("polygon", "[[1, 1], [6, 1], [2, 3]]", group: "[]"),
          shape("polygon", "[[1, 1], [7, 1], [2, 3]]", group: "[]")), to: "a.json")
      try folder.writeImages("a.png")
      let (images, report) = try folder.load(.labelme)
      #expect(
        images == [
          "a": [
            "cat 1 1 25 15 difficult", "dog 7 2 9 5", "cat 30 10 38 18", "cat 31 11 39 19",
            "cat 1 1 2 3", "cat 1 1 3 3", "cat 1 1 4 3", "cat 1 1 5 3", "cat 1 1 6 3",
            "cat 1 1 7 3",
          ]
        ])
      #expect(report.changes == [.polygon: 10, .joinedPart: 2])
      #expect(report.problems.isEmpty)
    }
  }

  @Test func picturesAreFoundAsTheFileNamesThemAndByItsOwnName() throws {
    try withJSONFolder { folder in
      let box = shape("rectangle", "[[7, 6], [13, 10]]")
      // Windows' path up and down again.
      try folder.write(
        file(box, path: #""..\\..\\images\\train\\x.png""#), to: "labels/train/a.json")
      // One that was right in another folder.
      try folder.write(
        file(box, path: #""../images/train/y.png""#), to: "labels/train/d.json")
      // A name that the picture no longer has.
      try folder.write(file(box, path: #""IMG_1.png""#), to: "labels/train/b.json")
      // The same name in two splits.
      try folder.write(file(box, path: #""c.png""#), to: "labels/train/c.json")
      try folder.write(
        file(shape("rectangle", "[[0, 0], [1, 1]]"), path: #""c.png""#), to: "labels/val/c.json")
      try folder.writeImages(
        "images/train/x.png", "images/train/y.png", "images/train/b.png", "images/train/c.png",
        "images/val/c.png")
      let loader = try DatasetLoader(path: folder.path)
      #expect(try loader.splits() == ["train", "val"])
      let (train, report) = try loader.load(split: "train")
      #expect(train.images.map(\.name) == ["a", "b", "c", "d"])
      #expect(
        folder.files(train)
          == ["x", "b", "c", "y"].map { "images/train/\($0).png" })
      #expect(report.problems.isEmpty, "\(report.problems)")
      let (val, _) = try loader.load(split: "val")
      #expect(val.images[0].groundTruth.map(\.box) == [PixelBox(width: 1, height: 1)])
    }
  }

  @Test func whatIsLeftOutIsNamed() throws {
    try withJSONFolder { folder in
      let box = shape("rectangle", "[[7, 6], [13, 10]]")
      try folder.write(file(box), to: "train/a.json")
      try folder.write(file(box, path: "null", data: #""iVBORw0KGgo=""#), to: "train/only.json")
      try folder.write(file(box, path: #""gone.png""#, data: #""""#), to: "train/gone.json")
      try folder.write(file(shape("rectangle", "[[7, 6]]")), to: "train/short.json")
      try folder.write(file(shape("cuboid", "[[7, 6], [8, 9]]")), to: "train/type.json")
      try folder.write(file(box, path: #""size.png""#, size: (41, 20)), to: "train/size.json")
      try folder.write("{\"shapes\": [{}], \"version\": \"5\"}", to: "train/key.json")
      try folder.write("{\"other\": 1}", to: "settings.json")
      try folder.writeImages(
        "train/a.png", "train/short.png", "train/type.png", "train/size.png", "train/bare.png",
        "train/key.png")
      let (images, report) = try folder.load(.labelme)
      #expect(images == ["a": ["cat 7 6 13 10"]])
      #expect(
        folder.problems(report).map {
          // The place of the text in the file.
          $0.replacing(/@[0-9]+/, with: "@…")
        } == [
          "unreadableAnnotation: settings.json: expected shapes of LabelMe, found none",
          // The files of the last two name a.png, which is another's.
          "unlistedImage: train/bare.png: no label file names it",
          "unlistedImage: train/short.png: no label file names it",
          "unlistedImage: train/type.png: no label file names it",
          "missingFile: gone.png: no such image of train/gone.json",
          "unreadableAnnotation: train/key.json: shapes[0].label: missing (line 1, column 13)",
          "unreadableImage: train/only.json@…: libpng: truncated",
          "unreadableAnnotation: train/short.json: shapes[0].points:"
            + " expected 2 for a rectangle, found 1",
          "sizeMismatch: train/size.png: 40 × 20; train/size.json says 41 × 20",
          "unreadableAnnotation: train/type.json: shapes[0].shape_type: expected rectangle,"
            + " polygon, circle, mask, point, line or linestrip, found cuboid",
        ])
    }
  }

  /// A PNG of 40 × 20 in base64, as JSON may write it.
  private func picture(escaped: Bool = false) throws -> String {
    let png = try PNGFile.data(of: Fixtures.image(width: 40, height: 20), path: "a.png")
    let text = png.base64EncodedString()
    return escaped
      ? text.replacing("/", with: "\\/").replacing("A", with: "\\nA").trimmingCharacters(in: ["="])
      : text
  }

  // The picture beside it counts more; `data:…` is what some tools put before the text.
  @Test(arguments: ["", "data:image/png;base64,"], [false, true])
  func aPictureInTheFileIsRead(prefix: String, escaped: Bool) throws {
    try withJSONFolder { folder in
      let box = shape("rectangle", "[[7, 6], [13, 10]]")
      let data = "\"\(prefix)\(try picture(escaped: escaped))\""
      try folder.write(file(box, path: #""gone.png""#, data: data), to: "train/held.json")
      try folder.write(file(box, path: #""b.png""#, data: data), to: "train/b.json")
      try folder.writeImages("train/b.png")
      let (dataset, report) = try DatasetLoader(path: folder.path).load(split: "train")
      #expect(report == DatasetReport())
      #expect(dataset.images.map(\.name) == ["b", "held"])
      #expect(folder.files(dataset) == ["train/b.png"])
      try #require(dataset.images.count == 2)
      #expect(dataset.images[1].groundTruth.map(\.box.corners) == [[7, 6, 13, 10]])
      #expect(try dataset.images[1].pixels() == Fixtures.image(width: 40, height: 20))
    }
  }

  @Test func aPictureInAFileInUTF16IsNamed() throws {
    try withJSONFolder { folder in
      let text = file(
        shape("rectangle", "[[7, 6], [13, 10]]"), path: "null", data: "\"\(try picture())\"")
      try folder.write("", to: "train/a.json")
      try #require(text.data(using: .utf16)).write(
        to: URL(fileURLWithPath: folder.path + "/train/a.json"))
      let error = #expect(throws: DatasetError.self) {
        try DatasetLoader(path: folder.path, isStrict: true).load(split: "train")
      }
      #expect(
        error?.description.hasSuffix("it is in imageData of a file in UTF-16, which is not read")
          == true, "\(String(describing: error))")
    }
  }

  // By the place that was found, not by the name; and a folder of images alone is a split of them.
  @Test func imagesWithoutAFileAreNamed() throws {
    try withJSONFolder { folder in
      let box = shape("rectangle", "[[7, 6], [13, 10]]")
      try folder.write(file(box, path: #""1.png""#), to: "train/a/1.json")
      try folder.writeImages("train/a/1.png", "train/b/1.png", "test/2.png")
      let loader = try DatasetLoader(path: folder.path)
      #expect(try loader.splits() == ["test", "train"])
      let (train, report) = try loader.load(split: "train")
      #expect(folder.files(train) == ["train/a/1.png"])
      #expect(folder.problems(report) == ["unlistedImage: train/b/1.png: no label file names it"])
      let test = try loader.load(split: "test")
      #expect(folder.files(test.dataset) == ["test/2.png"])
      #expect(folder.problems(test.report) == ["unlabeledImage: test/2.png: no labels"])
    }
  }
}
