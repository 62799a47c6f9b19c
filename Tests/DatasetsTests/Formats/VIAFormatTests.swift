import MultiBox
import Testing

@testable import Datasets

/// The VGG Image Annotator's JSON.
struct VIAFormatTests {
  private let rectangle = #"{"name": "rect", "x": 7, "y": 6, "width": 6, "height": 4}"#

  private func region(_ shape: String, _ attributes: String = #"{"class": "cat"}"#) -> String {
    #"{"shape_attributes": \#(shape), "region_attributes": \#(attributes)}"#
  }

  private func image(_ name: String, _ regions: String) -> String {
    """
    "\(name)123": {"filename": "\(name)", "size": 123, "regions": \(regions), "file_attributes": {}}
    """
  }

  @Test func regionsAreAListOrAnObjectAndStandAloneOrInAProject() throws {
    let list = "[\(region(rectangle)), \(region(#"{"name": "point", "cx": 3, "cy": 4}"#))]"
    let object = #"{"0": \#(region(rectangle)), "1": \#(region(#"{"name": "polyline"}"#))}"#
    let files = [
      "{\(image("a.png", list))}", "{\(image("a.png", object))}",
      """
      {"_via_settings": {"core": {"default_filepath": "deep/"}},
       "_via_img_metadata": {\(image("a.png", list))}, "_via_attributes": {}}
      """,
    ]
    for file in files {
      try withJSONFolder { folder in
        try folder.write(file, to: "via_train.json")
        try folder.writeImages("deep/a.png")
        let (images, report) = try folder.load(.via)
        #expect(images == ["a": ["cat 7 6 13 10"]])
        #expect(report.changes == [.otherShape: 1])
        #expect(report.problems.isEmpty)
      }
    }
  }

  // By hand: 20 ± 5 and 10 ± 5; 20 ± 6 and 10 ± 2; a quarter turn swaps the half axes; an eighth
  // of half axes 6 and 2 gives √((36 + 4) / 2) = √20 both ways.
  @Test func roundRegionsBecomeTheirUprightBox() throws {
    try withJSONFolder { folder in
      func ellipse(_ theta: String) -> String {
        region(#"{"name": "ellipse", "cx": 20, "cy": 10, "rx": 6, "ry": 2\#(theta)}"#)
      }
      let eighth = Double.pi / 4
      try folder.write(
        """
        {\(image("a.png", """
          [\(region(#"{"name": "circle", "cx": 20, "cy": 10, "r": 5}"#)), \(ellipse("")),
           \(ellipse(#", "theta": \#(Double.pi / 2)"#)),
           \(region(#"{"name":"polygon","all_points_x":[1,5,4],"all_points_y":[2,3,9]}"#))]
          """)), \(image("b.png", "[\(ellipse(#", "theta": \#(eighth)"#))]"))}
        """, to: "train.json")
      try folder.writeImages("a.png", "b.png")
      let loaded = try DatasetLoader(path: folder.path).load(split: "train")
      #expect(
        loaded.dataset.images[0].groundTruth.map(\.box) == [
          PixelBox(xMin: 15, yMin: 5, xMax: 25, yMax: 15),
          PixelBox(xMin: 14, yMin: 8, xMax: 26, yMax: 12),
          PixelBox(xMin: 18, yMin: 4, xMax: 22, yMax: 16),
          PixelBox(xMin: 1, yMin: 2, xMax: 5, yMax: 9),
        ])
      let turned = try #require(loaded.dataset.images[1].groundTruth.first?.box)
      let half = 20.0.squareRoot()
      #expect(abs(turned.xMin - (20 - half)) < 1e-9 && abs(turned.yMax - (10 + half)) < 1e-9)
      #expect(loaded.report.changes == [.polygon: 5])
    }
  }

  @Test(arguments: [
    (#"{"id": 7, "Label": "dog"}"#, ["dog"]), (#"{"species": "dog"}"#, ["dog"]),
    (#"{"class": "dog", "type": "big"}"#, ["dog"]),
    (#"{"type": {"a": false, "dog": true}}"#, ["dog"]),
    (#"{"type": {"dog": true, "big": true}}"#, ["big", "dog"]), (#"{"class": 3}"#, ["3"]),
  ])
  func theClassIsTheAttributeThatIsCalledSo(attributes: String, classes: [String]) throws {
    try withJSONFolder { folder in
      try folder.write(
        "{\(image("a.png", "[\(region(rectangle, attributes))]"))}", to: "train.json")
      try folder.writeImages("a.png")
      #expect(try folder.load(.via).images == ["a": classes.map { "\($0) 7 6 13 10" }])
    }
  }

  @Test func filesWithoutClassesHaveObjects() throws {
    try withJSONFolder { folder in
      try folder.write(
        "{\(image("a.png", #"{"0": \#(region(rectangle, "{}"))}"#))}", to: "train/via.json")
      try folder.writeImages("train/a.png")
      let (images, report) = try folder.load(.via)
      #expect(images == ["a": ["object 7 6 13 10"]])
      #expect(report.changes == [.unnamedObject: 1])
    }
  }

  @Test func whatIsLeftOutIsNamed() throws {
    try withJSONFolder { folder in
      try folder.write(
        """
        {\(image("a.png", "[\(region(rectangle)), \(region(rectangle, #"{"class": ""}"#))]")),
         \(image("b.png", #"[{"shape_attributes": {"name": "rect", "x": 1}}]"#)),
         \(image("c.png", "[\(region(#"{"name": "cube"}"#))]")), \(image("gone.png", "[]"))}
        """, to: "train.json")
      try folder.writeImages("a.png", "b.png", "c.png")
      let (images, report) = try folder.load(.via)
      #expect(images == ["a": ["cat 7 6 13 10"]])
      #expect(
        folder.problems(report) == [
          "unknownName: train.json: a.png.regions[1]: expected a class, found none",
          "unreadableAnnotation: train.json: b.png123.regions[0].shape_attributes.y: missing"
            + " (line 2, column 82)",
          "unreadableAnnotation: train.json: c.png123.regions[0].shape_attributes.name:"
            + " expected rect, polygon, circle, ellipse, point or polyline, found cube"
            + " (line 3, column 91)",
          "missingFile: gone.png: no such image of train.json",
        ])
    }
  }

  @Test func severalAttributesOfWhichNoneIsTheClassAreAnError() throws {
    try withJSONFolder { folder in
      let text = image("a.png", "[\(region(rectangle, #"{"colour": "red", "size": "big"}"#))]")
      try folder.write("{\(text)}", to: "train.json")
      let error = #expect(throws: (any Error).self) { try DatasetLoader(path: folder.path) }
      #expect(
        "\(try #require(error))"
          == "\(folder.path): region_attributes: expected one alone or one called class, label,"
          + " name, type, category or object, found colour, size")
    }
  }

  // A circle through two points, or three on a line, is none.
  @Test(arguments: ["[9, 1, 2, 1, 2, 5, 5]", "[9, 1, 1, 2, 2, 3, 3]", "[9, 1, 2, 3, 4]"])
  func noCircleGoesThroughPointsOnALine(xy: String) throws {
    try withJSONFolder { folder in
      try folder.write(
        """
        {"project": {}, "config": {}, "attribute": {"1": {"aname": "kind"}},
         "file": {"1": {"fname": "a.png", "type": 2}}, "view": {"1": {"fid_list": [1]}},
         "metadata": {"1_a": {"vid": "1", "z": [], "xy": \(xy), "av": {"1": "cat"}}}}
        """, to: "train.json")
      try folder.writeImages("a.png")
      let error = #expect(throws: DatasetError.self) { try folder.loadTrain() }
      #expect(
        error?.description.contains("metadata.1_a.xy: expected the numbers of a shape") == true)
    }
  }

  @Test func version3IsRead() throws {
    try withJSONFolder { folder in
      try folder.write(
        """
        {"project": {"data_format_version": "3.1.1"}, "config": {},
         "attribute": {"1": {"aname": "kind", "anchor_id": "FILE1_Z0_XY1", "type": 3,
           "options": {"0": "cat", "1": "dog"}}},
         "file": {"1": {"fid": 1, "fname": "a.png", "type": 2, "loc": 1, "src": ""},
           "2": {"fid": 2, "fname": "b.png", "type": 2, "loc": 1, "src": ""},
           "3": {"fid": 3, "fname": "c.mp4", "type": 4, "loc": 1, "src": ""}},
         "view": {"1": {"fid_list": [1]}, "2": {"fid_list": ["2"]}, "3": {"fid_list": [1, 2]}},
         "metadata": {
           "1_a": {"vid": "1", "flg": 0, "z": [], "xy": [2, 7, 6, 6, 4], "av": {"1": "0"}},
           "1_b": {"vid": "1", "flg": 0, "z": [], "xy": [3, 20, 10, 5], "av": {"1": "1"}},
           "1_c": {"vid": "1", "flg": 0, "z": [], "xy": [8, 3, 1, 9, 4, 5, 8, 2, 5],
             "av": {"1": "1"}},
           "1_e": {"vid": "1", "flg": 0, "z": [], "xy": [9, 35, 10, 30, 15, 26, 7],
             "av": {"1": "1"}},
           "1_d": {"vid": "1", "flg": 0, "z": [], "xy": [1, 3, 4], "av": {"1": "1"}},
           "2_a": {"vid": "2", "flg": 0, "z": [], "xy": [7, 1, 2, 5, 3, 4, 9], "av": {"1": "0"}},
           "3_a": {"vid": "3", "flg": 0, "z": [], "xy": [2, 7, 6, 6, 4], "av": {"1": "0"}}}}
        """, to: "train.json")
      try folder.writeImages("a.png", "b.png")
      let (images, report) = try folder.load(.via)
      // By hand: the four points that the third touches reach from 2, 1 to 9, 8; the three points
      // of the fourth are 5 away from 30, 10: √(5² + 0²), √(0² + 5²), √(4² + 3²).
      #expect(
        images == [
          "a": ["cat 7 6 13 10", "dog 15 5 25 15", "dog 2 1 9 8", "dog 25 5 35 15"],
          "b": ["cat 1 2 5 9"],
        ])
      #expect(report.changes == [.polygon: 3, .otherShape: 1])
      #expect(
        folder.problems(report) == [
          "unreadableAnnotation: train.json: metadata.3_a.vid:"
            + " expected a view of one file of the project",
          "unreadableAnnotation: train.json: file: expected images, found c.mp4",
        ])
    }
  }
}
