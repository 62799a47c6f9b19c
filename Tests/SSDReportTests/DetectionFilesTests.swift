import Datasets
import Files
import Foundation
import ImageFiles
import MultiBox
import TestSupport
import Testing

@testable import SSDReport

struct DetectionFilesTests {
  private let names: ClassNames = ["cat", "a, \"big\" dog"]
  private let detections = [
    PixelDetection(
      box: PixelBox(xMin: 1.5, yMin: 2, xMax: 5, yMax: 8), classIndex: 2, score: 0.75),
    PixelDetection(
      box: PixelBox(xMin: -3, yMin: 0, xMax: 4, yMax: 3), classIndex: 1, score: 0.5),
  ]

  private func image(_ path: String) throws -> RGBImage {
    let image = RGBImage(width: 10, height: 8, pixels: (0..<240).map { UInt8($0) })
    try PNGFile.write(image, to: path)
    return image
  }

  private func json(_ path: String) throws -> [[String: Any]] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
  }

  // Before the first image is looked at; a class that is not kept does not matter.
  @Test func aClassThatLabelsCannotHoldIsRefusedAtTheBeginning() throws {
    try withFolder { folder in
      var request = DetectionFiles.Request()
      request.labels = (.kitti, folder + "/labels")
      let error = #expect(throws: FileError.self) {
        try DetectionFiles(request, images: [], classNames: names)
      }
      #expect(
        error?.reason.hasPrefix("KITTI's labels cannot hold the class a, \"big\" dog") == true)
      #expect(!FileManager.default.fileExists(atPath: folder + "/labels"))
      #expect(throws: Never.self) {
        try DetectionFiles(request, images: [], classNames: names, chosen: [1])
      }
    }
  }

  @Test func everyFileHoldsTheDetections() throws {
    try withFolder { folder in
      let path = folder + "/x.png"
      let pixels = try image(path)
      var request = DetectionFiles.Request()
      request.results = folder + "/r.json"
      request.table = folder + "/t.csv"
      request.crops = folder + "/crops"
      request.labels = (.voc, folder + "/labels")
      var files = try DetectionFiles(request, images: [path], classNames: names)
      try files.add(detections, in: pixels, path: path)
      #expect(try files.finish().count == 4)

      let results = try json(folder + "/r.json")
      #expect(results.map { $0["image_id"] as? Int } == [1, 1])
      #expect(results.map { $0["category_id"] as? Int } == [2, 1])
      #expect(results.map { $0["bbox"] as? [Double] } == [[1.5, 2, 3.5, 6], [-3, 0, 7, 3]])
      #expect(results.map { $0["score"] as? Double } == [0.75, 0.5])
      #expect(
        try TextFile(folder + "/t.csv").lines == [
          "image,class,score,xmin,ymin,xmax,ymax",
          "\(path),\"a, \"\"big\"\" dog\",0.75,1.5,2.0,5.0,8.0", "\(path),cat,0.5,-3.0,0.0,4.0,3.0",
        ])
      // Whole pixels around the box: columns 1…4 and rows 2…7; columns 0…3 and rows 0…2.
      let crop = try ImageFile.read(folder + "/crops/x-1-a, \"big\" dog.png")
      #expect(crop.width == 4 && crop.height == 6)
      #expect(crop.pixels.prefix(3) == pixels.pixels[63..<66])
      let other = try ImageFile.read(folder + "/crops/x-2-cat.png")
      #expect(other.width == 4 && other.height == 3)
      let labels = try DatasetLoader(path: folder + "/labels").load(
        split: "train", classNames: names)
      #expect(labels.report.problems.isEmpty)
      #expect(
        labels.dataset.images[0].groundTruth.map(\.box) == [
          PixelBox(xMin: 1.5, yMin: 2, xMax: 5, yMax: 8),
          PixelBox(xMin: 0, yMin: 0, xMax: 4, yMax: 3),
        ])
      #expect(labels.dataset.images[0].groundTruth.map(\.classIndex) == [2, 1])
    }
  }

  // Numbers that images are called are their ids, and others follow them; those of a ground truth
  // come before.
  @Test func idsAreTakenFromNamesOrFromTheGroundTruth() throws {
    try withFolder { folder in
      func ids(_ paths: [String], _ groundTruth: String?) throws -> [Int?] {
        var writer = try COCOResultsWriter(
          images: paths, classNames: ["cat"], groundTruth: groundTruth)
        let detection = PixelDetection(
          box: PixelBox(xMin: 0, yMin: 0, xMax: 1, yMax: 1), classIndex: 1, score: 1)
        for path in paths { writer.add([detection], image: path) }
        try writer.write(to: folder + "/r.json")
        return try json(folder + "/r.json").flatMap {
          [$0["image_id"] as? Int, $0["category_id"] as? Int]
        }
      }
      #expect(try ids(["a/000000000139.jpg", "a/7.jpg"], nil) == [139, 1, 7, 1])
      #expect(
        try ids(["a/b.jpg", "a/000000000139.jpg", "c.jpg"], nil) == [140, 1, 139, 1, 141, 1])
      #expect(try ids(["a/b.jpg", "a/c.jpg"], nil) == [1, 1, 2, 1])
      #expect(try ids(["\(Int.max).jpg", "a/c.jpg"], nil) == [1, 1, 2, 1])
      #expect(try ids(["a/7.jpg", "b/7.jpg"], nil) == [1, 1, 2, 1])
      let truth = folder + "/truth.json"
      try Data(
        #"""
        {"images": [{"id": 44, "file_name": "x/7.jpg"}], "annotations": [],
         "categories": [{"id": 18, "name": "cat"}]}
        """#.utf8
      ).write(to: URL(fileURLWithPath: truth))
      #expect(try ids(["a/7.jpg"], truth) == [44, 18])
      let error = #expect(throws: FileError.self) { try ids(["a/8.jpg"], truth) }
      #expect(error?.description == "\(truth): images: no file_name 8.jpg")
      let twice = #expect(throws: FileError.self) { try ids(["a/7.jpg", "b/7.jpg"], truth) }
      #expect(
        twice?.description == "b/7.jpg: has the file_name of a/7.jpg, so they have one id")
    }
  }

  @Test(
    arguments: [
      (["139.jpg", "7.jpg"], nil),
      ([], "image_id: the place among the images: none is called a number"),
      (["a.jpg"], "image_id: the place among the images: none is called a number"),
      (
        ["a/7.jpg", "b/007.png", "x.jpg"], "image_id: the place among the images: two are called 7"
      ),
      (
        ["5.jpg", "x.jpg", "2.jpg"],
        "image_id: the number that the image is called; 1 of 3 are not called one and follow the"
          + " highest, from x.jpg with 6"
      ),
    ] as [([String], String?)])
  func idsThatAreNoNamesAreTold(images: [String], note: String?) throws {
    #expect(try COCOResultsWriter(images: images, classNames: names).note == note)
  }

  @Test func anImageThatIsNamedTwiceWouldCountTwice() throws {
    let error = #expect(throws: FileError.self) {
      try COCOResultsWriter(images: ["a.png", "b.png", "a.png"], classNames: names)
    }
    #expect(
      error
        == FileError(path: "a.png", reason: "is named twice, and its results would count twice"))
  }

  @Test func outputsDoNotMeetAndTheirFoldersAreMade() throws {
    try withFolder { folder in
      let path = folder + "/x.png"
      let pixels = try image(path)
      var request = DetectionFiles.Request()
      request.results = folder + "/new/r.json"
      request.table = folder + "/new/./r.json"
      let error = #expect(throws: FileError.self) {
        try DetectionFiles(request, images: [path], classNames: names)
      }
      #expect(error?.reason == "expected a path for each output, found one for two")
      request.table = folder + "/new/deep/t.csv"
      request.crops = folder + "/new/crops"
      var files = try DetectionFiles(
        request, images: [path], classNames: ["../a\nb", "c"])
      try files.add(detections, in: pixels, path: path)
      _ = try files.finish()
      #expect(FileManager.default.fileExists(atPath: folder + "/new/deep/t.csv"))
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder + "/new/crops").sorted()
          == ["x-1-c.png", "x-2-.._a_b.png"])
    }
  }

  // What is written at the end would replace what was cut out or labelled.
  @Test func noOutputLiesInAFolderThatAnotherFills() throws {
    try withFolder { folder in
      let path = folder + "/x.png"
      _ = try image(path)
      func reason(_ change: (inout DetectionFiles.Request) -> Void) throws -> String? {
        var request = DetectionFiles.Request()
        request.crops = folder + "/crops"
        request.labels = (.voc, folder + "/labels")
        change(&request)
        do {
          _ = try DetectionFiles(request, images: [path], classNames: names)
          return nil
        } catch let error as FileError { return error.reason }
      }
      func inside(_ name: String) -> String {
        "lies in \(folder)/\(name), which another output fills; name another"
      }
      #expect(try reason { $0.table = folder + "/crops/x-1-cat.png" } == inside("crops"))
      #expect(try reason { $0.results = folder + "/labels/r.json" } == inside("labels"))
      #expect(try reason { $0.pictures = folder + "/labels/JPEGImages" } == inside("labels"))
      #expect(try reason { $0.crops = folder + "/labels/crops" } == inside("labels"))
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder) == ["x.png"])
      #expect(try reason { $0.pictures = folder } == nil)
    }
  }

  // A run's configuration and COCO's annotations are JSON too, and labels may be a table.
  @Test func aFileOfAnotherKindIsNotWrittenOver() throws {
    try withFolder { folder in
      let path = folder + "/x.png"
      let pixels = try image(path)
      let others = [
        "configuration.json": #"{"version": 2}"#, "createml.json": #"[{"image": "x.png"}]"#,
        "x.xml": "<annotation/>", "labels.csv": "filename,xmin,ymin,xmax,ymax,class\n",
      ]
      for (name, text) in others {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      }
      try FileManager.default.createDirectory(
        atPath: folder + "/folder", withIntermediateDirectories: false)
      let kinds = [
        (\DetectionFiles.Request.results, "COCO results", "r.json"),
        (\.table, "a table of detections", "t.csv"),
      ]
      for (key, kind, own) in kinds {
        var request = DetectionFiles.Request()
        for name in others.keys.sorted() + ["x.png", "folder"] {
          request[keyPath: key] = "\(folder)/\(name)"
          let error = #expect(throws: FileError.self) {
            try DetectionFiles(request, images: [], classNames: names)
          }
          #expect(
            error?.reason == "expected a new file or \(kind), found another; not written over")
        }
        request[keyPath: key] = "\(folder)/\(own)"
        // Its own of the last time it writes over, unless the detector is made of it.
        for _ in 0..<2 {
          var files = try DetectionFiles(request, images: [path], classNames: names)
          try files.add(detections, in: pixels, path: path)
          #expect(try files.finish() == ["\(folder)/\(own)"])
        }
        #expect(throws: FileError.self) {
          try DetectionFiles(
            request, images: [], inputs: ["\(folder)/./\(own)"], classNames: names)
        }
      }
    }
  }

  @Test func whatIsReadIsNotWritten() throws {
    try withFolder { folder in
      let path = folder + "/x.png"
      _ = try image(path)
      for key in [\DetectionFiles.Request.results, \.table] {
        var request = DetectionFiles.Request()
        request[keyPath: key] = folder + "/../" + (folder as NSString).lastPathComponent + "/x.png"
        let error = #expect(throws: FileError.self) {
          try DetectionFiles(request, images: [path], classNames: names)
        }
        #expect(error?.reason == "is read here, so it cannot be written")
      }
      for folderRequest in [folder] {
        var request = DetectionFiles.Request()
        request.crops = folderRequest
        #expect(throws: FileError.self) {
          try DetectionFiles(request, images: [path], classNames: names)
        }
        request = DetectionFiles.Request()
        request.labels = (.yolo, folderRequest)
        #expect(throws: FileError.self) {
          try DetectionFiles(request, images: [path], classNames: names)
        }
      }
    }
  }
}
