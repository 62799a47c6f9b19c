import Datasets
import TestSupport
import Testing

struct SplitRoleTests {
  private static let cases: [(splits: [String], roles: [String?])] = [
    (["train", "val", "test"], ["train", "val", "test"]),
    (["trainval", "train", "test"], ["trainval", nil, "test"]),
    (["train2017", "val2017", "test2017"], ["train2017", "val2017", "test2017"]),
    (["train", "valid"], ["train", "valid", nil]),
    // Two that may be meant are none; a name of its own decides.
    (["train2014", "train2017", "testing"], [nil, nil, "testing"]),
    (["train", "train2017", "default"], ["train", nil, nil]),
  ]

  @Test(arguments: cases) func namesSayWhatASplitServes(splits: [String], roles: [String?]) throws {
    try withFolder { folder in
      let shapes = ShapesSpecification(imageCount: 1, side: 64, seed: 5).dataset(split: "train")
      var writer = try DatasetWriter(format: .coco, folder: folder)
      for split in splits { try writer.write(shapes, split: split) }
      let loader = try DatasetLoader(paths: [folder])
      for (role, expected) in zip([SplitRole.training, .validation, .test], roles) {
        #expect(try loader.split(for: role) == expected)
        if let expected {
          #expect(try loader.requiredSplit(for: role) == expected)
        } else {
          #expect(throws: DatasetError.self) { try loader.requiredSplit(for: role) }
        }
      }
      #expect(try loader.split(for: .test, named: splits[0]) == splits[0])
      let found = splits.sorted().joined(separator: ", ")
      #expect {
        try loader.split(for: .test, named: "other")
      } throws: {
        "\($0)" == "\(folder): no split other; found \(found)"
      }
    }
  }
}
