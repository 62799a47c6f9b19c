import Foundation
import TestSupport
import Testing

@testable import Datasets

/// A picture belongs to the annotation that says where it is, not to another of its name.
struct PictureClaimTests {
  /// Loads a split of a folder with these texts and with pictures of 20 × 10 pixels.
  private func load(
    _ split: String, _ texts: [String: String], pictures: [String],
    body: (DetectionDataset, DatasetReport, String) throws -> Void
  ) throws {
    try withFolder { folder in
      for (path, text) in texts { try Fixtures.write(text, to: "\(folder)/\(path)") }
      for path in pictures {
        // Makes the folders.
        try Fixtures.write("", to: "\(folder)/\(path)")
        try Fixtures.writeImage("\(folder)/\(path)", width: 20, height: 10)
      }
      let (dataset, report) = try DatasetLoader(path: folder).load(split: split)
      try body(dataset, report, folder)
    }
  }

  private func names(_ dataset: DetectionDataset, below folder: String) -> [String: [Int]] {
    Dictionary(
      uniqueKeysWithValues: dataset.images.map {
        (
          ($0.source.file ?? "").replacingOccurrences(of: folder + "/", with: ""),
          $0.groundTruth.map { Int($0.box.xMin) }
        )
      })
  }

  private static func coco(_ images: [(file: String, x: Int)]) -> String {
    let entries = images.enumerated()
    let list = entries.map { #"{"id": \#($0), "file_name": "\#($1.file)"}"# }
    let boxes = entries.map {
      #"{"id": \#($0), "image_id": \#($0), "category_id": 1, "bbox": [\#($1.x), 1, 3, 4]}"#
    }
    return """
      {"images": [\(list.joined(separator: ","))], "annotations": [\(boxes.joined(separator: ","))],
       "categories": [{"id": 1, "name": "cat"}]}
      """
  }

  @Test func labelsOfAPictureThatIsGoneDoNotGoToAnotherOfItsName() throws {
    let texts = [
      "annotations/instances_train.json": Self.coco([("cam1/1.png", 5), ("cam2/1.png", 7)])
    ]
    try load("train", texts, pictures: ["images/cam2/1.png"]) { dataset, report, folder in
      #expect(names(dataset, below: folder) == ["images/cam2/1.png": [7]])
      #expect(report.problems.map(\.kind) == [.missingFile])
      #expect(report.problems.first?.file == "cam1/1.png")
    }
  }

  @Test func norToThatOfAnotherSplit() throws {
    let texts = [
      "train/_annotations.coco.json": Self.coco([("1.png", 5), ("2.png", 6)]),
      "valid/_annotations.coco.json": Self.coco([("1.png", 7)]),
    ]
    let pictures = ["train/2.png", "valid/1.png"]
    try load("train", texts, pictures: pictures) { dataset, report, folder in
      #expect(names(dataset, below: folder) == ["train/2.png": [6]])
      #expect(report.problems.map(\.kind) == [.missingFile])
    }
    try load("valid", texts, pictures: pictures) { dataset, report, folder in
      #expect(names(dataset, below: folder) == ["valid/1.png": [7]])
      #expect(report.problems.isEmpty)
    }
  }

  // Written on another machine: nobody else names it.
  @Test func aPictureThatNobodyElseMeansIsFoundByItsName() throws {
    let texts = ["annotations/instances_train.json": Self.coco([("cam1/1.png", 5)])]
    try load("train", texts, pictures: ["elsewhere/1.png"]) { dataset, report, folder in
      #expect(names(dataset, below: folder) == ["elsewhere/1.png": [5]])
      #expect(report.problems.isEmpty)
    }
  }

  // An address has a%20b.png for a b.png; a file that is called so comes first.
  @Test func namesAreReadWithoutPercentEncodingWhereTheyAreNotThere() throws {
    let texts = [
      "annotations/instances_train.json": Self.coco([
        ("a%20b.png", 5), ("c%20d.png", 6), ("c d.png", 7), ("50%.png", 8),
      ])
    ]
    let pictures = ["a b.png", "c%20d.png", "c d.png", "50%.png"].map { "images/" + $0 }
    try load("train", texts, pictures: pictures) { dataset, report, folder in
      #expect(
        names(dataset, below: folder) == [
          "images/a b.png": [5], "images/c%20d.png": [6], "images/c d.png": [7],
          "images/50%.png": [8],
        ])
      #expect(report.problems.isEmpty)
    }
  }

  // Of two entries of a picture a seed must not put one into train and the other into test.
  @Test func aSeedPutsNoPictureIntoTwoSplits() throws {
    let pictures = (1...10).map { "\($0).png" }
    let entries = pictures.flatMap { picture in
      [1, 2].map { x in
        #"""
        {"image": "\#(picture)", "annotations": [{"label": "cat",
          "coordinates": {"x": \#(x + 2), "y": 4, "width": 4, "height": 4}}]}
        """#
      }
    }
    let texts = ["labels.json": "[\(entries.joined(separator: ","))]"]
    var files: [String: Set<String>] = [:]
    for split in ["train", "test"] {
      try load(split, texts, pictures: pictures) { dataset, report, folder in
        let boxes = names(dataset, below: folder)
        files[split] = Set(boxes.keys)
        #expect(Set(boxes.values) == [[1, 2]])
        #expect(report.changes == [.joinedImage: boxes.count])
        #expect(report.problems.isEmpty)
      }
    }
    let (train, test) = (files["train"] ?? [], files["test"] ?? [])
    #expect(train.isDisjoint(with: test) && train.union(test) == Set(pictures))
  }

  // The same picture in two lists is what their author wanted.
  @Test func listsMayNameAPictureTwice() throws {
    let texts = [
      "data.yaml": "train: images\nval: images\nnames: [cat]\n",
      "labels/1.txt": "0 0.5 0.5 0.1 0.1\n",
    ]
    for split in ["train", "val"] {
      try load(split, texts, pictures: ["images/1.png"]) { dataset, report, folder in
        #expect(names(dataset, below: folder).keys.sorted() == ["images/1.png"])
        #expect(report.problems.isEmpty)
      }
    }
  }

  private static let xml = """
    <annotation><object><name>cat</name><bndbox><xmin>2</xmin><ymin>2</ymin><xmax>9</xmax>\
    <ymax>8</ymax></bndbox></object></annotation>
    """

  @Test func anUnlabelledImageDoesNotGetTheFileOfAnotherFolder() throws {
    let texts = ["cam1/1.xml", "cam2/1.xml", "cam2/2.xml"].reduce(into: [:]) { $0[$1] = Self.xml }
    let paths = AnnotationPaths(
      images: ["cam1/1.png", "cam1/2.png", "cam2/1.png"], labels: texts.keys.sorted())
    #expect(paths.path(for: "cam1/2.png") == nil)
    #expect(paths.path(for: "cam1/1.png") == "cam1/1.xml")
    #expect(paths.unused.map(\.path) == ["cam2/2.xml"])
    let dota = AnnotationPaths(
      images: ["a/images/1.png", "a/images/2.png", "b/images/1.png"],
      labels: ["a/labelTxt/1.txt", "b/labelTxt/1.txt", "b/labelTxt/2.txt"])
    #expect(dota.path(for: "a/images/2.png") == nil)
    #expect(dota.path(for: "a/images/1.png") == "a/labelTxt/1.txt")
  }

  // By the name in the file; of c there is the mask alone, and d was converted.
  @Test func aFileGoesToTheImageThatItNames() {
    let images = ["images/a.jpg", "images/b.jpg", "images/b.png", "images/d.png"]
    let masks = ["masks/a.png", "masks/b.png", "masks/c.png"]
    let names = ["a", "b", "c", "d"]
    let labels = names.map { "xml/\($0).xml" }
    let paths = AnnotationPaths(
      images: masks + images, labels: labels,
      named: Dictionary(uniqueKeysWithValues: zip(labels, names.map { "\($0).JPG" })))
    #expect(
      images.map { paths.path(for: $0) } == ["xml/a.xml", "xml/b.xml", "xml/b.xml", "xml/d.xml"])
    #expect(masks.compactMap { paths.path(for: $0) } == [])
    #expect(paths.unused.map(\.path) == ["xml/c.xml"])
  }

  // cam2 has no label at all; a folder in the other is no folder beside it.
  @Test func aFileAmongImagesStaysInItsFolder() {
    let paths = AnnotationPaths(
      images: ["cam1/2.png", "cam2/1.png", "3.png", "sub/4.png"],
      labels: ["cam1/1.xml", "cam1/2.xml", "3.xml", "4.xml"])
    #expect(paths.path(for: "cam2/1.png") == nil)
    #expect(paths.path(for: "cam1/2.png") == "cam1/2.xml")
    #expect(paths.path(for: "sub/4.png") == "4.xml")
    #expect(paths.unused.map(\.path) == ["cam1/1.xml"])
  }

  // Some labels beside their images, others in a folder for all.
  @Test func aFolderOfLabelsServesManyFoldersOfImages() {
    let paths = AnnotationPaths(
      images: ["a/1.png", "b/2.png", "3.png", "4.png"],
      labels: ["labels/1.xml", "labels/2.xml", "3.xml", "labels/4.xml"])
    #expect(paths.path(for: "a/1.png") == "labels/1.xml")
    #expect(paths.path(for: "b/2.png") == "labels/2.xml")
    #expect(paths.path(for: "3.png") == "3.xml")
    #expect(paths.path(for: "4.png") == "labels/4.xml")
  }

  // The name as it is written comes first, whatever comes after it.
  @Test func labelFilesAreFoundWithoutUpperAndLowerCase() {
    let paths = AnnotationPaths(
      images: ["A.JPG", "b.png", "B.png", "sub/C.png", "d.png", "D.png", "E.png", "e.jpg"],
      labels: ["a.xml", "B.xml", "labels/c.XML", "D.xml", "d.xml", "E.xml", "f.xml"])
    #expect(paths.path(for: "A.JPG") == "a.xml")
    #expect(paths.path(for: "B.png") == "B.xml" && paths.path(for: "b.png") == nil)
    #expect(paths.path(for: "sub/C.png") == "labels/c.XML")
    #expect(paths.path(for: "d.png") == "d.xml" && paths.path(for: "D.png") == "D.xml")
    #expect(paths.path(for: "E.png") == "E.xml" && paths.path(for: "e.jpg") == nil)
    #expect(paths.unused.map(\.path) == ["f.xml"])
    // Nobody knows which of two.
    let unclear = AnnotationPaths(images: ["g.jpg", "G.jpg"], labels: ["g.xml"])
    #expect(unclear.path(for: "g.jpg") == "g.xml" && unclear.path(for: "G.jpg") == nil)
    let neither = AnnotationPaths(images: ["Ab.jpg", "aB.jpg"], labels: ["ab.xml"])
    #expect(neither.path(for: "Ab.jpg") == nil && neither.path(for: "aB.jpg") == nil)
    #expect(neither.unused.map(\.path) == ["ab.xml"])
  }

  @Test func aLabelMeFileAmongPicturesDoesNotGetOneOfAnotherFolder() throws {
    func shape(_ picture: String, _ x: Int) -> String {
      #"""
      {"shapes": [{"label": "cat", "points": [[\#(x), 1], [9, 9]], "shape_type": "rectangle"}],
       "imagePath": "\#(picture)", "imageData": null, "imageHeight": 10, "imageWidth": 20}
      """#
    }
    let texts = [
      "train/a/1.json": shape("1.png", 2), "train/b/1.json": shape("1.png", 3),
      "train/b/2.json": shape("2.png", 4),
    ]
    try load("train", texts, pictures: ["train/a/1.png", "train/a/2.png", "train/b/1.png"]) {
      dataset, report, folder in
      #expect(
        names(dataset, below: folder) == ["train/a/1.png": [2], "train/b/1.png": [3]])
      #expect(Set(report.problems.map(\.kind)) == [.missingFile, .unlistedImage])
    }
  }
}
