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
    _ type: String?, _ points: String, label: String = #""cat""#, more: String = ""
  ) -> String {
    """
    {"label": \(label), "points": \(points), "group_id": null, \(more)
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
      try folder.write(file(shape("rectangle", "[[7, 6]]")), to: "train/short.json")
      try folder.write(file(shape("cuboid", "[[7, 6], [8, 9]]")), to: "train/type.json")
      try folder.write(file(box, path: #""size.png""#, size: (41, 20)), to: "train/size.json")
      try folder.write("{\"shapes\": [{}], \"version\": \"5\"}", to: "train/key.json")
      try folder.write("{\"other\": 1}", to: "settings.json")
      try folder.writeImages(
        "train/a.png", "train/short.png", "train/type.png", "train/size.png", "train/bare.png",
        "train/key.png")
      let (images, report) = try folder.load(.labelme)
      #expect(images == ["a": ["cat 7 6 13 10"], "bare": []])
      #expect(
        folder.problems(report) == [
          "unreadableAnnotation: settings.json: expected shapes of LabelMe, found none",
          "unreadableAnnotation: train/key.json: shapes[0].label: missing",
          "missingFile: train/only: no such image of train/only.json;"
            + " it is in imageData alone, which is not read",
          "unreadableAnnotation: train/short.json: shapes[0].points:"
            + " expected 2 for a rectangle, found 1",
          "sizeMismatch: train/size.png: 40 × 20; train/size.json says 41 × 20",
          "unreadableAnnotation: train/type.json: shapes[0].shape_type: expected rectangle,"
            + " polygon, circle, mask, point, line or linestrip, found cuboid",
          "unlabeledImage: train/bare.png: no labels",
        ])
    }
  }
}
