import Files
import Foundation
import MultiBox

@testable import Datasets

extension FuzzTarget {
  /// Every format of labels, all of the way from its files to a dataset.
  static let labels: [FuzzTarget] = [
    dataset("voc", .voc, .xml, ["Annotations/a.xml"], [("ImageSets/Main/train.txt", "a\n")]),
    dataset("voc-list", .voc, .text, ["ImageSets/Main/train.txt"], [("Annotations/a.xml", voc)]),
    dataset("folder", .folder, .xml, ["a.xml"], []),
    dataset("cvat", .cvat, .xml, ["annotations.xml"], []),
    dataset("yolo", .yolo, .text, ["train/labels/a.txt"], [("data.yaml", yaml)]),
    dataset("yaml", .yolo, .text, ["data.yaml"], [("train/labels/a.txt", "0 .5 .5 .2 .2\n")]),
    dataset(
      "darknet", .yolo, .text, ["obj.data", "obj.names", "train.txt"],
      [("obj/a.txt", "0 .5 .5 .2 .2\n")], picture: "obj/a.png"),
    dataset("csv", .csv, .text, ["labels.csv", "class-descriptions.csv"], []),
    dataset("createml", .createml, .json, ["_annotations.createml.json"], []),
    dataset("labelme", .labelme, .json, ["a.json"], []),
    dataset("via", .via, .json, ["via_project.json"], []),
    dataset("labelstudio", .labelstudio, .json, ["project.json"], []),
    dataset("kitti", .kitti, .text, ["label_2/a.txt"], [], picture: "image_2/a.png"),
    dataset(
      "widerface", .widerFace, .text, ["wider_face_split/wider_face_train_bbx_gt.txt"], [],
      picture: "WIDER_train/images/a.png"),
    dataset("visdrone", .visDrone, .text, ["annotations/a.txt"], [], picture: "images/a.png"),
    dataset("dota", .dota, .text, ["labelTxt/a.txt"], [], picture: "images/a.png"),
    dataset("coco-dataset", .coco, .json, ["annotations/instances_train.json"], []),
    FuzzTarget(name: "records", structure: .bytes) { data in
      try readDataset(
        "records", .tfrecord, [("train.tfrecord", data), ("label_map.pbtxt", Data(map.utf8))])
    },
    // The message alone: in a record a changed byte fails the checksum and nothing else.
    FuzzTarget(name: "tfrecord", structure: .protobuf) { data in
      let record = RecordFile.framed(data)
      return try readDataset(
        "tfrecord", .tfrecord, [("train.tfrecord", record), ("label_map.pbtxt", Data(map.utf8))])
    },
    FuzzTarget(name: "tar", structure: .bytes) { data in
      try FuzzFolder.named("tar").with([("x.tar", withChecksums(data))]) { folder in
        try reading {
          let file = try TarFile(folder + "/x.tar")
          for member in file.members {
            let part = FilePart(
              path: file.path, offset: member.offset, length: member.size)
            try require(try part.contents().count == member.size, "\(member)")
          }
          try require(file.fault.map { !$0.contains(where: \.isNewline) } ?? true, "lines")
        }
      }
    },
    // The labels alone: what the archive says of them is the other target's.
    FuzzTarget(name: "webdataset", structure: .json) { data in
      let shard =
        TarFile.member("a.png", Data(smallPicture)) + TarFile.member("a.json", data) + TarFile.end
      return try readDataset("webdataset", .webdataset, [("train-000000.tar", shard)])
    },
    FuzzTarget(name: "label-map", structure: .text) { data in
      try FuzzFolder.named("label-map").with([("x.pbtxt", data)]) { folder in
        try reading { _ = try TFRecordLabelMap(contentsOf: folder + "/x.pbtxt") }
      }
    },
    // Columns of images as a kept index has them, each behind its length in two bytes: with the
    // hashes that fit, which a changed byte would fail.
    FuzzTarget(name: "image-rows", structure: .bytes) { data in
      var file = ColumnFileWriter(kind: "MBXINDEX", version: 1)
      var rest = [UInt8](data)[...]
      for _ in 0..<17 {
        let count = rest.prefix(2).reversed().reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(2)
        file.add(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
      var bytes = Data()
      for region in file.regions { region.withUnsafeBytes { bytes.append(contentsOf: $0) } }
      do {
        var columns = try ColumnFile(MappedFile(bytes), kind: "MBXINDEX", version: 1)
        let rows = try ImageRows(&columns)
        for image in (0..<rows.count).map({ DatasetImage(rows, $0) }) {
          let count = image.groundTruth.count
          try require(image.areas?.count ?? count == count, "areas")
          try require(image.boxAreas?.count ?? count == count, "areas of boxes")
          try require(!"\(image.name)\(image.source)".isEmpty, "an image that is nowhere")
        }
        return rows.count > 0
      } catch is ColumnFile.Fault {
        return false
      }
    },
    // The paths of a kept index: lengths and bytes.
    FuzzTarget(name: "disk-record", structure: .bytes) { data in
      let count = data.count / 2
      return data.withUnsafeBytes {
        DiskRecord.isUnchanged(paths: $0, digests: repeatElement(0, count: count))
      }
    },
    FuzzTarget(name: "shapes", structure: .text) { data in
      try reading { _ = try ShapesSpecification(String(decoding: data, as: UTF8.self)) }
    },
  ]

  /// Bytes in which every block that looks like the head of a member has the right checksum: else
  /// a change would be found by that, and nothing behind it be reached.
  private static func withChecksums(_ data: Data) -> Data {
    var bytes = [UInt8](data)
    for start in stride(from: 0, through: bytes.count - 512, by: 512)
    where bytes[(start + 257)..<(start + 262)].elementsEqual("ustar".utf8) {
      bytes.replaceSubrange(start + 148..<start + 156, with: Array("        ".utf8))
      let sum = bytes[start..<start + 512].reduce(0) { $0 + Int($1) }
      let digits = Array(String(sum, radix: 8).utf8)
      bytes.replaceSubrange(start + 148..<start + 148 + digits.count, with: digits)
    }
    return Data(bytes)
  }

  private static let voc = """
    <annotation><filename>a.png</filename><size><width>8</width><height>6</height></size><object>\
    <name>cat</name><bndbox><xmin>2</xmin><ymin>2</ymin><xmax>5</xmax><ymax>5</ymax></bndbox>\
    </object></annotation>
    """
  private static let yaml = "train: train/images\nnames: [cat, dog]\nkpt_shape: [1, 2]\n"
  private static let map = "item { id: 1 name: \"cat\" }\nitem { id: 2 name: \"dog\" }\n"

  /// A dataset of some files: those of the input, which `0x1D` parts, and those that stay.
  private static func dataset(
    _ name: String, _ format: DatasetFormat, _ structure: Structure, _ files: [String],
    _ others: [(name: String, text: String)], picture: String? = nil
  ) -> FuzzTarget {
    let picture = picture ?? pictures[name] ?? "a.png"
    return FuzzTarget(name: name, structure: structure) { data in
      let parts = data.split(
        separator: 0x1D, maxSplits: files.count - 1, omittingEmptySubsequences: false)
      // A file without a part is empty, whatever the input before had.
      let input = files.enumerated().map { index, file in
        (file, index < parts.count ? Data(parts[index]) : Data())
      }
      let constant = others.map { ($0.name, Data($0.text.utf8)) }
      return try readDataset(name, format, input + constant + [(picture, Data(smallPicture))])
    }
  }

  private static let pictures = [
    "voc": "JPEGImages/a.png", "voc-list": "JPEGImages/a.png", "yolo": "train/images/a.png",
    "yaml": "train/images/a.png", "coco-dataset": "train/a.png",
  ]

  /// A black PNG of 8 × 6 pixels. Not `Data`, whose memory the search for leaks does not find.
  private static let smallPicture = [UInt8](
    Data(
      base64Encoded:
        "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAGCAAAAADbboAnAAAADElEQVR4nGNgIAcAAAA2AAG2dLktAAAAAElFTkSuQmCC"
    ) ?? Data())

  private static func readDataset(
    _ name: String, _ format: DatasetFormat, _ files: [(name: String, content: Data)]
  ) throws -> Bool {
    try FuzzFolder.named(name).with(files) { folder in
      _ = try reading { _ = try DatasetFormat.recognized(DatasetPlace(folder)) }
      return try reading {
        let loader = try DatasetLoader(path: folder, format: format)
        _ = try loader.seededSplit()
        _ = try loader.classNames()
        for split in try loader.splits().prefix(3) { try check(loader.load(split: split)) }
      }
    }
  }

  private static func check(
    _ loaded: (dataset: DetectionDataset, report: DatasetReport)
  ) throws {
    let (dataset, report) = loaded
    for image in dataset.images {
      try require(image.width > 0 && image.height > 0, "\(image.width) × \(image.height)")
      for object in image.groundTruth {
        let box = object.box
        try require(
          box.xMin >= 0 && box.yMin >= 0 && box.xMin < box.xMax && box.yMin < box.yMax
            && box.xMax <= Double(image.width) && box.yMax <= Double(image.height),
          "\(box) in \(image.width) × \(image.height)")
        let isClass = object.classIndex >= 1 && object.classIndex <= dataset.classNames.count
        try require(isClass || object.isIgnored || object.isCrowd, "class \(object.classIndex)")
      }
    }
    for line in report.lines(limit: 5) {
      try require(!line.contains(where: \.isNewline), "not one line: \(line)")
    }
  }
}
