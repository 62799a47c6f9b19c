import Files
import Foundation
import MultiBox
import SwiftProtobuf

/// Writes `train.tfrecord` for each split, the pictures within, and `label_map.pbtxt`.
///
/// Corners become shares of the image as numbers of 24 bits: whole pixels are read again exactly,
/// others to a hundred-thousandth of a pixel or so.
struct TFRecordLabelWriter: PictureHoldingLabelWriter {
  let folder: OutputFolder
  private var file: GrowingFile?

  init(folder: OutputFolder) { self.folder = folder }

  func lostSplits(of splits: [String]) -> [String] {
    let files = splits.map { "\($0).tfrecord" }
    let found = SplitFileNames(files).splits
    return zip(splits, files).filter { found[$1] != $0 }.map(\.0)
  }

  mutating func add(
    _ image: DatasetImage, picture: Data, fileName: String, split: String, classNames: ClassNames
  ) throws {
    let example = Self.example(image, picture, fileName: fileName, classNames: classNames)
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    let record = RecordFile.framed(try example.serializedBytes(options: options))
    try growing(split: split).append(record)
  }

  mutating func finish(split: String, fileNames: [String], classNames: ClassNames) throws {
    try growing(split: split).finish()
    file = nil
    var map = TensorFlowLabelMap()
    for classIndex in classNames.indices {
      var item = TensorFlowLabelMapItem()
      item.name = classNames[classIndex]
      item.id = Int32(classIndex)
      map.item.append(item)
    }
    try folder.write(Data(map.textFormatString().utf8), to: "label_map.pbtxt")
  }

  /// The split's file. It may be larger than memory: records go out one by one.
  private mutating func growing(split: String) throws -> GrowingFile {
    if let file { return file }
    let path = try folder.made("\(split).tfrecord")
    let file = try GrowingFile(beginning: path)
    self.file = file
    return file
  }

  private static func example(
    _ image: DatasetImage, _ picture: Data, fileName: String, classNames: ClassNames
  ) -> TensorFlowExample {
    var example = TensorFlowExample()
    func set(_ key: String, _ fill: (inout TensorFlowFeature) -> Void) {
      var feature = TensorFlowFeature()
      fill(&feature)
      example.features.feature["image/\(key)"] = feature
    }
    func set(_ key: String, bytes: [Data]) { set(key) { $0.bytesList.value = bytes } }
    func set(_ key: String, integers: [Int]) {
      set(key) { $0.int64List.value = integers.map(Int64.init) }
    }
    let kind = fileName.fileExtension
    set("encoded", bytes: [picture])
    set("format", bytes: [Data((kind == "jpg" ? "jpeg" : kind).utf8)])
    set("filename", bytes: [Data(fileName.utf8)])
    set("source_id", bytes: [Data(fileName.utf8)])
    set("width", integers: [image.width])
    set("height", integers: [image.height])
    let objects = image.groundTruth
    func set(_ key: String, side: Int, _ corner: KeyPath<PixelBox, Double>) {
      set("object/bbox/\(key)") {
        $0.floatList.value = objects.map { Float($0.box[keyPath: corner] / Double(side)) }
      }
    }
    set("xmin", side: image.width, \.xMin)
    set("ymin", side: image.height, \.yMin)
    set("xmax", side: image.width, \.xMax)
    set("ymax", side: image.height, \.yMax)
    set("object/class/text", bytes: objects.map { Data(classNames[$0.classIndex].utf8) })
    set("object/class/label", integers: objects.map(\.classIndex))
    set("object/difficult", integers: objects.map { $0.isDifficult ? 1 : 0 })
    set("object/is_crowd", integers: objects.map { $0.isCrowd ? 1 : 0 })
    if let areas = image.areas {
      set("object/area") { $0.floatList.value = areas.map { Float($0) } }
    }
    return example
  }
}
