import TestSupport
import Testing

@testable import Datasets

/// Where the pictures of label files are looked for.
struct ImageFinderTests {
  private static func labels(_ format: String, _ name: String) -> String {
    switch format {
    case "coco":
      """
      {"images": [{"id": 1, "file_name": "\(name)"}], "categories": [{"id": 1, "name": "cat"}],
       "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}]}
      """
    case "createml":
      """
      [{"image": "\(name)", "annotations": [{"label": "cat",
        "coordinates": {"x": 4, "y": 4, "width": 4, "height": 4}}]}]
      """
    case "via":
      """
      {"\(name)1": {"filename": "\(name)", "size": 1, "file_attributes": {}, "regions": [
        {"shape_attributes": {"name": "rect", "x": 1, "y": 2, "width": 6, "height": 4},
         "region_attributes": {"class": "cat"}}]}}
      """
    case "cvat":
      """
      <annotations><version>1.1</version><image id="0" name="\(name)" width="40" height="20">
      <box label="cat" xtl="1" ytl="2" xbr="6" ybr="6" occluded="0"/></image></annotations>
      """
    default: "filename,class,xmin,ymin,xmax,ymax\n\(name),cat,1,2,10,12\n"
    }
  }

  private static func ending(_ format: String) -> String {
    ["csv": "csv", "cvat": "xml"][format] ?? "json"
  }

  /// The pictures of each split as paths below the folder, and all problems.
  private func load(
    _ folder: JSONFolder, at path: String = "", images: String? = nil
  ) throws -> (pictures: [String: [String]], problems: [String]) {
    let loader = try DatasetLoader(
      path: path.isEmpty ? folder.path : "\(folder.path)/\(path)",
      options: ReadingOptions(imageFolder: images.map { "\(folder.path)/\($0)" }))
    var pictures: [String: [String]] = [:]
    var report = DatasetReport()
    for split in try loader.splits() {
      let loaded = try loader.load(split: split, classNames: ["cat"])
      pictures[split] = folder.files(loaded.dataset)
      report.add(loaded.report)
    }
    return (pictures, folder.problems(report))
  }

  // L is the label file and P the picture, both of each split S; the pictures have one name.
  @Test(
    arguments: ["coco", "createml", "via", "cvat", "csv"],
    [
      ("S/labels.E", "S/data/1.png"), ("S/labels.E", "S/images/1.png"),
      ("S/labels.E", "S/img/1.png"), ("S/labels.E", "S/some/pictures/1.png"),
      ("annotations/S.E", "images/S/1.png"), ("annotations/S.E", "S/1.png"),
      ("S.E", "images/S/1.png"), ("S.E", "S/1.png"),
    ])
  func eachSplitHasItsOwnPictureOfAName(
    format: String, layout: (labels: String, picture: String)
  ) throws {
    try withJSONFolder { folder in
      for split in ["train", "val"] {
        try folder.write(
          Self.labels(format, "1.png"),
          to: layout.labels.replacing("S", with: split).replacing("E", with: Self.ending(format)))
        try folder.writeImages(layout.picture.replacing("S", with: split))
      }
      let (pictures, problems) = try load(folder)
      #expect(
        pictures == [
          "train": [layout.picture.replacing("S", with: "train")],
          "val": [layout.picture.replacing("S", with: "val")],
        ])
      #expect(problems.isEmpty)
    }
  }

  // COCO's own layout and others with labels in a folder beside the pictures, whose label file or
  // folder is named in place of the dataset.
  @Test(
    arguments: [
      ("coco", "annotations/instances_train2017.json", "train2017"),
      ("coco", "annotations/instances_train2017.json", "images/train2017"),
      ("coco", "annotations/instances_train2017.json", "images"),
      ("coco", "labels/train.json", ""), ("csv", "labels/train.csv", "images"),
      ("cvat", "ann/train.xml", "images"), ("via", "via/train.json", "img"),
    ], [true, false])
  func labelsThatAreNamedAloneHaveTheirPicturesBesideTheirFolder(
    layout: (format: String, labels: String, pictures: String), isFile: Bool
  ) throws {
    try withJSONFolder { folder in
      try folder.write(Self.labels(layout.format, "1.png"), to: layout.labels)
      let picture = (layout.pictures.isEmpty ? "" : layout.pictures + "/") + "1.png"
      try folder.writeImages(picture)
      let (pictures, problems) = try load(
        folder, at: isFile ? layout.labels : layout.labels.parentFolder)
      #expect(pictures.values.flatMap(\.self) == [picture])
      #expect(problems.isEmpty)
    }
  }

  // The folder that the user names is the dataset where a picture is in it.
  @Test func aDatasetWithPicturesTakesNoneFromOutside() throws {
    try withJSONFolder { folder in
      try folder.writeImages("1.png", "data/2.png")
      try folder.write(Self.labels("coco", "1.png"), to: "data/train.json")
      let (pictures, problems) = try load(folder, at: "data")
      #expect(pictures == ["train": []])
      #expect(
        problems == [
          "missingFile: 1.png: no such image of data/train.json",
          "unlistedImage: data/2.png: no label file names it",
        ])
    }
  }

  // Labels, folders of pictures that are there, and the one that is taken.
  @Test(
    arguments: ["coco", "createml", "via", "cvat", "csv"],
    [
      // The folder is there, and the picture in another one.
      ("train.E", "cam1/1.png", ["images/cam1/2.png", "images/cam2/1.png"], nil),
      ("train.E", "cam1/left/1.png", ["cam1/left/2.png", "cam2/left/1.png"], nil),
      ("train.E", "cam1/1.png", ["cam1/2.png", "images/1.png"], nil),
      // It is not, as where pictures were put into one folder, or on another machine.
      ("train.E", "cam1/1.png", ["images/cam2/1.png"], 0),
      ("train.E", "cam1/1.png", ["images/2.png", "images/1.png"], 1),
      ("train.E", "C:/data/img/1.png", ["some/photos/1.png", "images/2.png"], 0),
      ("train.E", "/home/a/b/images/1.png", ["images/train/1.png", "images/2.png"], 0),
      ("annotations/train2017.E", "train2017/1.png", ["images/1.png"], 0),
      // One of two: its folders are those that are written.
      ("train.E", "cam1/1.png", ["some/cam1/1.png", "some/cam2/1.png"], 0),
      // Another split's, where its own has a folder.
      ("train/labels.E", "1.png", ["train/images/2.png", "val/images/1.png"], nil),
      ("annotations/train.E", "1.png", ["images/train/2.png", "images/val/1.png"], nil),
      // Chosen anew among the pictures of a split.
      ("annotations/val.E", "1.png", ["train2017/1.png", "train2017/2.png"], 0),
      ("annotations/train_val.E", "1.png", ["train/2.png", "val/1.png"], 1),
      ("annotations/validation.E", "1.png", ["train/1.png", "valid/1.png"], 1),
    ] as [(String, String, [String], Int?)])
  func foldersThatBothHaveMustAgree(
    format: String, layout: (labels: String, written: String, pictures: [String], taken: Int?)
  ) throws {
    try withJSONFolder { folder in
      try folder.write(
        Self.labels(format, layout.written),
        to: layout.labels.replacing("E", with: Self.ending(format)))
      for picture in layout.pictures { try folder.writeImages(picture) }
      let (pictures, problems) = try load(folder)
      #expect(pictures.values.flatMap(\.self) == (layout.taken.map { [layout.pictures[$0]] } ?? []))
      #expect(
        problems.count { $0.hasPrefix("missingFile: \(layout.written): no such image of ") }
          == (layout.taken == nil ? 1 : 0), "\(problems)")
    }
  }

  @Test func thePictureOfItsNameIsToldWithAMissingOne() throws {
    try withJSONFolder { folder in
      try folder.write(Self.labels("coco", "cam1/1.png"), to: "train.json")
      try folder.writeImages("cam1/2.png", "cam2/1.png")
      let (_, problems) = try load(folder)
      #expect(
        problems.first == "missingFile: cam1/1.png: no such image of train.json;"
          + " cam2/1.png has its name, and another place")
    }
  }

  // What the user says counts.
  @Test func theFolderOfAnOptionAgreesWithAll() throws {
    try withJSONFolder { folder in
      try folder.write(Self.labels("coco", "cam1/1.png"), to: "train.json")
      try folder.writeImages("cam1/2.png", "photos/1.png")
      let (pictures, _) = try load(folder, images: "photos")
      #expect(pictures == ["train": ["photos/1.png"]])
    }
  }

  // Rows of a missing picture are not those of another.
  @Test func rowsOfTwoFoldersStayApart() throws {
    try withJSONFolder { folder in
      try folder.write(
        "filename,class,xmin,ymin,xmax,ymax\ncam1/1.png,cat,1,2,10,12\ncam2/1.png,cat,3,2,10,12\n",
        to: "train.csv")
      try folder.writeImages("cam1/2.png", "cam2/1.png")
      let dataset = try folder.loadTrain()
      #expect(folder.files(dataset) == ["cam2/1.png"])
      #expect(dataset.images[0].groundTruth.map(\.box.xMin) == [3])
    }
  }

  // A text of the name is none; where both are there the path as it is written counts.
  @Test(arguments: [("a", "a"), ("b", "b.png"), ("c", "c"), ("d.jpg_large", "d.jpg_large")])
  func aPictureWithoutAUsualEndingIsFoundAsItIsWritten(written: String, file: String) throws {
    try withJSONFolder { folder in
      try folder.write(Self.labels("coco", written), to: "train.json")
      try folder.writeImages("images/a", "images/b.png", "images/c", "images/c.png")
      try folder.writeImages("images/d.jpg_large")
      try folder.write("text", to: "images/b")
      let dataset = try folder.loadTrain()
      #expect(folder.files(dataset) == ["images/\(file)"])
      var writer = try DatasetWriter(format: .folder, folder: folder.path + "/copy")
      try writer.write(dataset, split: "train")
      let copy = try DatasetLoader(path: folder.path + "/copy").load(split: "train").dataset
      #expect(folder.files(copy) == ["copy/train/\(dataset.images[0].name).png"])
    }
  }
}
