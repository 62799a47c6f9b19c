import TestSupport
import Testing

@testable import Datasets

/// Where COCO's files may be, which splits they are of, and what is not understood in them.
struct COCOFilesTests {
  private func oneCat(_ fileNames: String...) -> String {
    let images = fileNames.enumerated().map { #"{"id": \#($0), "file_name": "\#($1)"}"# }
    let boxes = fileNames.indices.map {
      #"{"image_id": \#($0), "category_id": 1, "bbox": [1, 2, 3, 4]}"#
    }
    return """
      {"images": [\(images.joined(separator: ","))], "categories": [{"id": 1, "name": "cat"}],
       "annotations": [\(boxes.joined(separator: ","))]}
      """
  }

  // CVAT keeps the box before the turn. By hand: 8 × 2 about (10, 5), turned by 90°, is 2 × 8; half
  // a turn changes nothing, and somebody's own rotation may be a text.
  @Test func aBoxWithARotationIsItsUprightBox() throws {
    try withJSONFolder { folder in
      try folder.writeImages("a.png")
      let boxes = ["90.0", "180", "\"left\"", "0.0"].map {
        #"{"image_id": 0, "category_id": 1, "bbox": [6, 4, 8, 2], "area": 16,"#
          + #" "attributes": {"occluded": false, "rotation": \#($0)}}"#
      }
      try folder.write(
        """
        {"images": [{"id": 0, "file_name": "a.png"}], "categories": [{"id": 1, "name": "cat"}],
         "annotations": [\(boxes.joined(separator: ","))]}
        """, to: "train.json")
      let (images, report) = try folder.load(.coco)
      #expect(images == ["a": ["cat 9 1 11 9"] + Array(repeating: "cat 6 4 14 6", count: 3)])
      #expect(report.changes == [.turnedBox: 1])
      #expect(report.problems.isEmpty)
    }
  }

  @Test(arguments: [
    ["annotations/train.json", "val.json"], ["train/_annotations.coco.json", "val.json"],
    ["train/labels.json", "annotations/instances_val.json"],
    ["annotations/train/a.json", "annotations/val/a.json"],
    ["annotations/instances_train.json", "val/coco.json"],
  ])
  func cocoFilesInDifferentPlacesAreReadTogether(files: [String]) throws {
    try withFolder { folder in
      for (file, split) in zip(files, ["train", "val"]) {
        try Fixtures.write(oneCat("\(split).png"), to: "\(folder)/\(file)")
        try Fixtures.writeImage("\(folder)/\(split)/\(split).png")
      }
      let loader = try DatasetLoader(path: folder)
      #expect(loader.format == .coco)
      #expect(try loader.splits() == ["train", "val"])
      for split in ["train", "val"] {
        let (dataset, report) = try loader.load(split: split)
        #expect(dataset.images.map(\.name) == [split])
        #expect(report.problems.isEmpty)
      }
    }
  }

  // LVIS has no file_name, and pictures of its val are in COCO's train2017, too.
  @Test func lvisNamesItsPicturesByTheirAddresses() throws {
    try withFolder { folder in
      for (split, path) in [("train", "train2017/01.png"), ("val", "train2017/02.png")] {
        try Fixtures.write(
          oneCat("x").replacing(
            "\"file_name\": \"x\"", with: "\"coco_url\": \"http://images.org/\(path)\""),
          to: "\(folder)/lvis_v1_\(split).json")
        try Fixtures.writeImage("\(folder)/\(path)")
      }
      let loader = try DatasetLoader(path: folder)
      #expect(try loader.splits() == ["train", "val"])
      for (split, name) in [("train", "train2017/01"), ("val", "train2017/02")] {
        let (dataset, report) = try loader.load(split: split)
        #expect(dataset.images.map(\.name) == [name])
        #expect(report.problems.isEmpty)
      }
      let file = try DatasetLoader(path: folder + "/lvis_v1_val.json")
      #expect(try file.splits() == ["val"])
    }
  }

  @Test(arguments: [
    (["zhiyuan_objv2_train.json"], ["train"]),
    (["instances_train2017.json", "old_train2017.json"], ["old_train2017", "train2017"]),
    (["a_train.json", "b_train.json"], ["a_train", "b_train"]),
  ])
  func namesThatEndInASplitAreThatSplit(files: [String], splits: [String]) throws {
    try withFolder { folder in
      for (number, file) in files.enumerated() {
        try Fixtures.write(oneCat("\(number).png"), to: "\(folder)/annotations/\(file)")
        try Fixtures.writeImage("\(folder)/images/\(number).png")
      }
      #expect(try DatasetLoader(path: folder).splits() == splits)
    }
  }

  // Another JSON file is none that is lost.
  @Test(arguments: [
    ("", "expected labels, found an empty file"),
    (
      "version https://git-lfs.github.com/spec/v1\n",
      "expected labels, found a pointer of Git LFS in their place (git lfs pull)"
    ),
    (#"{"images": [{"id": 1, "file_name": "a.p"#, "expected labels, found JSON that is cut off"),
    (#"{"name": "a package"}"#, nil),
  ])
  func aCOCOFileThatIsLostIsTold(text: String, reason: String?) throws {
    try withFolder { folder in
      try Fixtures.write(oneCat("b.png"), to: folder + "/annotations/val.json")
      try Fixtures.write(text, to: folder + "/annotations/train.json")
      for image in ["train/a.png", "val/b.png"] { try Fixtures.writeImage("\(folder)/\(image)") }
      let loader = try DatasetLoader(path: folder)
      #expect(loader.format == .coco)
      let (dataset, report) = try loader.load(split: "val")
      #expect(dataset.images.map(\.name) == ["b"])
      let image = DatasetProblem(
        kind: .unlistedImage, file: folder + "/train/a.png",
        reason: reason == nil
          ? "no label file names it" : "no label file that can be read names it")
      #expect(
        report.problems
          == (reason.map {
            [
              DatasetProblem(
                kind: .unreadableAnnotation, file: folder + "/annotations/train.json", reason: $0)
            ]
          } ?? []) + [image])
    }
  }

  // The nearest file of a split has its name, and none is lost.
  @Test func cocoFilesOfOneSplitAreAllNamed() throws {
    try withFolder { folder in
      for file in ["annotations/instances_train.json", "instances_train.json", "train/x.json"] {
        try Fixtures.write(oneCat("a.png"), to: "\(folder)/\(file)")
      }
      #expect(
        try DatasetLoader(path: folder).splits() == ["instances_train", "train", "train_x"])
    }
  }

  // Of 20 × 10. Without a pixel's box they are shares; a pixel at the origin is none.
  @Test(arguments: [
    ("[0.1, 0.2, 0.5, 0.5]", "[0.5, 0, 0.5, 1]", [[2.0, 2, 12, 7], [10, 0, 20, 10]], 2),
    ("[0.1, 0.2, 0.5, 0.5]", "[1, 2, 3, 4]", [[0.1, 0.2, 0.6, 0.7], [1, 2, 4, 6]], 0),
    ("[0, 0, 1, 1]", "[0, 0, 1, 1]", [[0, 0, 1, 1], [0, 0, 1, 1]], 0),
  ])
  func boxesOfCOCOsThatAreAllWithinOneAreShares(
    first: String, second: String, corners: [[Double]], shares: Int
  ) throws {
    try withFolder { folder in
      try Fixtures.write(
        """
        {"images": [{"id": 1, "file_name": "a.png", "width": 20, "height": 10}],
         "categories": [{"id": 1, "name": "cat"}], "annotations": [
          {"id": 1, "image_id": 1, "category_id": 1, "bbox": \(first), "area": 0.25},
          {"id": 2, "image_id": 1, "category_id": 1, "bbox": \(second), "area": 0.5}]}
        """, to: folder + "/train.json")
      try Fixtures.writeImage(folder + "/train/a.png", width: 20, height: 10)
      let (dataset, report) = try DatasetLoader(path: folder).load(split: "train")
      let found = try #require(dataset.images.first)
      try #require(found.groundTruth.count == 2)
      for (labeled, expected) in zip(found.groundTruth, corners) {
        for (side, value) in zip(labeled.box.corners, expected) {
          #expect(abs(side - value) < 1e-12)
        }
      }
      // Of 200 pixels a quarter and a half.
      #expect(found.areas == (shares == 0 ? [0.25, 0.5] : [50, 100]))
      #expect(report.count(of: .sharesOfImage) == shares)
      #expect(report.problems.isEmpty)
    }
  }

  // Of 20 × 10. One that is larger than its image says that all are pixels, and an image without a
  // size says nothing: its boxes' areas count, 50 and 100.
  @Test(arguments: [
    ("0.125", "0.25", true, [25.0, 50]), ("0.125", "null", true, [25, 100]),
    ("0.125", "90", true, nil), ("0.125", "0.25", false, nil),
  ])
  func areasOfCOCOsSharesAreSharesIfTheyCanBe(
    first: String, second: String, hasSize: Bool, areas: [Double]?
  ) throws {
    try withFolder { folder in
      let size = hasSize ? #", "width": 20, "height": 10"# : ""
      try Fixtures.write(
        """
        {"images": [{"id": 1, "file_name": "a.png"\(size)}],
         "categories": [{"id": 1, "name": "cat"}], "annotations": [
          {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0.25, 0, 0.5, 0.5], "area": \(first)},
          {"id": 2, "image_id": 1, "category_id": 1, "bbox": [0.5, 0, 0.5, 1], "area": \(second)}]}
        """, to: folder + "/train.json")
      try Fixtures.writeImage(folder + "/train/a.png", width: 20, height: 10)
      let (dataset, report) = try DatasetLoader(path: folder).load(split: "train")
      #expect(dataset.images.map(\.areas) == [areas])
      #expect(report.changes == [.sharesOfImage: 2])
      #expect(report.problems.isEmpty)
    }
  }

  @Test func oneCOCOFileIsSplitByTheFoldersOfItsImages() throws {
    try withFolder { folder in
      let text = oneCat("train/a.png", "val/b.png", "c.png")
        .replacing("}]}", with: #"},{"image_id": 99, "category_id": 1, "bbox": [1, 2, 3, 4]}]}"#)
      try Fixtures.write(text, to: folder + "/annotations.json")
      for name in ["train/a", "val/b", "c"] { try Fixtures.writeImage("\(folder)/\(name).png") }
      let loader = try DatasetLoader(path: folder)
      #expect(try loader.splits() == ["train", "val"])
      #expect(try loader.seededSplit() == nil)
      let (train, report) = try loader.load(split: "train")
      #expect(train.images.map(\.name) == ["train/a"])
      #expect(train.images[0].groundTruth.count == 1)
      #expect(report.problems.map(\.kind) == [.disagreement, .objectWithoutImage])
      #expect(report.problems[0].reason == "1 image in none of the splits, c.png the first")
      let val = try loader.load(split: "val")
      #expect(val.dataset.images.map(\.name) == ["val/b"])
      #expect(val.report.problems.map(\.kind) == [.disagreement])
    }
  }

  @Test(arguments: ["annotations.json", "_annotations.coco.json", "export/result.json"])
  func oneCOCOFileIsSplitByASeedWhereNothingSaysIt(file: String) throws {
    try withFolder { folder in
      let names = (0..<5).map { "\($0).png" }
      try Fixtures.write(
        oneCat(names[0], names[1], names[2], names[3], names[4]), to: "\(folder)/\(file)")
      for name in names { try Fixtures.writeImage("\(folder)/images/\(name)") }
      let loader = try DatasetLoader(path: folder)
      #expect(try loader.splits() == ["test", "train"])
      #expect(try loader.seededSplit() != nil)
      let found = try ["train", "test"].map { try loader.load(split: $0) }
      #expect(found.map(\.dataset.images.count) == [4, 1])
      #expect(Set(found.flatMap(\.dataset.images).map(\.name)).count == 5)
      #expect(found.allSatisfy { $0.report.problems.isEmpty })
    }
  }

  @Test(arguments: [
    (#"{"images": [{"id": 1, "file_name": "a.png"}], "annotations": []}"#, "found no categories"),
    (#"{"categories": [], "images": []}"#, "found no annotations"),
    (#"[{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}]"#, "found a list of results"),
  ])
  func whatCOCOFilesLackIsNamed(text: String, found: String) throws {
    try withFolder { folder in
      try Fixtures.write(text, to: folder + "/train/x.json")
      try Fixtures.writeImage(folder + "/train/a.png")
      let error = #expect(throws: DatasetError.self) { try DatasetLoader(path: folder) }
      #expect(
        try #require(error).description.contains(
          "COCO: train/x.json: expected an object with images, annotations and categories, \(found)"
        ))
    }
  }

  // Nobody knows what else is in it: an object is there.
  @Test(arguments: [#"["1","1","20","20"]"#, "[1,2,3]", "[1,2,null,4]", "[[1,2],[3,4]]"])
  func aBoxOfCOCOsThatIsNotUnderstoodLeavesItsImageOut(bbox: String) throws {
    try withFolder { folder in
      let text = """
        {"images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}],
         "categories": [{"id": 1, "name": "cat"}],
         "annotations": [
          {"image_id": 1, "category_id": 1, "bbox": \(bbox)},
          {"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]},
          {"image_id": 2, "category_id": 1, "bbox": [9, 9, -3, 4]},
          {"image_id": 2, "category_id": 1, "bbox": [1, 2, 3, 4]}]}
        """
      try Fixtures.write(text, to: folder + "/train.json")
      try Fixtures.writeImage(folder + "/a.png")
      try Fixtures.writeImage(folder + "/b.png")
      let (dataset, report) = try DatasetLoader(path: folder).load(split: "train")
      #expect(dataset.images.map(\.name) == ["b"])
      #expect(dataset.images[0].groundTruth.count == 1)
      #expect(report.problems.map(\.kind) == [.unreadableAnnotation, .boxWithoutArea])
      #expect(
        report.problems[0].reason
          == "annotations[0].bbox: expected finite x, y, width, height from 0, found \(bbox)")
    }
  }
}
