import Files
import Foundation
import ImageFiles
import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// Tables of labels in their dialects. All boxes by hand; images are 40 × 20.
struct CSVFormatTests {
  /// Writes tables and images, loads a split and gives what is in it.
  private func load(
    _ files: [String: String], images: [String], split: String = "train", path: String = "",
    options: ReadingOptions = ReadingOptions()
  ) throws -> Loaded {
    try withFolder { folder in
      for (name, text) in files { try Fixtures.write(text, to: "\(folder)/\(name)") }
      for name in images { try Fixtures.writeImage("\(folder)/\(name)") }
      let loader = try DatasetLoader(
        path: path.isEmpty ? folder : "\(folder)/\(path)", options: options)
      #expect(loader.format == .csv)
      let (dataset, report) = try loader.load(split: split)
      return Loaded(
        splits: try loader.splits(), seeded: try loader.seededSplit(),
        names: Array(dataset.classNames), images: dataset.images, report: report,
        problems: report.problems.map {
          "\($0.file): \($0.reason)".replacingOccurrences(of: folder + "/", with: "")
        })
    }
  }

  private struct Loaded {
    let splits: [String]
    let seeded: String?
    let names: [String]
    let images: [DatasetImage]
    let report: DatasetReport
    let problems: [String]

    var boxes: [String: [LabeledPixelBox]] {
      Dictionary(images.map { ($0.name, $0.groundTruth) }, uniquingKeysWith: +)
    }
  }

  private func labeled(
    _ xMin: Double, _ yMin: Double, _ xMax: Double, _ yMax: Double, _ classIndex: Int = 1,
    isCrowd: Bool = false
  ) -> LabeledPixelBox {
    LabeledPixelBox(
      box: PixelBox(xMin: xMin, yMin: yMin, xMax: xMax, yMax: yMax), classIndex: classIndex,
      isCrowd: isCrowd)
  }

  /// Each dialect says: in a.png a cat of [4, 2, 20, 12] and a dog of [10, 5, 30, 15].
  @Test(arguments: [
    (
      "train_labels.csv",
      "filename,width,height,class,xmin,ymin,xmax,ymax\na.png,40,20,cat,4,2,20,12\n"
        + "a.png,40,20,dog,10,5,30,15\n"
    ),
    (
      "train/_annotations.csv",
      "Class,XMin,YMin,XMax,YMax,Filename,Width,Height\r\ncat,4,2,20,12,a.png,40,20\r\n"
        + "dog,10,5,30,15,a.png,40,20\r\n"
    ),
    (
      "train.csv",
      "\u{FEFF}filename;width;height;class;xmin;ymin;xmax;ymax\na.png;40;20;cat;4;2;20;12\n"
        + "a.png;40;20;dog;10;5;30;15\n"
    ),
    ("annotations_train.csv", "images/a.png,4,2,20,12,cat\nimages/a.png,10,5,30,15,dog\n"),
    (
      "train.csv",
      "\"image\",\"xmin\",\"ymin\",\"xmax\",\"ymax\",\"label\"\n"
        + "\"a.png\",4.0,2.0,20.0,12.0,\"cat\"\n\"a.png\",10,5,30,15,\"dog\"\n"
    ),
    (
      "train-annotations-bbox.csv",
      "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,"
        + "IsDepiction,IsInside\na,xclick,cat,1,0.1,0.5,0.1,0.6,-1,0,0,0,0\n"
        + "a,xclick,dog,1,0.25,0.75,0.25,0.75,0,0,0,0,0\n"
    ),
    (
      "train.csv",
      "image_id,width,height,bbox,source,label\na,40,20,\"[4.0, 2.0, 16.0, 10.0]\",x,cat\n"
        + "a,40,20,\"[10, 5, 20, 10]\",x,dog\n"
    ),
    ("train.csv", "cat,4,2,16,10,a.png,40,20\ndog,10,5,20,10,a.png,40,20\n"),
    (
      "train.csv",
      "label_name,bbox_x,bbox_y,bbox_width,bbox_height,image_name,image_width,image_height\n"
        + "cat,4,2,16,10,a.png,40,20\ndog,10,5,20,10,a.png,40,20\n"
    ),
    ("train.csv", "image,x,y,width,height,name\na.png,4,2,16,10,cat\na.png,10,5,20,10,dog\n"),
    (
      "train.csv",
      "image_name,x_center,y_center,box_width,box_height,label\na.png,12,7,16,10,cat\n"
        + "a.png,20,10,20,10,dog\n"
    ),
    ("train.csv", "image,cx,cy,width,height,name\na.png,12,7,16,10,cat\na.png,20,10,20,10,dog\n"),
    (
      "train.csv",
      "filename,width,height,class,xmin,ymin,box_w,box_h\na.png,40,20,cat,4,2,16,10\n"
        + "a.png,40,20,dog,10,5,20,10\n"
    ),
    // Two boxes of an image differ in them: they are not the image's.
    ("train.csv", "file,height,label,width,x,y\na.png,10,cat,16,4,2\na.png,10,dog,20,10,5\n"),
    ("train.csv", "picture,x0,y0,x1,y1,label\na.png,4,2,20,12,cat\na.png,10,5,30,15,dog\n"),
    ("train.csv", "file_path,kind,xtl,ytl,xbr,ybr\na.png,cat,4,2,20,12\na.png,dog,10,5,30,15\n"),
    (
      "train.csv",
      "filename,label,class,xmin,ymin,xmax,ymax\na.png,cat,0,4,2,20,12\na.png,dog,1,10,5,30,15\n"
    ),
    (
      "all.csv",
      "TRAIN,gs://bucket/a.png,cat,0.1,0.1,,,0.5,0.6,,\nTRAINING,gs://bucket/a.png,dog,"
        + "0.25,0.25,0.75,0.25,0.75,0.75,0.25,0.75\n"
    ),
  ])
  func everyDialectSaysTheSame(file: String, text: String) throws {
    let loaded = try load([file: text], images: ["images/a.png"])
    #expect(loaded.splits == ["train"])
    #expect(loaded.seeded == nil)
    #expect(loaded.names == ["cat", "dog"])
    #expect(loaded.boxes == ["a": [labeled(4, 2, 20, 12), labeled(10, 5, 30, 15, 2)]])
    #expect(loaded.problems.isEmpty)
  }

  @Test func openImagesCodesGetTheirNamesAndGroupsAreCrowds() throws {
    let loaded = try load(
      [
        "validation-annotations-bbox.csv":
          "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,"
          + "IsGroupOf\n0a,activemil,/m/01yrx,1,0.1,0.5,0.1,0.6,0,0,1\n"
          + "0a,activemil,/m/0bt9lr,1,0.25,0.75,0.25,0.75,-1,-1,-1\n",
        "class-descriptions-boxable.csv": "/m/0bt9lr,Dog\n/m/01yrx,Cat\n/m/011k07,\"A, B\"\n",
      ], images: ["validation/0a.png"], split: "validation")
    #expect(loaded.names == ["Cat", "Dog"])
    #expect(
      loaded.boxes == [
        "0a": [labeled(4, 2, 20, 12, isCrowd: true), labeled(10, 5, 30, 15, 2)]
      ])
    #expect(loaded.problems.isEmpty)
  }

  @Test func retinaNetsClassesAreInTheOrderOfTheirNumbers() throws {
    let loaded = try load(
      [
        "train.csv": "/data/a.png,4,2,20,12,dog\n/data/b.png,,,,,\n/data/a.png,4,2,20,12,fox\n",
        "classes.csv": "cat,1\ndog,0\ncow,2\n",
      ], images: ["data/a.png", "data/b.png"])
    #expect(loaded.names == ["dog", "cat", "cow"])
    #expect(loaded.boxes == ["a": [labeled(4, 2, 20, 12)], "b": []])
    #expect(
      loaded.problems == ["train.csv: line 3: expected one of dog, cat, cow, found fox"])
  }

  // Numbers that are not 0, 1, 2, columns in either order, and a table that says number and name.
  @Test(arguments: [
    ("class_id", "cat,7\ndog,3\n"), ("label_id", "7,cat\n3,dog\n"),
    ("category_id", "id,name\n3,dog\n7,cat\n"), ("class", "name,id\ncat,7\ndog,3\n"),
  ])
  func numbersOfClassesGetTheirNames(column: String, classes: String) throws {
    let loaded = try load(
      [
        "train.csv": "filename,xmin,ymin,xmax,ymax,\(column)\na.png,4,2,20,12,7\n"
          + "a.png,1,2,3,4,3\na.png,1,2,3,5,4\n",
        "classes.csv": classes,
      ], images: ["a.png"])
    #expect(loaded.names == ["dog", "cat"])
    #expect(loaded.boxes == ["a": [labeled(4, 2, 20, 12, 2), labeled(1, 2, 3, 4, 1)]])
    #expect(loaded.problems == ["train.csv: line 4: expected one of dog, cat, found 4"])
  }

  // In a column of names both are names.
  @Test(arguments: [("class_id", ["1"]), ("class", ["1", "1.0"])])
  func aNumberWithDecimalsIsTheSameClass(column: String, names: [String]) throws {
    let header = "filename,xmin,ymin,xmax,ymax,\(column)\n"
    let loaded = try load(
      [
        "train/x.csv": header + "a.png,4,2,20,12,1\n",
        "train/y.csv": header + "a.png,1,2,3,4,1.0\na.png,,,,,\n",
      ], images: ["train/a.png"])
    #expect(loaded.names == names)
    #expect(loaded.boxes == ["a": [labeled(4, 2, 20, 12), labeled(1, 2, 3, 4, names.count)]])
    #expect(loaded.problems.isEmpty)
  }

  @Test func aNameCountsMoreThanANumber() throws {
    let loaded = try load(
      [
        "train.csv": "filename,xmin,ymin,xmax,ymax,class,class_id\na.png,4,2,20,12,3,7\n",
        "classes.csv": "3,7\n7,3\n",
      ], images: ["a.png"])
    #expect(loaded.names == ["7", "3"])
    #expect(loaded.boxes == ["a": [labeled(4, 2, 20, 12, 2)]])
  }

  // Two folders that number their images alike: the place that was found counts, not the name.
  @Test func anImageOfAKnownNameInAnotherFolderIsNamed() throws {
    let text = "filename,class,xmin,ymin,xmax,ymax\na/1.png,cat,1,2,3,4\n"
    let loaded = try load(["train.csv": text], images: ["a/1.png", "b/1.png"])
    #expect(loaded.images.map(\.name) == ["1"])
    #expect(loaded.problems == ["b/1.png: no label file names it"])
  }

  // A look at each image for each row would take some minutes.
  @Test func manyFoldersOfImagesOfOneNameAreIndexedInNoTime() throws {
    try withFolder { folder in
      let count = 20_000
      for index in 0..<count {
        try Fixtures.write("", to: "\(folder)/\(index % 2 == 0 ? "train" : "val")/\(index)/0.png")
      }
      let rows = (0..<count).map { "\($0)/0.png,cat,1,2,3,4\n" }
      try Fixtures.write(
        "filename,class,xmin,ymin,xmax,ymax\n" + rows.joined(), to: folder + "/labels.csv")
      let start = ContinuousClock.now
      let loader = try DatasetLoader(path: folder)
      #expect(try loader.splits() == ["train", "val"])
      #expect(start.duration(to: .now) < .seconds(40))
    }
  }

  @Test func aTableWithoutAClassHasOne() throws {
    let loaded = try load(
      [
        "train.csv": "image_id,width,height,bbox,source\na,40,20,\"[4, 2, 16, 10]\",usask_1\n",
        "sample_submission.csv": "image_id,PredictionString\na,\n",
      ], images: ["train/a.png", "train/b.png"])
    #expect(loaded.names == ["object"])
    #expect(loaded.boxes == ["a": [labeled(4, 2, 20, 12)]])
    #expect(loaded.problems == ["train/b.png: no label file names it"])
  }

  // 1-based pixels that belong to the box, which a table copied from VOC's files has.
  @Test func theFirstPixelIsTheUsersWord() throws {
    let text = "filename,width,height,class,xmin,ymin,xmax,ymax\na.png,40,20,cat,4,2,20,12\n"
    for (firstPixel, box) in [
      (Int?.none, labeled(4, 2, 20, 12)), (0, labeled(4, 2, 20, 12)), (1, labeled(3, 1, 20, 12)),
    ] {
      let loaded = try load(
        ["train.csv": text], images: ["a.png"], options: ReadingOptions(firstPixel: firstPixel))
      #expect(loaded.boxes == ["a": [box]])
    }
  }

  @Test func boxesOfLessThanAPixelAreSharesOfTheImage() throws {
    let text = "filename,class,xmin,ymin,xmax,ymax\na.png,cat,0.1,0.1,0.5,0.6\nb.png,cat,0,0,1,1\n"
    let loaded = try load(["train.csv": text], images: ["a.png", "b.png"])
    #expect(loaded.boxes == ["a": [labeled(4, 2, 20, 12)], "b": [labeled(0, 0, 40, 20)]])
    #expect(loaded.report.changes == [.sharesOfImage: 2])
    let pixel = try load(
      ["train.csv": "filename,class,xmin,ymin,xmax,ymax\nb.png,cat,0,0,1,1\n"], images: ["b.png"])
    #expect(pixel.boxes == ["b": [labeled(0, 0, 1, 1)]])
  }

  // 1.02 · 40 is 40.8, and −0.01 · 20 is −0.2: cut at the border.
  @Test(arguments: [
    "filename,class,xmin,ymin,xmax,ymax\na.png,cat,0.1,-0.01,1.02,0.6\nb.png,cat,0,0,0.5,1\n",
    "filename,class,x,y,width,height\na.png,cat,0.1,-0.01,0.92,0.61\nb.png,cat,0,0,0.5,1\n",
    "filename,class,bbox\na.png,cat,\"[0.1, -0.01, 0.92, 0.61]\"\nb.png,cat,\"[0, 0, 0.5, 1]\"\n",
    "image_id,label_name,xmin,ymin,xmax,ymax\na,cat,0.1,-0.01,1.02,0.6\nb,cat,0,0,0.5,1\n",
    "ImageID,LabelName,XMin,XMax,YMin,YMax\na,cat,0.1,1.02,-0.01,0.6\nb,cat,0,0.5,0,1\n",
  ])
  func sharesMayBeALittleOutside(table: String) throws {
    let loaded = try load(["train.csv": table], images: ["a.png", "b.png"])
    #expect(loaded.boxes == ["a": [labeled(4, 0, 40, 12)], "b": [labeled(0, 0, 20, 20)]])
    #expect(loaded.report.changes == [.sharesOfImage: 2, .clippedBox: 1])
    #expect(loaded.problems.isEmpty)
  }

  // One box of pixels says that all are, and those that might be shares are told.
  @Test func boxesOfLessThanAPixelThatAreNoSharesAreTold() throws {
    let header = "filename,class,xmin,ymin,xmax,ymax\n"
    let small = header + "a.png,cat,10.5,2.25,11,3\na.png,cat,0.5,0.25,1,1\n"
    let loaded = try load(["train.csv": small], images: ["a.png"])
    #expect(loaded.boxes == ["a": [labeled(10.5, 2.25, 11, 3), labeled(0.5, 0.25, 1, 1)]])
    #expect(loaded.report.changes.isEmpty)
    #expect(
      loaded.problems == [
        "train.csv: all 2 boxes are smaller than a pixel, and no shares of the image, 0…1"
      ])
    let mixed = try load(["train.csv": small + "a.png,cat,4,2,20,12\n"], images: ["a.png"])
    #expect(
      mixed.problems == [
        "train.csv: 1 of 3 boxes are smaller than a pixel, as shares of the image are, beside"
          + " others of pixels, line 3 the first"
      ])
    #expect(mixed.boxes["a"]?.first == labeled(10.5, 2.25, 11, 3))
  }

  // Open Images has columns of its own besides.
  @Test func namesOfColumnsAloneAreNotOpenImages() throws {
    let loaded = try load(
      ["train.csv": "image_id,label_name,xmin,ymin,xmax,ymax\na,cat,4,2,20,12\n"],
      images: ["train/a.png"])
    #expect(loaded.boxes == ["a": [labeled(4, 2, 20, 12)]])
    #expect(loaded.problems.isEmpty)
  }

  // MARK: What is not understood

  @Test func aRowThatIsNotUnderstoodLeavesItsImageOutAndIsNamed() throws {
    let rows = [
      "filename,width,height,class,xmin,ymin,xmax,ymax", "a.png,40,20,cat,4,2,20,12",
      "b.png,40,20,cat,4,2,twenty,12", "b.png,40,20,cat,4,2,20,12", "c.png,40,20,cat,4,2,,12",
      "d.png,40,20,,4,2,20,12", "e,f.png,40,20,cat,4,2,20,12", ",40,20,cat,4,2,20,12",
      "\"g.png,40,20,cat,4,2,20,12", "a.png,40,20,cat,4,2,20,12", "h.png,40,20,cat,4,2",
      "i.png,40,20,cat,4,2,20,12", "i.png,41,20,cat,4,2,20,12", "j.png,40,20,cat,4,2,nan,12",
      "k.png,40,20,cat,20,2,4,12", "l.png,40,20,cat,4,2,99,12,,", "m.png,,,cat,4,2,20,12",
      "gone.png,40,20,cat,4,2,20,12", "n.png,20,20,cat,4,2,20,12",
    ]
    let names = ["a", "b", "c", "d", "f", "g", "h", "i", "j", "k", "l", "m", "n"]
    let loaded = try load(
      ["train_labels.csv": rows.joined(separator: "\n")], images: names.map { "train/\($0).png" })
    #expect(loaded.images.map(\.name) == ["a", "k", "l", "m"])
    #expect(
      loaded.boxes == [
        "a": [labeled(4, 2, 20, 12)], "k": [], "l": [labeled(4, 2, 40, 12)],
        "m": [labeled(4, 2, 20, 12)],
      ])
    #expect(loaded.report.changes == [.clippedBox: 1])
    let size = "n.png: 40 × 20; train_labels.csv says 20 × 20"
    #expect(
      Set(loaded.problems) == [
        "train_labels.csv: line 3: expected xmin, ymin, xmax, ymax, found 4, 2, twenty, 12",
        "train_labels.csv: line 5: expected xmin, ymin, xmax, ymax, found 4, 2, , 12",
        "train_labels.csv: line 6: expected a class, found none",
        "train_labels.csv: line 7: expected 8 fields, found 9",
        "train_labels.csv: line 8: expected the name of an image, found none",
        "train_labels.csv: line 9: a quote that is never closed",
        "train_labels.csv: line 10: cat [4, 2, 20, 12] a second time, as line 2",
        "train_labels.csv: line 11: expected 8 fields, found 6",
        "train_labels.csv: line 13: 41 × 20, and line 12 says 40 × 20",
        "train_labels.csv: line 14: expected xmin, ymin, xmax, ymax, found 4, 2, nan, 12",
        "train_labels.csv: line 15: cat [20, 2, 4, 12] has swapped corners, or a negative side",
        "gone.png: no such image of train_labels.csv", "train/" + size,
        "train/f.png: no label file names it", "train/g.png: no label file names it",
      ])
    #expect(loaded.problems.count == 15)
  }

  @Test(arguments: [
    ("cat,0\ndog\n", "line 2: expected a class and its number, found 1 fields"),
    ("cat,0\ndog,0\n", "line 2: number 0 a second time, as line 1"),
    ("name,id\ncat,0\ndog,one\n", "line 3: expected a number, found one"),
  ])
  func aBrokenListOfClassesIsNamed(text: String, message: String) throws {
    try withFolder { folder in
      try Fixtures.write("a.png,1,2,3,4,cat\n", to: folder + "/train.csv")
      try Fixtures.write(text, to: folder + "/classes.csv")
      let error = #expect(throws: (any Error).self) { try DatasetLoader(path: folder) }
      #expect("\(try #require(error))" == "\(folder)/classes.csv: \(message)")
    }
  }

  @Test func aTableOfSomethingElseIsNearAndNamed() throws {
    try withFolder { folder in
      try Fixtures.write("epoch,loss\n1,2\n", to: folder + "/log.csv")
      try Fixtures.writeImage(folder + "/a.png")
      let error = #expect(throws: DatasetError.self) { try DatasetLoader(path: folder) }
      let text = try #require(error).description
      #expect(
        text.contains(
          "CSV: log.csv: expected columns for image, class and corners, as"
            + " filename,width,height,class,xmin,ymin,xmax,ymax, found epoch,loss"), "\(text)")
    }
  }

  // Guessed by their places, numbers of a header would be boxes of other corners; half of a second
  // corner is no reason to take the image's size for the box's.
  @Test(arguments: [
    "picture,row0,row1,col0,col1,label\na.png,10,15,20,30,x",
    "picture,x0,y0,w0,h0,label\na.png,1,2,3,4,x",
    "filename,score,x,y,size,label\na.png,0.9,1,2,3,x",
    "image,col_max,row_max,col_min,row_min,label\na.png,9,8,1,2,x",
    "filename,width,height,class,xmin,ymin,xmax,ymx\na.png,40,20,x,1,2,3,4",
    "filename,class,xmin,ymin,xmax,width,height\na.png,x,1,2,3,40,20",
    "image,width,height,label,x,y,dx,dy\na.png,40,20,x,1,2,3,4\na.png,40,20,x,5,2,3,4",
    "filename,width,height,class,x,y\na.png,40,20,x,1,2\nb.png,40,30,x,1,2",
    "filename,width,height,class,x,y,xcenter,ycenter\na.png,40,20,x,1,2,3,4",
  ])
  func aHeaderWithoutABoxIsNearAndNamed(text: String) throws {
    try withFolder { folder in
      try Fixtures.write(text + "\n", to: folder + "/train.csv")
      try Fixtures.writeImage(folder + "/a.png")
      let error = #expect(throws: DatasetError.self) { try DatasetLoader(path: folder) }
      let found =
        "CSV: train.csv: expected columns for image, class and corners, as"
        + " filename,width,height,class,xmin,ymin,xmax,ymax, found \(text.prefix { $0 != "\n" })"
      #expect(try #require(error).description.contains(found), "\(error?.description ?? "")")
    }
  }

  // Beside a table that is read; a table of something else is none that is lost.
  @Test(arguments: [
    ("", "expected labels, found an empty file"),
    (
      "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
      "expected labels, found a pointer of Git LFS in their place (git lfs pull)"
    ),
    (
      "filename,class,xc,yc,xs,ys\nb.png,cat,40,1,60,20\n",
      "expected columns for image, class and corners, as"
        + " filename,width,height,class,xmin,ymin,xmax,ymax, found filename,class,xc,yc,xs,ys"
    ),
    ("epoch,loss,box,map,recall\n1,2,3,4,5\n", nil), ("filename,fold\nb.png,3\n", nil),
  ])
  func aTableThatIsLostIsTold(text: String, reason: String?) throws {
    let loaded = try load(
      [
        "train.csv": "filename,class,xmin,ymin,xmax,ymax\na.png,cat,1,2,3,4\n", "more.csv": text,
      ], images: ["a.png", "b.png"])
    #expect(loaded.splits == ["train"])
    #expect(loaded.boxes == ["a": [labeled(1, 2, 3, 4)]])
    #expect(
      loaded.problems
        == (reason.map {
          ["more.csv: \($0)", "b.png: no label file that can be read names it"]
        } ?? ["b.png: no label file names it"]))
  }

  // As a spreadsheet writes it: ü is one byte.
  @Test func aTableThatIsNoTextIsTold() throws {
    try withFolder { folder in
      let header = "filename,class,xmin,ymin,xmax,ymax\n"
      let latin = try #require((header + "a.png,Tür,1,2,3,4\n").data(using: .isoLatin1))
      try Fixtures.writeImage(folder + "/a.png")
      try latin.write(to: URL(fileURLWithPath: folder + "/doors.csv"))
      let error = #expect(throws: DatasetError.self) { try DatasetLoader(path: folder) }
      #expect(
        try #require(error).description.contains("CSV: doors.csv: line 2: not UTF-8 text"))
      try Fixtures.write(header + "a.png,cat,1,2,3,4\n", to: folder + "/train.csv")
      let (dataset, report) = try DatasetLoader(path: folder).load(split: "train")
      #expect(dataset.classNames == ["cat"])
      #expect(
        report.problems == [
          DatasetProblem(
            kind: .unreadableAnnotation, file: folder + "/doors.csv",
            reason: "line 2: not UTF-8 text")
        ])
      let strict = #expect(throws: DatasetError.self) {
        try DatasetLoader(path: folder, isStrict: true).load(split: "train")
      }
      #expect(try #require(strict).description.contains("doors.csv: line 2: not UTF-8 text"))
    }
  }

  // MARK: Splits

  @Test(arguments: [
    (["train.csv", "test.csv"], ["test", "train"]),
    (["train_labels.csv", "val-labels.csv"], ["train", "val"]),
    (["annotations/annotations_train2017.csv"], ["train2017"]),
    (["train/_annotations.csv", "valid/_annotations.csv"], ["train", "valid"]),
    (["oidv6-train-annotations-bbox.csv"], ["train"]),
    (["train.csv", "more_labels.csv"], ["more", "train"]),
    (["cats.csv", "dogs_labels.csv"], ["test", "train"]),
    (["labels.csv"], ["test", "train"]), (["train_all.csv"], ["train"]),
  ])
  func namesOfFilesAndFoldersAreSplits(files: [String], splits: [String]) throws {
    try withFolder { folder in
      for file in files {
        try Fixtures.write(
          "filename,class,xmin,ymin,xmax,ymax\na.png,cat,1,2,3,4\n", to: "\(folder)/\(file)")
      }
      let loader = try DatasetLoader(path: folder)
      #expect(try loader.splits() == splits)
      #expect(
        (try loader.seededSplit() != nil)
          == (files != ["train.csv", "test.csv"] && splits == ["test", "train"]))
    }
  }

  // A table for each class, a table for each batch.
  @Test func tablesOfTheSamePicturesAreJoined() throws {
    let text = "filename,class,xmin,ymin,xmax,ymax\n"
    let files = [
      "cats.csv": text + "a.png,cat,1,2,3,4\nb.png,cat,1,2,3,4\n",
      "dogs.csv": text + "a.png,dog,5,6,7,8\na.png,cat,1,2,3,4\nc.png,dog,5,6,7,40\n",
      "more/dogs.csv": text + "a.png,dog,1,1,9,9\n",
    ]
    let images = ["images/a.png", "images/b.png", "images/c.png", "more/a.png"]
    let parts = try ["train", "test"].map { try load(files, images: images, split: $0) }
    #expect(parts[0].splits == ["test", "train"])
    #expect(parts[0].seeded == "no file, column or folder is called train, val or test")
    let all = parts.flatMap(\.images)
    var boxes: [String: [PixelBox]] = [:]
    for image in all {
      boxes[
        String(image.source.file?.split(separator: "/").suffix(2).joined(separator: "/") ?? "")] =
        image.groundTruth.map(\.box)
    }
    #expect(all.count == 4)
    #expect(
      boxes == [
        "images/a.png": [
          PixelBox(xMin: 1, yMin: 2, xMax: 3, yMax: 4),
          PixelBox(xMin: 5, yMin: 6, xMax: 7, yMax: 8),
        ], "images/b.png": [PixelBox(xMin: 1, yMin: 2, xMax: 3, yMax: 4)],
        "images/c.png": [PixelBox(xMin: 5, yMin: 6, xMax: 7, yMax: 20)],
        "more/a.png": [PixelBox(xMin: 1, yMin: 1, xMax: 9, yMax: 9)],
      ])
    #expect(
      parts.flatMap(\.problems) == [
        "dogs.csv: line 3: cat [1, 2, 3, 4] a second time, as in cats.csv"
      ])
  }

  @Test(arguments: [["train_cats.csv", "train_dogs.csv"], ["train/cats.csv", "train/dogs.csv"]])
  func tablesOfOneSplitAreJoined(names: [String]) throws {
    let text = "filename,width,height,class,xmin,ymin,xmax,ymax\n"
    let files = [
      names[0]: text + "a.png,40,20,cat,1,2,3,4\nb.png,40,20,cat,1,2,3,4\n",
      names[1]: text + "a.png,40,20,dog,5,6,7,8\nb.png,41,20,dog,5,6,7,8\n",
    ]
    let loaded = try load(files, images: ["images/a.png", "images/b.png"])
    #expect(loaded.splits == ["train"])
    #expect(loaded.boxes == ["a": [labeled(1, 2, 3, 4, 1), labeled(5, 6, 7, 8, 2)]])
    #expect(
      loaded.problems.map { $0.replacingOccurrences(of: "train/", with: "") } == [
        "\(names[1].lastPart): b.png: 41 × 20, and \(names[0].lastPart) says 40 × 20"
      ])
  }

  @Test func foldersOfImagesAreSplitsOfATableOfAll() throws {
    let text = "filename,class,xmin,ymin,xmax,ymax\na.png,cat,1,2,3,4\nb.png,cat,1,2,3,4\n"
    let files = ["labels.csv": text]
    let images = ["train/a.png", "val/b.png", "val/c.png"]
    let train = try load(files, images: images)
    #expect(train.splits == ["train", "val"])
    #expect(train.boxes == ["a": [labeled(1, 2, 3, 4)]])
    let val = try load(files, images: images, split: "val")
    #expect(val.boxes == ["b": [labeled(1, 2, 3, 4)]])
    #expect(val.problems == ["val/c.png: no label file names it"])
  }

  @Test func aColumnOfSplitsCounts() throws {
    let text =
      "filename,class,xmin,ymin,xmax,ymax,split\na.png,cat,1,2,3,4,train\n"
      + "b.png,cat,1,2,3,4,val\nc.png,cat,1,2,3,4,\n"
    let images = ["images/a.png", "images/b.png", "images/c.png"]
    let train = try load(["labels.csv": text], images: images)
    #expect(train.splits == ["train", "val"])
    #expect(train.images.map(\.name) == ["a"])
    #expect(train.problems == ["labels.csv: 1 image in none of the splits, c.png the first"])
    #expect(try load(["labels.csv": text], images: images, split: "val").images.count == 1)
  }

  @Test func twoSplitsOfOneImageAreTold() throws {
    let text =
      "filename,class,xmin,ymin,xmax,ymax,split\na.png,cat,1,2,3,4,train\n"
      + "a.png,cat,5,6,7,8,val\nb.png,cat,1,2,3,4,val\na.png,cat,1,1,9,9,val\n"
    let loaded = try load(["labels.csv": text], images: ["a.png", "b.png"], split: "val")
    #expect(loaded.splits == ["val"])
    #expect(loaded.images.map(\.name) == ["a", "b"])
    #expect(loaded.report.problems.map(\.kind) == [.disagreement])
    #expect(
      loaded.problems == [
        "labels.csv: line 3: a.png is in split val, and line 2 says train: the last counts"
      ])
  }

  @Test func imagesThatNoTableNamesAreCounted() throws {
    let text = "filename,class,xmin,ymin,xmax,ymax\n"
    let files = [
      "train.csv": text + "a.png,cat,1,2,3,4\n", "test.csv": text + "b.png,cat,1,2,3,4\n",
    ]
    let images = ["images/a.png", "images/b.png", "images/c.png", "images/d.png"]
    let train = try load(files, images: images)
    #expect(
      train.problems == [
        "images/c.png: no label file names it", "images/d.png: no label file names it",
      ])
    #expect(try load(files, images: images, split: "test").problems.isEmpty)
  }

  // It has objects, so it must not pass for an image without.
  @Test func aPictureOfAnotherKindIsMissingAndNotWithoutLabels() throws {
    let text = "filename,class,xmin,ymin,xmax,ymax\na.jpg,cat,1,2,3,4\nb.png,cat,1,2,3,4\n"
    let loaded = try load(["train.csv": text], images: ["train/a.png", "train/b.png"])
    #expect(loaded.images.map(\.name) == ["b"])
    #expect(
      loaded.problems == [
        "a.jpg: no such image of train.csv", "train/a.png: no label file names it",
      ])
  }

  // Roboflow's splits have images of the same names.
  @Test func imagesOfOneNameAreThoseOfTheirSplit() throws {
    let text = "filename,width,height,class,xmin,ymin,xmax,ymax\n"
    let files = [
      "train/_annotations.csv": text + "1.png,40,20,cat,1,2,3,4\n",
      "test/_annotations.csv": text + "1.png,40,20,cat,5,6,7,8\n",
    ]
    for (split, box) in [("train", labeled(1, 2, 3, 4)), ("test", labeled(5, 6, 7, 8))] {
      let loaded = try load(files, images: ["train/1.png", "test/1.png"], split: split)
      #expect(loaded.boxes == ["1": [box]])
      guard case .file(let path)? = loaded.images.first?.source else {
        Issue.record("expected a file")
        return
      }
      #expect(path.hasSuffix("/\(split)/1.png"))
    }
  }

  @Test func aFileCanBeNamedInsteadOfItsFolder() throws {
    let text = "filename,class,xmin,ymin,xmax,ymax\na.png,cat,1,2,3,4\n"
    let loaded = try load(
      ["x/test_labels.csv": text, "x/train_labels.csv": text], images: ["x/images/a.png"],
      split: "test", path: "x/test_labels.csv")
    #expect(loaded.splits == ["test"])
    #expect(loaded.boxes == ["a": [labeled(1, 2, 3, 4)]])
  }

  @Test func utf16IsRead() throws {
    try withFolder { folder in
      let text = "filename,class,xmin,ymin,xmax,ymax\r\nä.png,cat,1,2,3,4\r\n"
      try Fixtures.writeImage(folder + "/ä.png")
      try #require(text.data(using: .utf16)).write(
        to: URL(fileURLWithPath: folder + "/train.csv"))
      let loader = try DatasetLoader(path: folder)
      #expect(try loader.load(split: "train").dataset.images.map(\.name) == ["ä"])
    }
  }

  // A header and rows of more than the piece of a file that is looked at to know it.
  @Test func longTablesAreReadToTheirEnd() throws {
    let rows = (1...4000).map { "a.png,40,20,cat,0,2,\(Double($0) / 200),12" }
    let text =
      "filename,width,height,class,xmin,ymin,xmax,ymax\r\n" + rows.joined(separator: "\r\n")
    #expect(text.utf8.count > 1 << 16)
    let loaded = try load(["train.csv": text], images: ["a.png"])
    #expect(loaded.images[0].groundTruth.count == 4000)
  }

  // MARK: Writing

  // A pixel, a fraction and names that need quotes.
  @Test func whatIsWrittenIsReadTheSame() throws {
    try withFolder { folder in
      try Fixtures.writeImage(folder + "/a, b.png")
      try Fixtures.writeImage(folder + "/empty.png")
      let dataset = DetectionDataset(
        classNames: ["zebra", "cat, \"big\"", "unused"],
        images: ["a, b", "empty"].map { name in
          DatasetImage(
            name: name, source: .file(path: "\(folder)/\(name).png"), width: 40, height: 20,
            groundTruth: name == "empty"
              ? [] : [labeled(0, 0, 1, 1), labeled(1.0 / 3, 2.25, 30.1, 20, 2)])
        })
      for split in ["train", "fold1"] {
        let target = "\(folder)/\(split)"
        var writer = try DatasetWriter(format: .csv, folder: target)
        try writer.write(dataset, split: split)
        #expect(writer.losses == ConversionLosses())
        let loader = try DatasetLoader(path: target)
        #expect(loader.format == .csv)
        #expect(try loader.splits() == [split])
        let (read, report) = try loader.load(split: split)
        #expect(read.classNames == dataset.classNames)
        #expect(read.images.map(\.name) == ["a, b", "empty"])
        #expect(read.images.map(\.groundTruth) == dataset.images.map(\.groundTruth))
        #expect(report.problems.isEmpty)
      }
    }
  }

  // Every image is there, or its line is named.
  @Test func mutatedTablesAreReadOrNamed() throws {
    var numbers = SeededNumbers(6)
    let whole = Array(
      ("filename,width,height,class,xmin,ymin,xmax,ymax\n"
        + (0..<4).map { "\($0).png,40,20,\"cat\",4,2,20,12\n" }.joined()).utf8)
    let letters = Array(#"",;0-9.\naxé[]"#.utf8) + [10, 13, 0, 255]
    try withFolder { folder in
      let file = folder + "/train.csv"
      var understood = 0
      for _ in 0..<300 {
        var bytes = whole
        for _ in 0..<numbers.integer(1...3) {
          bytes[numbers.integer(48...bytes.count - 1)] =
            letters[numbers.integer(0...letters.count - 1)]
        }
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        guard let dialect = TextFile.head(of: file).flatMap(CSVDialect.init),
          let labels = try? CSVLabels(
            file, dialect: dialect, firstPixel: nil, classes: CSVClasses())
        else { continue }
        let objects = labels.images.compactMap(\.annotated).map(\.objects.count).reduce(0, +)
        let problems = labels.images.map(\.report.problems.count).reduce(0, +)
        #expect(objects + problems + labels.report.problems.count > 0)
        understood += 1
      }
      #expect(understood > 100)
    }
  }
}
