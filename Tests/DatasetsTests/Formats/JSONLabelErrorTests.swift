import Files
import Foundation
import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// What is wrong in the JSON of labelling tools is told with key, expected, found, line and column.
struct JSONLabelErrorTests {
  private func reasons(_ text: String, _ format: DatasetFormat) throws -> [String] {
    try withFolder { folder in
      try Fixtures.write(text, to: folder + "/train.json")
      try Fixtures.writeImage(folder + "/train.png")
      do {
        let report = try DatasetLoader(path: folder, format: format)
          .load(split: "train", classNames: ["cat"]).report
        return report.problems.filter { $0.kind == .unreadableAnnotation }.map(\.reason)
      } catch let error as FileError {
        return [error.reason]
      }
    }
  }

  private static func labelMe(_ label: String, _ points: String, _ height: String) -> String {
    """
    {"imagePath": "train.png", "imageData": null, "imageWidth": 40,
     "shapes": [{"points": \(points), "shape_type": "rectangle",
     "label": \(label)}], "imageHeight": \(height)}
    """
  }

  @Test(arguments: [
    (
      labelMe("null", "[[1, 2], [3, 4]]", "20"),
      "shapes[0].label: expected a string, found null (line 3, column 11)"
    ),
    (
      labelMe("\"cat\"", "[[\"1\", 2], [3, 4]]", "20"),
      "shapes[0].points[0][0]: expected a number, found \"1\" (line 2, column 26)"
    ),
    (
      labelMe("\"cat\"", "{}", "20"),
      "shapes[0].points: expected a list, found an object (line 2, column 24)"
    ),
    (
      labelMe("\"cat\"", "[[1, 2], [3, 4]]", "20.5"),
      "imageHeight: expected a whole number of -9223372036854775808 to 9223372036854775807,"
        + " found 20.5 (line 3, column 35)"
    ),
    (
      labelMe("\"cat\"", "[[1, 2], [3, 4]]", ""),
      "imageHeight: expected a value, found } (line 3, column 35)"
    ),
    (
      String(labelMe("\"cat\"", "[[1, 2], [3, 4]]", "20").dropLast(4)),
      "imageHeight: expected a value, found the end of the file (line 3, column 34)"
    ),
  ])
  func aFileOfLabelMe(text: String, reason: String) throws {
    #expect(try reasons(text, .labelme) == [reason])
  }

  // The others of the file are read.
  @Test func anImageOfCreateML() throws {
    let text = """
      [{"image": "b.png", "annotations": []},
       {"image": "train.png", "annotations": [{"label": "cat", "coordinates":
         {"x": "1", "y": 2, "width": 3, "height": 4}}]},
       {"image": "ä.png", "annotations": null}, {"image": null, "annotations": []}]
      """
    #expect(
      try reasons(text, .createml) == [
        "[1].annotations[0].coordinates.x: expected a number, found \"1\" (line 3, column 10)",
        "[2].annotations: expected a list, found null (line 4, column 36)",
        "[3].image: expected a string, found null (line 4, column 53)",
      ])
  }

  @Test func aTaskOfLabelStudio() throws {
    let text = """
      [{"data": {"image": "train.png"}, "annotations": [{"result": [{"type": "rectanglelabels",
       "value": {"x": 1, "y": 2, "width": 3, "height": 4, "rectanglelabels": "cat"}}]}]}]
      """
    #expect(
      try reasons(text, .labelstudio) == [
        "[0].annotations[0].result[0].value.rectanglelabels: expected a list, found \"cat\""
          + " (line 2, column 72)"
      ])
  }

  @Test func anImageOfVIA() throws {
    let text = """
      {"train.png1": {"filename": "train.png", "size": 1, "regions": [
       {"shape_attributes": {"name": "rect", "x": 1, "y": [], "width": 10, "height": 2},
        "region_attributes": {"label": "cat"}}]}}
      """
    #expect(
      try reasons(text, .via) == [
        "train.png1.regions[0].shape_attributes.y: expected a number, found a list"
          + " (line 2, column 53)"
      ])
  }

  @Test func linesAndColumnsAreThoseOfCharacters() throws {
    let line = String(repeating: "ä€😀x", count: 1000)
    let text = "\"\(line)\"\n\(line)\n\n\(line)"
    let data = Data(text.utf8)
    let file = MappedFile(data)
    let places = JSONPlaces(JSONScanner(file))
    var (line1, column) = (1, 1)
    var offset = 0
    for scalar in text.unicodeScalars {
      let place = places[offset]
      #expect(place.line == line1 && place.column == column)
      offset += UTF8.width(scalar)
      if scalar == "\n" { (line1, column) = (line1 + 1, 1) } else { column += 1 }
    }
    #expect(places[data.count] == (line1, column))
    withExtendedLifetime(file) {}
  }
}
