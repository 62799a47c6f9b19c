import Datasets
import Foundation
import ImageFiles
import TestSupport
import Testing

struct DatasetLookupTests {
  private let dataset = DetectionDataset(
    classNames: ["a"],
    images: [
      ("photo.7", "/data/images/photo.7.jpg"), ("b", "/data/images/train/b.png"),
      ("other", "/data/more/b.png"), ("train/c.jpg", "/data/train/c.jpg"),
    ].map {
      DatasetImage(name: $0, source: .file(path: $1), width: 1, height: 1, groundTruth: [])
    })

  @Test(arguments: [
    ("photo.7", "photo.7"), ("photo.7.jpg", "photo.7"), ("b", "b"), ("b.jpg", "b"),
    ("/data/images/train/b.png", "b"), ("/data/images/../images/train/b.png", "b"),
    ("train/b.png", "b"), ("more/b.png", "other"), ("/data/more/b.png", "other"),
    ("train/c.jpg", "train/c.jpg"), ("c.jpg", "train/c.jpg"),
  ])
  func anImageIsFoundByNameOrPath(given: String, name: String) {
    #expect(dataset.image(named: given)?.name == name)
  }

  // A file elsewhere is another image, whatever its name; part of a folder's name is no folder.
  @Test(arguments: ["none", "/elsewhere/b.png", "rain/b.png", "/data/images/none.png", ""])
  func whatIsNotThereIsNotFound(given: String) {
    #expect(dataset.image(named: given) == nil)
  }

  @Test func aPathIsRelativeToWhereOneIs() throws {
    try withFolder { folder in
      try PNGFile.write(Fixtures.image(), to: folder + "/x.png")
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/link", withDestinationPath: folder)
      let dataset = DetectionDataset(
        classNames: ["a"],
        images: [
          DatasetImage(
            name: "seven", source: .file(path: folder + "/x.png"), width: 1, height: 1,
            groundTruth: [])
        ])
      let depth = FileManager.default.currentDirectoryPath.split(separator: "/").count
      let relative = String(repeating: "../", count: depth) + folder.dropFirst() + "/x.png"
      #expect(dataset.image(named: relative)?.name == "seven")
      #expect(dataset.image(named: folder + "/link/x.png")?.name == "seven")
    }
  }
}
