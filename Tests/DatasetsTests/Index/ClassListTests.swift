import Files
import Foundation
import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// Several lists of classes in one dataset: numbers mean the list that lies with them, and lists
/// that contradict each other are told.
struct ClassListTests {
  /// Row 0 in the middle of 40 × 20.
  private let row = "0 0.5 0.5 0.25 0.5\n"

  private func pair(_ image: String, _ label: String, in folder: String) throws {
    try Fixtures.writeImage("\(folder)/\(image)", width: 40, height: 20)
    try Fixtures.write(row, to: "\(folder)/\(label)")
  }

  /// Of each image the names of its objects' classes, and the reasons of disagreements.
  private func load(
    _ folder: String
  ) throws -> (classes: [String: [String]], disagreements: [String]) {
    let loader = try DatasetLoader(path: folder)
    let names = try loader.classNames()
    var classes: [String: [String]] = [:]
    var reasons: [String] = []
    for split in try loader.splits() {
      for names in [nil, names] {
        let (dataset, report) = try loader.load(split: split, classNames: names)
        for image in dataset.images {
          let found = image.groundTruth.map { dataset.classNames[$0.classIndex] }
          #expect(classes[image.name] ?? found == found)
          classes[image.name] = found
        }
        for problem in report.problems {
          #expect(problem.kind == .disagreement)
          let reason = "\(problem.file): \(problem.reason)"
            .replacingOccurrences(of: folder + "/", with: "")
          if !reasons.contains(reason) { reasons.append(reason) }
        }
      }
    }
    return (classes, reasons)
  }

  @Test(arguments: [
    ("train/a", "train/a", "train/classes.txt", "val/b", "val/b", "val/classes.txt"),
    ("train/a", "train/a", "train/_darknet.labels", "valid/b", "valid/b", "valid/_darknet.labels"),
    (
      "train/images/a", "train/labels/a", "train/labels/classes.txt", "val/images/b",
      "val/labels/b", "val/classes.txt"
    ),
    (
      "images/train/a", "labels/train/a", "labels/train/classes.txt", "images/val/b",
      "labels/val/b", "images/val/classes.txt"
    ),
  ])
  func numbersMeanTheListOfTheirSplit(
    image: String, label: String, list: String, image2: String, label2: String, list2: String
  ) throws {
    try withFolder { folder in
      try pair("\(image).png", "\(label).txt", in: folder)
      try pair("\(image2).png", "\(label2).txt", in: folder)
      try Fixtures.write("dog\ncat\n", to: "\(folder)/\(list)")
      try Fixtures.write("cat\nbird\ndog\n", to: "\(folder)/\(list2)")
      let (classes, disagreements) = try load(folder)
      #expect(classes == ["a": ["dog"], "b": ["cat"]])
      #expect(disagreements.isEmpty)
    }
  }

  private static let xy = "x\ny\n"
  private static let yx = "y\nx\n"
  private static let notes =
    #"{"categories": [{"id": 0, "name": "y"}, {"id": 1, "name": "x"}]}"#
  private static let description = "train: images\nnames: [x, y]\n"

  @Test(arguments: [
    // In one folder, one above the other, in folders of no labels.
    (["classes.txt": xy, "notes.json": notes], "classes.txt: x, y", "y, x in notes.json"),
    (
      ["classes.txt": yx, "labels/classes.txt": xy], "labels/classes.txt: x, y",
      "y, x in classes.txt"
    ),
    (["a/classes.txt": "x\n", "b/classes.txt": yx], "a/classes.txt: x", "y, x in b/classes.txt"),
    // A description and a list, two descriptions, Darknet's.
    (
      ["data.yaml": description, "labels/classes.txt": yx], "data.yaml: x, y",
      "y, x in labels/classes.txt"
    ),
    (
      ["data.yaml": description, "my.yml": "names: [y, x]\n"], "data.yaml: x, y",
      "y, x in my.yml"
    ),
    (
      [
        "obj.data": "train = train.txt\nnames = obj.names\n", "obj.names": xy,
        "train.txt": "images/a.png\n", "classes.txt": yx,
      ], "obj.names: x, y", "y, x in classes.txt"
    ),
  ])
  func listsThatContradictEachOtherAreTold(
    files: [String: String], counting: String, other: String
  ) throws {
    try withFolder { folder in
      try pair("images/a.png", "labels/a.txt", in: folder)
      for (file, text) in files { try Fixtures.write(text, to: "\(folder)/\(file)") }
      let (classes, disagreements) = try load(folder)
      #expect(classes == ["a": ["x"]])
      #expect(
        disagreements == [
          counting.replacingOccurrences(of: ": ", with: ": classes are ")
            + ", but \(other): the first count; number 0 is x and y"
        ])
    }
  }

  @Test func aListThatIsNotUnderstoodIsTold() throws {
    try withFolder { folder in
      try pair("images/a.png", "labels/a.txt", in: folder)
      try Fixtures.write(Self.xy, to: folder + "/classes.txt")
      try Fixtures.write("y\n\nx\n", to: folder + "/labels/names.txt")
      let (classes, disagreements) = try load(folder)
      #expect(classes == ["a": ["x"]])
      #expect(
        disagreements == [
          "labels/names.txt: line 2: expected the name of a class, found none; the list of"
            + " classes.txt counts"
        ])
    }
  }

  @Test func listsThatSayTheSameAreNotTold() throws {
    try withFolder { folder in
      try pair("images/a.png", "labels/a.txt", in: folder)
      try Fixtures.write("train: images\nnames: [x, y]\n", to: folder + "/data.yaml")
      try Fixtures.write("x\r\ny\r\n", to: folder + "/classes.txt")
      try Fixtures.write("x\n", to: folder + "/labels/classes.txt")
      try Fixtures.write(#"{"note": "my photos"}"#, to: folder + "/notes.json")
      let (classes, disagreements) = try load(folder)
      #expect(classes == ["a": ["x"]])
      #expect(disagreements.isEmpty)
    }
  }

  private func retina(_ split: String, _ classes: String?, in folder: String) throws {
    try Fixtures.writeImage("\(folder)/\(split)/\(split).png", width: 40, height: 20)
    try Fixtures.write("\(split).png,1,2,30,10,0\n", to: "\(folder)/\(split)/_annotations.csv")
    if let classes { try Fixtures.write(classes, to: "\(folder)/\(split)/_classes.csv") }
  }

  // keras-retinanet's, as Roboflow exports it.
  @Test func numbersInTablesMeanTheListOfTheirFolder() throws {
    try withFolder { folder in
      try retina("train", "apple,0\npear,1\n", in: folder)
      try retina("valid", "pear,0\nfig,1\napple,2\n", in: folder)
      let (classes, disagreements) = try load(folder)
      #expect(classes == ["train": ["apple"], "valid": ["pear"]])
      #expect(disagreements.isEmpty)
      try retina("test", nil, in: folder)
      #expect(
        try load(folder).disagreements == [
          "train/_classes.csv: classes are apple, pear, but pear, fig, apple in valid/_classes.csv:"
            + " the first count; number 0 is apple and pear"
        ])
    }
  }

  @Test(arguments: ["classes.csv", "train/classes.csv"])
  func aTableOfClassesThatContradictsTheNearestIsTold(other: String) throws {
    try withFolder { folder in
      try retina("train", "apple,0\npear,1\n", in: folder)
      try Fixtures.write("pear,0\n", to: "\(folder)/\(other)")
      let (classes, disagreements) = try load(folder)
      #expect(classes == ["train": ["apple"]])
      #expect(
        disagreements == [
          "train/_classes.csv: classes are apple, pear, but pear in \(other): the first count;"
            + " number 0 is apple and pear"
        ])
    }
  }

  @Test func listsAreJoinedByTheirNames() {
    let joined = JoinedClasses([["a", "b", "a"], ["c", "a"], ["a", "a", "a", "b"]])
    #expect(joined.names == ["a", "b", "a", "c", "a"])
    func numbers(_ list: Int, _ count: Int) -> [AnnotatedObject.Label] {
      (1...count).map { joined.label(.number($0), ofList: list) }
    }
    #expect(numbers(0, 3) == [.number(1), .number(2), .number(3)])
    #expect(numbers(1, 2) == [.number(4), .number(1)])
    #expect(numbers(2, 4) == [.number(1), .number(3), .number(5), .number(2)])
    #expect(joined.label(.name("b"), ofList: 1) == .name("b"))
    #expect(joined.label(.number(9), ofList: 1) == .number(9))
  }
}
