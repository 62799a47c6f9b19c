import Foundation
import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// A dataset in the only folder of a folder is read as that folder would be.
struct WrappedFolderTests {
  private static let xml = Fixtures.annotation(
    width: 40, height: 20, [("cat", ["1", "2", "20", "10"])])
  private static let coco = """
    {"images": [{"id": 1, "file_name": "a.png", "width": 40, "height": 20}],
     "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}],
     "categories": [{"id": 1, "name": "cat"}]}
    """

  /// Layouts that look at names of folders.
  private static let datasets: [[String: String]] = [
    [
      "Annotations/a.xml": xml, "JPEGImages/a.png": "", "ImageSets/Main/train.txt": "a\n",
      "ImageSets/Main/val.txt": "a\n",
    ],
    [
      "VOC2007/Annotations/a.xml": xml, "VOC2007/JPEGImages/a.png": "",
      "VOC2007/ImageSets/Main/train.txt": "a\n", "VOC2012/Annotations/b.xml": xml,
      "VOC2012/JPEGImages/b.png": "", "VOC2012/ImageSets/Main/val.txt": "b\n",
    ],
    [
      "data/obj.data": "train = data/train.txt\nnames = data/obj.names\n",
      "data/obj.names": "cat\n", "data/train.txt": "data/obj/a.png\n", "data/obj/a.png": "",
      "data/obj/a.txt": "0 0.5 0.5 0.25 0.5\n",
    ],
    [
      "data.yaml": "train: ../train/images\nval: ../valid/images\nnames: [cat]\n",
      "train/images/a.png": "", "train/labels/a.txt": "0 0.5 0.5 0.25 0.5\n",
      "valid/images/b.png": "", "valid/labels/b.txt": "0 0.5 0.5 0.25 0.5\n",
    ],
    [
      "train/_annotations.coco.json": coco, "train/a.png": "",
      "valid/_annotations.coco.json": coco, "valid/a.png": "",
    ],
    [
      "annotations/instances_train2017.json": coco, "train2017/a.png": "",
      "annotations/instances_val2017.json": coco, "val2017/a.png": "",
    ],
    ["train/a.png": "", "train/a.xml": xml], ["images/train/a.png": "", "images/train/a.xml": xml],
    ["train/a.png": "", "labels.csv": "filename,class,xmin,ymin,xmax,ymax\na.png,cat,1,2,3,4\n"],
  ]

  private func write(_ files: [String: String], to folder: String) throws {
    for (name, text) in files {
      let path = "\(folder)/\(name)"
      if name.isImagePath {
        try Fixtures.writeImage(path)
      } else {
        try Fixtures.write(text, to: path)
      }
    }
  }

  /// What is in a dataset and what is told of it.
  private func contents(_ path: String, in folder: String) throws -> [String] {
    let loader = try DatasetLoader(path: path)
    #expect(loader.sources[0].path == path)
    #expect(loader.sources[0].folder == folder)
    var lines = [loader.format.name]
    for split in try loader.splits() {
      let (dataset, report) = try loader.load(split: split)
      lines += dataset.images.map { image in
        "\(split) \(image.name) \(image.groundTruth.map(\.box.corners))"
      }
      lines += report.problems.map { "\($0)".replacingOccurrences(of: folder, with: "") }
      lines += report.changes.map { "\($0)" }.sorted()
    }
    return lines
  }

  @Test(arguments: datasets)
  func aFolderInAFolderIsReadAsItself(files: [String: String]) throws {
    try withFolder { folder in
      try write(files, to: folder + "/plain")
      try write(files, to: folder + "/wrapped/archive/my set")
      for junk in ["README.txt", "archive/LICENSE", ".DS_Store", "__MACOSX/archive/._a.png"] {
        try Fixtures.write("x", to: "\(folder)/wrapped/\(junk)")
      }
      let plain = try contents(folder + "/plain", in: folder + "/plain")
      #expect(plain.count > 1)
      let wrapped = try contents(
        folder + "/wrapped", in: folder + "/wrapped/archive/my set")
      #expect(wrapped == plain)
    }
  }

  // A folder called as a split, or as those of layouts, says something.
  @Test(arguments: ["train", "images", "VisDrone2019-DET-train", "test_set"])
  func aFolderWithAMeaningIsNotPassedOver(name: String) throws {
    try withFolder { folder in
      try write(["\(name)/a.png": "", "\(name)/a.xml": Self.xml], to: folder)
      #expect(try DatasetPlace(folder).folder == folder)
    }
  }

  @Test(arguments: ["a.xml", "a.png", "labels.csv", "classes.txt", "data.yaml", "x.record", "b/c"])
  func whatMayBelongToTheDatasetIsNotPassedOver(name: String) throws {
    try withFolder { folder in
      try Fixtures.write("x", to: "\(folder)/\(name)")
      try Fixtures.write("x", to: "\(folder)/archive/c.xml")
      #expect(try DatasetPlace(folder).folder == folder)
    }
  }

  @Test func aCircleOfLinksEnds() throws {
    try withFolder { folder in
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/again", withDestinationPath: folder)
      #expect(throws: DatasetError.self) { try DatasetLoader(path: folder) }
    }
  }
}
