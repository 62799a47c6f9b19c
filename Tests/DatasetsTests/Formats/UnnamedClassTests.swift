import Files
import Foundation
import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// A class without a name is told, and is none.
struct UnnamedClassTests {
  private static func labelMe(_ label: String) -> String {
    """
    {"shapes": [{"label": "cat", "points": [[1, 2], [20, 10]], "shape_type": "rectangle"},
     {"label": "\(label)", "points": [[1, 2], [20, 10]], "shape_type": "rectangle"}],
     "imagePath": "a.png", "imageData": null, "imageHeight": 20, "imageWidth": 40}
    """
  }
  private static let createML = """
    [{"image": "a.png", "annotations": [
      {"label": " ", "coordinates": {"x": 10, "y": 8, "width": 6, "height": 4}}]},
     {"image": "b.png", "annotations": [
      {"label": "cat", "coordinates": {"x": 10, "y": 8, "width": 6, "height": 4}}]}]
    """
  private static let voc = Fixtures.annotation(
    width: 40, height: 20, [("cat", ["1", "2", "20", "10"]), (" ", ["1", "2", "20", "10"])])

  @Test(arguments: [
    ("a.json", labelMe(""), "shapes[1].label: expected a class, found none"),
    ("a.json", labelMe(" "), "shapes[1].label: expected a class, found none"),
    ("a.xml", voc, "line 4: <name>: expected a class, found none"),
    ("train.json", createML, "[0].annotations[0].label: expected a class, found none"),
  ])
  func theImageIsLeftOut(file: String, text: String, reason: String) throws {
    try withFolder { folder in
      try Fixtures.write(text, to: "\(folder)/\(file)")
      for name in ["a", "b"] { try Fixtures.writeImage("\(folder)/\(name).png") }
      // So that something is left.
      let other = text.replacingOccurrences(of: "a.png", with: "b.png")
        .replacingOccurrences(of: #""label": """#, with: #""label": "cat""#)
        .replacingOccurrences(of: #""label": " ""#, with: #""label": "cat""#)
        .replacingOccurrences(of: "<name> <", with: "<name>cat<")
      if file != "train.json" {
        try Fixtures.write(other, to: "\(folder)/b.\(file.fileExtension)")
      }
      let loader = try DatasetLoader(path: folder)
      var images: [String] = []
      var names: Set<String> = []
      var problems: Set<DatasetProblem> = []
      for split in try loader.splits() {
        let (dataset, report) = try loader.load(split: split, classNames: ["cat"])
        images += dataset.images.map(\.name)
        names.formUnion(try loader.classNames())
        problems.formUnion(report.problems)
      }
      #expect(images == ["b"])
      #expect(names == ["cat"])
      #expect(
        problems == [
          DatasetProblem(
            kind: .unreadableAnnotation, file: "\(folder)/\(file)", reason: reason)
        ])
    }
  }

  @Test(arguments: [
    ("names:\n  0: cat\n  1:\n", "names.1: expected a name, found nothing (line 3, column 5)"),
    ("names: [cat, '']\n", "names: expected a list of names, found nothing (line 1, column 14)"),
  ])
  func aDescriptionWithoutANameIsRefused(yaml: String, reason: String) throws {
    try withFolder { folder in
      try Fixtures.write(yaml, to: folder + "/data.yaml")
      let error = #expect(throws: FileError.self) {
        try YOLODescription(contentsOf: folder + "/data.yaml")
      }
      #expect(error?.reason == reason)
    }
  }
}
