import MultiBox
import Testing

@testable import Datasets

/// Label Studio's JSON, full and short.
struct LabelStudioFormatTests {
  private func result(
    _ value: String, type: String = "rectanglelabels", id: String = "x", turn: Int = 0
  ) -> String {
    """
    {"id": "\(id)", "type": "\(type)", "from_name": "label", "to_name": "image",
     "original_width": 40, "original_height": 20, "image_rotation": \(turn), "value": \(value)}
    """
  }

  private func task(
    _ results: String..., image: String = "/data/upload/1/0a1b2c3d-a.png",
    key: String = "annotations", more: String = ""
  ) -> String {
    """
    {"id": 1, "data": {"text": "x", "image": "\(image)"}, "predictions": [], "\(key)": [
      {"id": 5, "was_cancelled": false, "result": [\(results.joined(separator: ","))]}\(more)]}
    """
  }

  // By hand: 17.5, 30, 15 and 20 percent of 40 × 20 are 7, 6, 6 and 4.
  private let box = """
    {"x": 17.5, "y": 30, "width": 15, "height": 20, "rotation": 0, "rectanglelabels": ["cat"]}
    """

  @Test(arguments: ["annotations", "completions"])
  func boxesAreInPercent(key: String) throws {
    try withJSONFolder { folder in
      try folder.write("[\(task(result(box), key: key))]", to: "project.json")
      try folder.writeImages("a.png")
      let (images, report) = try folder.load(.labelstudio)
      #expect(images == ["0a1b2c3d-a": ["cat 7 6 13 10"]])
      #expect(report.changes.isEmpty && report.problems.isEmpty)
    }
  }

  // Versions before 1.0, and projects of theirs that a later one took over.
  @Test(arguments: [
    #""annotations": [], "completions": [{"id": 1, "result": [R]}]"#,
    #""annotations": null, "completions": [{"id": 1, "skipped": true}, {"id": 2, "result": [R]}]"#,
    #""completions": [{"id": 1, "was_cancelled": true}, {"id": 2, "result": [R]}]"#,
  ])
  func completionsAreAnnotations(text: String) throws {
    try withJSONFolder { folder in
      try folder.write(
        #"{"data": {"image": "a.png"}, \#(text.replacing("R", with: result(box)))}"#,
        to: "completions/0.json")
      try folder.writeImages("a.png")
      let (images, report) = try folder.load(.labelstudio)
      #expect(images == ["a": ["cat 7 6 13 10"]])
      #expect(report.problems.isEmpty)
    }
  }

  @Test(arguments: ["annotation_id", "completion_id"])
  func theShortExportIsRead(key: String) throws {
    try withJSONFolder { folder in
      try folder.write(
        """
        [{"image": "/data/upload/1/0a1b2c3d-a.png", "id": 1, "annotator": 1, "\(key)": 5,
          "created_at": "2024", "lead_time": 1.5, "choice": "x", "label": [
          {"x": 17.5, "y": 30, "width": 15, "height": 20, "rotation": 0,
           "rectanglelabels": ["cat"], "original_width": 40, "original_height": 20},
          {"points": [[10, 10], [20, 10], [20, 50]], "polygonlabels": ["dog"],
           "original_width": 40, "original_height": 20}]}]
        """, to: "project.json")
      try folder.writeImages("a.png")
      let (images, report) = try folder.load(.labelstudio)
      #expect(images == ["0a1b2c3d-a": ["cat 7 6 13 10", "dog 4 2 8 10"]])
      #expect(report.changes == [.polygon: 1])
    }
  }

  // By hand, of 40 × 20: a box at 20, 10 of 8 × 4 turned by 90° clockwise about that corner goes
  // from 20 to 16 and from 10 to 18. Turned by 30° it has the corners (20, 10),
  // (20 + 8 cos 30°, 10 + 8 sin 30°) = (26.92…, 14), (20 − 4 sin 30°, …) = (18, 13.46…) and the
  // sum, (24.92…, 17.46…). An ellipse of half axes 8 and 2 turned by 90° is one of 2 and 8.
  @Test func turnedRegionsBecomeTheirUprightBox() throws {
    try withJSONFolder { folder in
      func turned(_ degrees: Int) -> String {
        result(
          """
          {"x": 50, "y": 50, "width": 20, "height": 20, "rotation": \(degrees),
           "rectanglelabels": ["cat"]}
          """, id: "\(degrees)")
      }
      try folder.write(
        """
        [\(task(turned(90), turned(360), result("""
          {"x": 50, "y": 50, "radiusX": 20, "radiusY": 10, "rotation": 90, "ellipselabels": ["dog"]}
          """, type: "ellipselabels", id: "e")))]
        """, to: "train.json")
      try folder.write("[\(task(turned(30)))]", to: "test.json")
      try folder.writeImages("a.png")
      let loader = try DatasetLoader(path: folder.path)
      let (train, report) = try loader.load(split: "train")
      #expect(
        train.images[0].groundTruth.map(\.box) == [
          PixelBox(xMin: 16, yMin: 10, xMax: 20, yMax: 18),
          PixelBox(xMin: 20, yMin: 10, xMax: 28, yMax: 14),
          PixelBox(xMin: 18, yMin: 2, xMax: 22, yMax: 18),
        ])
      #expect(report.changes == [.turnedBox: 1, .polygon: 1])
      let test = try loader.load(split: "test").dataset
      let found = try #require(test.images[0].groundTruth.first?.box)
      let cosine = 3.0.squareRoot() / 2
      let expected = [18, 10, 20 + 8 * cosine, 14 + 4 * cosine]
      for (a, b) in zip([found.xMin, found.yMin, found.xMax, found.yMax], expected) {
        #expect(abs(a - b) < 1e-9, "\(found)")
      }
    }
  }

  @Test func otherResultsAreCountedOrSaidOfTheWholeImage() throws {
    try withJSONFolder { folder in
      try folder.write(
        """
        [\(task(
          result(box), result(#"{"choices": ["day"]}"#, type: "choices", id: "c"),
          result(#"{"format": "rle", "rle": [1], "brushlabels": ["cat"]}"#, type: "brushlabels"),
          result(#"{"x": 1, "y": 1, "width": 0.5, "keypointlabels": ["k"]}"#, type: "keypointlabels"),
          // A rectangle and, with its id, its labels.
          result(#"{"x": 0, "y": 0, "width": 10, "height": 10}"#, type: "rectangle", id: "r"),
          result(
            #"{"x": 0, "y": 0, "width": 10, "height": 10, "labels": ["dog"]}"#, type: "labels",
            id: "r")))]
        """, to: "train.json")
      try folder.writeImages("a.png")
      let (images, report) = try folder.load(.labelstudio)
      #expect(images == ["0a1b2c3d-a": ["cat 7 6 13 10", "dog 0 0 4 2"]])
      #expect(report.changes == [.otherShape: 2])
      #expect(report.problems.isEmpty)
    }
  }

  /// A result on a picture by its name or number; 10, 20, 30 and 40 percent are 4, 4, 12 and 8.
  private func region(_ name: String, _ key: String = "to_name") -> String {
    let label = ["\"b\"", "1"].contains(name) ? "dog" : "cat"
    return """
      {"id": "\(name.replacing("\"", with: "")) \(key)", "type": "rectanglelabels",
       "\(key)": \(name), "original_width": 40, "original_height": 20,
       "value": {"x": 10, "y": 20, "width": 30, "height": 40, "rectanglelabels": ["\(label)"]}}
      """
  }

  // Of three pictures two, of two the second, and an interface that calls its only picture
  // otherwise, beside one that it does not show.
  @Test(arguments: [
    (
      #"{"a": "1.png", "b": "2.png", "c": "3.png"}"#, [#""a""#, #""b""#],
      ["1": ["cat 4 4 16 12"], "2": ["dog 4 4 16 12"]]
    ),
    (#"{"image": "1.png", "b": "2.png"}"#, [#""b""#], ["2": ["dog 4 4 16 12"]]),
    (#"{"image": "1.png", "b": "2.png"}"#, [#""img""#], ["1": ["cat 4 4 16 12"]]),
  ])
  func aRegionIsOfThePictureThatItNames(
    data: String, names: [String], expected: [String: [String]]
  ) throws {
    try withJSONFolder { folder in
      try folder.write(
        """
        [{"data": \(data), "annotations": [{"result": [
          \(names.map { region($0) }.joined(separator: ","))]}]}]
        """, to: "train.json")
      try folder.writeImages("1.png", "2.png", "3.png")
      let (images, report) = try folder.load(.labelstudio)
      #expect(images == expected)
      #expect(report.problems.map(\.kind).allSatisfy { $0 == .unlistedImage })
      #expect(report.problems.count == 3 - expected.count)
    }
  }

  @Test func aRegionIsOfThePageThatItNames() throws {
    try withJSONFolder { folder in
      func task(_ pictures: String) -> String {
        """
        {"data": {"image": \(pictures)}, "annotations": [{"result": [
          \(region("0", "item_index")), \(region("1", "item_index"))]}]}
        """
      }
      try folder.write(
        "[\(task(#"["1.png", "2.png", "3.png"]"#)), \(task(#""4.png""#))]", to: "train.json")
      try folder.writeImages("1.png", "2.png", "3.png", "4.png")
      let (images, report) = try folder.load(.labelstudio)
      #expect(images == ["1": ["cat 4 4 16 12"], "2": ["dog 4 4 16 12"], "3": []])
      #expect(
        folder.problems(report) == [
          "unreadableAnnotation: train.json: [1].annotations[0].result[1].item_index:"
            + " expected the number of a picture of image, found 1"
        ])
    }
  }

  @Test func regionsOfPicturesThatTheDataDoesNotNameAreNotUnderstood() throws {
    try withJSONFolder { folder in
      try folder.write(
        """
        [{"data": {"image": "1.png", "b": "2.png"}, "annotations": [{"result": [
          \(region(#""left""#)), \(region(#""right""#))]}]},
         {"data": {"image": "3.png"}, "annotations": [{"result": [\(region(#""left""#))]}]}]
        """, to: "train.json")
      try folder.writeImages("1.png", "3.png")
      let (images, report) = try folder.load(.labelstudio)
      #expect(images == ["3": ["cat 4 4 16 12"]])
      #expect(
        folder.problems(report) == [
          "unreadableAnnotation: train.json: [0].annotations[0].result[0].to_name:"
            + " expected one of b, image, found left"
        ])
    }
  }

  @Test func theFirstAnnotationThatWasNotSkippedCounts() throws {
    try withJSONFolder { folder in
      let second = #", {"result": [], "was_cancelled": false}"#
      let skipped = #"{"result": [{}], "was_cancelled": true}"#
      try folder.write(
        """
        [\(task(result(box), more: second)),
         {"data": {"image": "b.png"}, "annotations": [\(skipped), {"result": [\(result(box))]}]},
         {"data": {"image": "c.png"}, "annotations": [\(skipped)]},
         {"data": {"image": "d.png"}, "predictions": [{"result": [\(result(box))]}]}]
        """, to: "train.json")
      try folder.writeImages("a.png", "b.png", "c.png", "d.png")
      let (images, report) = try folder.load(.labelstudio)
      #expect(
        images == ["0a1b2c3d-a": ["cat 7 6 13 10"], "b": ["cat 7 6 13 10"]])
      #expect(
        folder.problems(report) == [
          "unlistedImage: train.json: [2]: every annotation of c.png was skipped",
          "unlistedImage: train.json: [3]: no annotation of d.png",
          "duplicate: train.json: [0].annotations[1]: another annotation of"
            + " /data/upload/1/0a1b2c3d-a.png",
        ])
    }
  }

  // A project that nobody has labelled yet is one of images.
  @Test func tasksWithoutAnyAnnotationAreASplitOfImages() throws {
    try withJSONFolder { folder in
      try folder.write("[\(task(result(box)))]", to: "train.json")
      try folder.write(#"[{"data": {"image": "b.png"}, "annotations": []}]"#, to: "test.json")
      try folder.writeImages("a.png", "b.png")
      let (test, report) = try DatasetLoader(path: folder.path).load(split: "test")
      #expect(test.images.map(\.name) == ["b"])
      #expect(folder.problems(report) == ["unlabeledImage: b.png: no labels"])
    }
  }

  // The tool turns an image in its window alone.
  @Test(arguments: [90, 180, 270])
  func anImageThatWasTurnedInTheWindowHasItsBoxes(turn: Int) throws {
    try withJSONFolder { folder in
      try folder.write("[\(task(result(box, turn: turn)))]", to: "project.json")
      try folder.writeImages("a.png")
      let (images, report) = try folder.load(.labelstudio)
      #expect(images == ["0a1b2c3d-a": ["cat 7 6 13 10"]])
      #expect(report == DatasetReport())
    }
  }

  @Test(arguments: [
    ("/data/upload/1/0a1b2c3d-a.png", "a.png"),
    ("/data/upload/1/0a1b2c3d-a.png", "x/0a1b2c3d-a.png"),
    ("/data/local-files/?d=deep/dir/a.png", "dir/a.png"),
    ("/data/local-files/?d=deep%20dir/a%20b.png", "deep dir/a b.png"),
    ("https://host.example/bucket/dir/a.png?X-Signature=1/2", "images/a.png"),
    ("s3://bucket/dir/a.png", "dir/a.png"), (#"C:\\photos\\a.png"#, "photos/a.png"),
  ])
  func picturesAreFoundByTheLastPartsOfTheirAddress(written: String, file: String) throws {
    try withJSONFolder { folder in
      try folder.write("[\(task(result(box), image: written))]", to: "train.json")
      try folder.writeImages(file)
      let (dataset, report) = try DatasetLoader(path: folder.path).load(split: "train")
      #expect(folder.files(dataset) == [file])
      #expect(report.problems.isEmpty, "\(report.problems)")
    }
  }

  @Test func whatIsNotUnderstoodLeavesItsImageOut() throws {
    try withJSONFolder { folder in
      try folder.write(
        """
        [\(task(result(#"{"x": 1, "y": 2, "width": 3, "rectanglelabels": ["cat"]}"#), image: "a.png")),
         \(task(result(box, type: "cuboidlabels"), image: "b.png")),
         \(task(result(box, turn: 90), image: "c.png", key: "completions")),
         {"data": {"text": "x"}, "annotations": []},
         \(task(result(#"{"x": 1, "y": 2, "width": 3, "height": 3}"#), image: "d.png"))]
        """, to: "train.json")
      try folder.writeImages("a.png", "b.png", "c.png", "d.png")
      let error = #expect(throws: DatasetError.self) { try folder.loadTrain() }
      guard case .noClasses(_, let report) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(
        folder.problems(report) == [
          "unreadableAnnotation: train.json: [0].annotations[0].result[0].value.height: missing",
          "unreadableAnnotation: train.json: [1].annotations[0].result[0].type:"
            + " expected a region or a choice, found cuboidlabels",
          "unreadableAnnotation: train.json: [2].completions[0].result[0].image_rotation:"
            + " expected 0 of a version before 1.0, found 90.0",
          "unreadableAnnotation: train.json: [3].data: expected the path of an image, found none"
            + " (line 10, column 11)",
          "unknownName: train.json: [4].annotations[0].result[0]: expected labels, found none",
        ])
    }
  }
}
