import Foundation
import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// In every layout: an image that nobody labelled is left out, counted and named, and one that a
/// label file names without objects is there.
struct UnlistedImagesTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let format: DatasetFormat
    let texts: [String: String]
    /// Of the split `train`, from the dataset's folder.
    let listed: [String]
    /// Others that lie there.
    let others: [String]
    /// Those of them that are told, with the reason.
    let told: [String: String]

    var testDescription: String { format.name }
  }

  private static let unnamed = "no label file names it"
  private static let kitti = "Car 0 0 0 1 2 9 8 1 1 1 1 1 1 1\n"

  static let cases = [
    // YOLO itself says that an image of a split without a file has no objects.
    Case(
      format: .yolo,
      texts: [
        "data.yaml": "train: images/train\nval: list.txt\nnames: [cat]\n",
        "labels/train/1.txt": "0 0.5 0.5 0.1 0.1\n", "list.txt": "images/more/4.png\n",
      ],
      listed: ["images/train/1.png", "images/train/2.png"],
      others: ["images/more/1.png", "images/more/4.png", "3.png"],
      told: ["images/more/1.png": unnamed, "3.png": unnamed]),
    Case(
      format: .coco,
      texts: [
        "annotations/instances_train.json": #"""
        {"images": [{"id": 1, "file_name": "1.png"}, {"id": 2, "file_name": "2.png"}],
         "categories": [{"id": 1, "name": "cat"}],
         "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}]}
        """#,
        "annotations/instances_val.json": #"""
        {"images": [{"id": 1, "file_name": "4.png"}], "categories": [{"id": 1, "name": "cat"}],
         "annotations": []}
        """#,
      ],
      listed: ["train/1.png", "train/2.png"],
      others: ["images/4.png", "images/5.png", "val/1.png"],
      told: ["images/5.png": unnamed]),
    Case(
      format: .csv,
      texts: [
        "labels.csv": "filename,class,xmin,ymin,xmax,ymax\na/1.png,cat,1,2,3,4\na/2.png,,,,,\n"
      ],
      listed: ["a/1.png"], others: ["b/1.png"], told: ["b/1.png": unnamed]),
    Case(
      format: .folder,
      texts: [
        "train/1.xml": Fixtures.annotation(width: 40, height: 20, [("cat", ["1", "1", "5", "5"])])
      ],
      listed: ["train/1.png"], others: ["train/2.png", "test/3.png"],
      told: ["train/2.png": "no XML file of its name"]),
    Case(
      format: .kitti, texts: ["training/label_2/1.txt": kitti],
      listed: ["training/image_2/1.png"],
      others: ["training/image_2/2.png", "training/image_3/1.png", "testing/image_2/1.png"],
      told: [
        "training/image_2/2.png": "no label file of its name", "training/image_3/1.png": unnamed,
      ]),
    Case(
      format: .dota, texts: ["train/labelTxt/1.txt": "1 1 5 1 5 4 1 4 plane 1\n"],
      listed: ["train/images/1.png"], others: ["train/images/2.png"],
      told: ["train/images/2.png": "no label file of its name"]),
    Case(
      format: .cvat,
      texts: [
        "train.xml": #"""
        <annotations><version>1.1</version><meta/>
        <image id="0" name="1.png"><box label="cat" xtl="1" ytl="2" xbr="3" ybr="4"/></image>
        <image id="1" name="2.png"></image></annotations>
        """#
      ],
      listed: ["images/1.png", "images/2.png"], others: ["more/1.png"],
      told: ["more/1.png": unnamed]),
    Case(
      format: .widerFace,
      texts: [
        "wider_face_split/wider_face_train_bbx_gt.txt":
          "p/1.png\n1\n1 2 3 4 0 0 0 0 0 0\np/2.png\n0\n0 0 0 0 0 0 0 0 0 0\np/bad.png\nx\n"
      ],
      listed: ["WIDER_train/images/p/1.png", "WIDER_train/images/p/2.png"],
      others: ["WIDER_train/images/q/1.png", "WIDER_train/images/p/bad.png"],
      told: ["WIDER_train/images/q/1.png": unnamed]),
    Case(
      format: .via,
      texts: [
        "train.json": #"""
        {"1.png1": {"filename": "1.png", "size": 1, "regions": [{"shape_attributes":
          {"name": "rect", "x": 1, "y": 2, "width": 3, "height": 4},
          "region_attributes": {"class": "cat"}}]},
         "2.png1": {"filename": "2.png", "size": 1, "regions": []}}
        """#
      ],
      listed: ["1.png", "2.png"], others: ["more/1.png"], told: ["more/1.png": unnamed]),
  ]

  @Test(arguments: cases)
  func theyAreLeftOutAndNamed(layout: Case) throws {
    try withJSONFolder { folder in
      for (name, text) in layout.texts { try folder.write(text, to: name) }
      for name in layout.listed + layout.others { try folder.writeImages(name) }
      if layout.format == .csv { try folder.writeImages("a/2.png") }
      let loader = try DatasetLoader(path: folder.path)
      #expect(loader.format == layout.format)
      var found: Set<String> = []
      var told: [String: String] = [:]
      for split in try loader.splits() where split.hasPrefix("t") {
        let part = try loader.load(split: split, classNames: loader.classNames())
        if split.hasPrefix("train") || layout.format == .csv {
          found.formUnion(folder.files(part.dataset))
        }
        for problem in part.report.problems where problem.kind == .unlistedImage {
          let file = String(problem.file.dropFirst(folder.path.count + 1))
          #expect(told.updateValue(problem.reason, forKey: file) == nil, "told twice")
        }
      }
      #expect(found == Set(layout.listed + (layout.format == .csv ? ["a/2.png"] : [])))
      #expect(told == layout.told)
    }
  }

  // Two paths of one file, and a folder of images that the user names.
  @Test func linksAndOtherFoldersAreTheSameImages() throws {
    try withJSONFolder { folder in
      try folder.write(
        "filename,class,xmin,ymin,xmax,ymax\n1.png,cat,1,2,3,4\n", to: "data/train.csv")
      try folder.writeImages("photos/1.png", "photos/2.png")
      try FileManager.default.createSymbolicLink(
        atPath: folder.path + "/data/1.png", withDestinationPath: "../photos/1.png")
      let plain = try DatasetLoader(path: folder.path + "/data").load(split: "train")
      #expect(plain.dataset.images.count == 1 && plain.report == DatasetReport())
      for path in ["data", "data/train.csv"] {
        let (dataset, report) = try DatasetLoader(
          path: "\(folder.path)/\(path)",
          options: ReadingOptions(imageFolder: folder.path + "/photos")
        ).load(split: "train")
        #expect(folder.files(dataset) == ["photos/1.png"])
        #expect(folder.problems(report) == ["unlistedImage: photos/2.png: no label file names it"])
      }
    }
  }

  @Test func picturesOfOtherFormatsAreNamed() throws {
    try withJSONFolder { folder in
      try folder.write(
        "filename,class,xmin,ymin,xmax,ymax\n1.png,cat,1,2,3,4\nb.xcf,cat,1,2,3,4\n",
        to: "train.csv")
      try folder.writeImages("1.png")
      try folder.write("", to: "a.xcf")
      try folder.write("", to: "b.xcf")
      let (_, report) = try DatasetLoader(path: folder.path).load(split: "train")
      #expect(report.problems.map(\.kind) == [.unreadableImage, .unlistedImage])
      #expect(
        report.problems.map { ($0.file as NSString).lastPathComponent } == ["b.xcf", "a.xcf"])
      #expect(
        report.problems.last?.reason == "no label file names it, and its format is not read")
    }
  }

  /// Counts how often a split and an annotation are read.
  private final class Count: @unchecked Sendable {
    private let lock = NSLock()
    private var opened = 0
    private var read = 0
    func open() { lock.withLock { opened += 1 } }
    func note() { lock.withLock { read += 1 } }
    var both: [Int] { lock.withLock { [opened, read] } }
  }

  private static let count = Count()

  private struct Counted: LabelFormat {
    static let name = "counted"
    static let title = "counted"
    static let hallmark = "nothing"
    static let canHold: LabelContent = []
    private let folder: String

    static func recognize(_ place: DatasetPlace) -> Recognition { .fits }
    init(_ place: DatasetPlace, options: ReadingOptions) { folder = place.folder }
    func splits() -> [String] { ["train"] }

    func content(of split: String, report: inout DatasetReport) -> SplitContent {
      UnlistedImagesTests.count.open()
      report.add(.otherKind)
      return SplitContent(imageCount: 1) { [folder] _, report in
        UnlistedImagesTests.count.note()
        report.add(.polygon)
        return AnnotatedImage(
          name: "a", picture: .file(folder + "/a.png"), annotation: "a",
          objects: [
            AnnotatedObject(
              .name("cat"), .pixels(PixelBox(width: 3, height: 3)), place: "", written: "")
          ])
      }
    }
  }

  @Test func annotationsAreReadOnceForClassesAndImages() throws {
    try withJSONFolder { folder in
      try folder.writeImages("a.png")
      let loader = try DatasetLoader(path: folder.path, format: DatasetFormat(Counted.self))
      #expect(try loader.classNames() == ["cat"])
      let (dataset, report) = try loader.load(split: "train")
      #expect(dataset.images.count == 1)
      #expect(report.changes == [.otherKind: 1, .polygon: 1])
      #expect(Self.count.both == [1, 1])
      // It is not kept, so another look reads anew, and gives the same.
      #expect(try loader.load(split: "train").report == report)
      #expect(Self.count.both == [2, 2])
    }
  }
}
