import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// Several label files of the same pictures, as one for each class.
struct SamePictureTests {
  /// COCO's JSON of pictures with one box each, or none.
  private func coco(_ category: String, _ images: [(name: String, box: String?)]) -> String {
    let all = images.enumerated().map { #"{"id": \#($0), "file_name": "\#($1.name)"}"# }
    let boxes = images.enumerated().compactMap { number, image in
      image.box.map { #"{"image_id": \#(number), "category_id": 7, "bbox": \#($0)}"# }
    }
    return """
      {"images": [\(all.joined(separator: ","))], "categories": [{"id": 7, "name": "\(category)"}],
       "annotations": [\(boxes.joined(separator: ","))]}
      """
  }

  /// For each split the images with their objects, `class xMin yMin xMax yMax`.
  private func load(
    _ folder: JSONFolder
  ) throws -> (splits: [String: [String: [String]]], report: DatasetReport) {
    let loader = try DatasetLoader(path: folder.path)
    var report = DatasetReport()
    var splits: [String: [String: [String]]] = [:]
    let names = try loader.classNames()
    for split in try loader.splits() {
      let loaded = try loader.load(split: split, classNames: names)
      report.add(loaded.report)
      splits[split] = [:]
      for image in loaded.dataset.images {
        splits[split, default: [:]][image.name] = image.groundTruth.map { object in
          let box = object.box
          return "\(names[object.classIndex])"
            + " \(Int(box.xMin)) \(Int(box.yMin)) \(Int(box.xMax)) \(Int(box.yMax))"
        }
      }
    }
    return (splits, report)
  }

  @Test func cocoFilesOfOneClassEachAreOne() throws {
    try withJSONFolder { folder in
      try folder.writeImages("images/a.png", "images/b.png", "images/c.png")
      try folder.write(
        coco("truck", [("a.png", "[1,2,3,4]"), ("b.png", nil), ("images/c.png", "[5,6,7,8]")]),
        to: "annotations/truck.json")
      try folder.write(
        coco("car", [("b.png", "[2,3,4,5]"), ("a.png", "[9,8,7,6]")]), to: "annotations/car.json")
      let loader = try DatasetLoader(path: folder.path)
      #expect(try loader.splits() == ["test", "train"])
      #expect(try loader.seededSplit() != nil)
      #expect(try loader.classNames() == ["car", "truck"])
      let (splits, report) = try load(folder)
      let all = splits.values.flatMap(\.self)
      // One picture is in one split.
      #expect(all.count == 3)
      #expect(
        Dictionary(all.map { ($0.key, Set($0.value)) }) { $0.union($1) } == [
          "a": ["car 9 8 16 14", "truck 1 2 4 6"], "b": ["car 2 3 6 8"],
          "images/c": ["truck 5 6 12 14"],
        ])
      #expect(report.problems.isEmpty)
    }
  }

  @Test(arguments: ["annotations/C_S.json", "S/C.json", "annotations/S_C.json"])
  func cocoFilesOfClassesAndSplitsAreTheSplits(pattern: String) throws {
    try withJSONFolder { folder in
      for split in ["train", "val"] {
        try folder.writeImages("images/\(split)-1.png", "images/\(split)-2.png")
        for (number, category) in ["car", "truck"].enumerated() {
          try folder.write(
            coco(
              category, [("\(split)-1.png", "[\(number),2,3,4]"), ("\(split)-2.png", nil)]),
            to: pattern.replacing("C", with: category).replacing("S", with: split))
        }
      }
      let (splits, report) = try load(folder)
      #expect(
        splits == [
          "train": ["train-1": ["car 0 2 3 6", "truck 1 2 4 6"], "train-2": []],
          "val": ["val-1": ["car 0 2 3 6", "truck 1 2 4 6"], "val-2": []],
        ])
      #expect(report.problems.isEmpty)
    }
  }

  // Other pictures of the same names, other pictures, and a part of another file's.
  @Test func cocoFilesOfOtherPicturesAreSplits() throws {
    try withJSONFolder { folder in
      try folder.writeImages("day/1.png", "night/1.png", "images/2.png", "images/3.png")
      try folder.write(coco("car", [("1.png", "[1,2,3,4]")]), to: "annotations/day.json")
      try folder.write(coco("car", [("1.png", "[5,2,3,4]")]), to: "annotations/night.json")
      try folder.write(
        coco("car", [("2.png", "[6,2,3,4]"), ("3.png", "[7,2,3,4]")]), to: "annotations/all.json")
      try folder.write(coco("car", [("2.png", "[6,2,3,4]")]), to: "annotations/mini.json")
      let (splits, report) = try load(folder)
      #expect(
        splits == [
          "day": ["1": ["car 1 2 4 6"]], "night": ["1": ["car 5 2 8 6"]],
          "all": ["2": ["car 6 2 9 6"], "3": ["car 7 2 10 6"]], "mini": ["2": ["car 6 2 9 6"]],
        ])
      #expect(report.problems.isEmpty)
    }
  }

  // b is not understood in one of its files, c has two sizes, and a box of a stands in both.
  @Test func whatTwoFilesSayOfAPictureIsTakenTogether() throws {
    try withJSONFolder { folder in
      try folder.writeImages("a.png", "b.png", "c.png")
      func sized(_ text: String, _ width: Int) -> String {
        text.replacing("{\"id\"", with: "{\"width\": \(width), \"height\": 20, \"id\"")
          .replacing("[{\"width\": \(width), \"height\": 20, \"id\": 7", with: "[{\"id\": 7")
      }
      try folder.write(
        sized(coco("car", [("a.png", "[1,2,3,4]"), ("b.png", "[1,2,3]"), ("c.png", nil)]), 40),
        to: "car_train.json")
      try folder.write(
        coco("truck", [("a.png", "[9,2,3,4]"), ("b.png", "[9,2,3,4]")])
          .replacing(
            "\"annotations\": [",
            with: """
              "annotations": [{"image_id": 0, "category_id": 8, "bbox": [1, 2, 3, 4]},
              """
          )
          .replacing("\"truck\"}", with: "\"truck\"}, {\"id\": 8, \"name\": \"car\"}"),
        to: "truck_train.json")
      try folder.write(
        sized(coco("van", [("a.png", "[5,2,3,4]"), ("c.png", "[1,1,2,2]")]), 41)
          .replacing("{\"width\": 41, \"height\": 20, \"id\": 0", with: "{\"id\": 0"),
        to: "van_train.json")
      let (splits, report) = try load(folder)
      #expect(
        splits == ["train": ["a": ["car 1 2 4 6", "truck 9 2 12 6", "van 5 2 8 6"]]])
      #expect(
        folder.problems(report) == [
          "duplicate: truck_train.json: annotations[0]: bbox [1.0, 2.0, 3.0, 4.0] a second time, as"
            + " in car_train.json",
          "unreadableAnnotation: car_train.json: annotations[1].bbox: expected finite x, y, width,"
            + " height from 0, found [1,2,3]",
          "unreadableAnnotation: van_train.json: c.png: 41 × 20, and car_train.json says 40 × 20",
        ])
    }
  }

  @Test func anUnnamedCategoryIsToldAndIsNoClass() throws {
    try withJSONFolder { folder in
      try folder.writeImages("a.png", "b.png")
      try folder.write(
        """
        {"images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}],
         "categories": [{"id": 1, "name": " "}, {"id": 2, "name": "cat"}],
         "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]},
          {"image_id": 2, "category_id": 2, "bbox": [1, 2, 3, 4]}]}
        """, to: "train.json")
      let (dataset, report) = try DatasetLoader(path: folder.path).load(split: "train")
      #expect(dataset.classNames == ["cat"])
      #expect(dataset.images.map(\.name) == ["b"])
      #expect(
        folder.problems(report) == [
          "unreadableAnnotation: train.json: categories[0].name: expected a name, found none",
          "unreadableAnnotation: train.json: annotations[0].category_id: expected a category with"
            + " a name, found id 1 without one",
        ])
    }
  }

  /// A file of a format with one class: the box of each picture is at a place of its own.
  private static func files(_ format: String) -> (_ name: String, _ images: [String]) -> String {
    { name, images in
      let x = name == "car" ? 4 : 14
      switch format {
      case "via":
        let all = images.map { image in
          """
          "\(image)1": {"filename": "\(image)", "size": 1, "file_attributes": {}, "regions": [
            {"shape_attributes": {"name": "rect", "x": \(x), "y": 2, "width": 6, "height": 4},
             "region_attributes": {"class": "\(name)"}}]}
          """
        }
        return "{\(all.joined(separator: ","))}"
      case "createml":
        let all = images.map { image in
          """
          {"image": "\(image)", "annotations": [{"label": "\(name)",
            "coordinates": {"x": \(x + 3), "y": 4, "width": 6, "height": 4}}]}
          """
        }
        return "[\(all.joined(separator: ","))]"
      case "labelstudio":
        let all = images.map { image in
          """
          {"id": 1, "data": {"image": "\(image)"}, "annotations": [{"result": [{"id": "x",
            "type": "rectanglelabels", "original_width": 40, "original_height": 20,
            "value": {"x": \(Double(x) * 2.5), "y": 10, "width": 15, "height": 20, "rotation": 0,
             "rectanglelabels": ["\(name)"]}}]}]}
          """
        }
        return "[\(all.joined(separator: ","))]"
      default:
        let all = images.map { image in
          """
          <image id="0" name="\(image)" width="40" height="20"><box label="\(name)" xtl="\(x)"
            ytl="2" xbr="\(x + 6)" ybr="6" occluded="0"/></image>
          """
        }
        return "<annotations><version>1.1</version>\(all.joined())</annotations>"
      }
    }
  }

  @Test(arguments: ["via", "createml", "labelstudio", "cvat"], [true, false])
  func filesOfOneClassEachAreJoined(format: String, isSplit: Bool) throws {
    let text = Self.files(format)
    let ending = format == "cvat" ? "xml" : "json"
    let folderOfSplit = isSplit ? "train/" : ""
    try withJSONFolder { folder in
      for name in ["a", "b", "c", "d"] { try folder.writeImages("\(folderOfSplit)\(name).png") }
      try folder.write(
        text("car", ["a.png", "b.png", "d.png"]), to: "\(folderOfSplit)car.\(ending)")
      try folder.write(
        text("truck", ["c.png", "a.png", "d.png"]), to: "\(folderOfSplit)truck.\(ending)")
      let (splits, report) = try load(folder)
      #expect(Set(splits.keys) == (isSplit ? ["train"] : ["train", "test"]))
      let all = splits.values.flatMap(\.self)
      #expect(all.count == 4)
      #expect(
        Dictionary(all.map { ($0.key, $0.value) }) { $0 + $1 } == [
          "a": ["car 4 2 10 6", "truck 14 2 20 6"], "b": ["car 4 2 10 6"],
          "c": ["truck 14 2 20 6"], "d": ["car 4 2 10 6", "truck 14 2 20 6"],
        ])
      #expect(report.problems.isEmpty, "\(folder.problems(report))")
    }
  }

  // As of two people: together they would be two boxes for each object.
  @Test func twoVersionsOfAPictureAreNotAddedUp() throws {
    try withJSONFolder { folder in
      try folder.writeImages("a.png", "b.png")
      let text = Self.files("via")
      try folder.write(text("car", ["a.png"]), to: "train/one.json")
      try folder.write(
        text("truck", ["a.png", "b.png"]).replacing("truck", with: "car"), to: "train/two.json")
      let (splits, report) = try load(folder)
      #expect(splits == ["train": ["a": ["car 4 2 10 6"], "b": ["car 14 2 20 6"]]])
      #expect(report.problems.map(\.kind) == [.duplicate])
      #expect(
        folder.problems(report)[0].hasSuffix(
          "; train/one.json has its class in a.png as well, and counts"))
    }
  }

  // Somebody labelled it in the other file.
  @Test func aTaskThatNobodyLabelledIsNotTheLastWord() throws {
    try withJSONFolder { folder in
      try folder.writeImages("a.png", "b.png")
      try folder.write(Self.files("labelstudio")("car", ["a.png"]), to: "one.json")
      try folder.write(
        """
        [{"id": 1, "data": {"image": "a.png"}, "annotations": []},
         {"id": 2, "data": {"image": "b.png"}, "annotations": []}]
        """, to: "two.json")
      let (images, report) = try folder.load(.labelstudio)
      #expect(images == ["a": ["car 4 2 10 6"]])
      #expect(folder.problems(report) == ["unlistedImage: two.json: [1]: no annotation of b.png"])
    }
  }

  // The second entry has the first's object and one of its own, the third nothing new; b.png is
  // found under two names.
  @Test func theEntriesThatAFileHasOfAPictureAreJoined() throws {
    try withJSONFolder { folder in
      try folder.writeImages("a.png", "b.png")
      let text = coco(
        "car",
        [
          ("a.png", "[1,2,3,4]"), ("a.png", "[9,2,3,4]"), ("a.png", "[1,2,3,4]"),
          ("b.png", "[5,2,3,4]"), ("./b.png", "[6,2,3,4]"),
        ])
      let again = #"{"image_id": 1, "category_id": 7, "bbox": [1, 2, 3, 4]},"#
      try folder.write(
        text.replacing("\"annotations\": [", with: "\"annotations\": [\(again)"),
        to: "train.json")
      let (splits, report) = try load(folder)
      #expect(
        splits == [
          "train": ["a": ["car 1 2 4 6", "car 9 2 12 6"], "b": ["car 5 2 8 6", "car 6 2 9 6"]]
        ])
      #expect(report.changes == [.joinedImage: 2])
      #expect(
        folder.problems(report) == [
          "duplicate: train.json: annotations[0]: bbox [1.0, 2.0, 3.0, 4.0] a second time, as in"
            + " train.json",
          "duplicate: a.png: an image of train.json that stands there twice",
        ])
    }
  }

  @Test(arguments: ["via", "createml", "labelstudio", "cvat"])
  func anEntryForEachObjectIsOneImage(format: String) throws {
    let (car, truck) = (
      Self.files(format)("car", ["a.png"]), Self.files(format)("truck", ["a.png"])
    )
    let text =
      switch format {
      case "via": "\(car.dropLast()),\(truck.replacing("a.png1", with: "a.png2").dropFirst())"
      case "cvat":
        car.replacing("</annotations>", with: "")
          + truck.replacing("<annotations><version>1.1</version>", with: "")
      default: "\(car.dropLast()),\(truck.dropFirst())"
      }
    try withJSONFolder { folder in
      try folder.writeImages("train/a.png")
      try folder.write(text, to: "train/all.\(format == "cvat" ? "xml" : "json")")
      let (splits, report) = try load(folder)
      #expect(splits == ["train": ["a": ["car 4 2 10 6", "truck 14 2 20 6"]]])
      #expect(report.changes == [.joinedImage: 1])
      #expect(report.problems.isEmpty)
    }
  }
}
