import Files
import Foundation
import MultiBox
import SwiftProtobuf

/// Writes `train.tfrecord` for each split, the pictures within, and `label_map.pbtxt`.
///
/// Corners become shares of the image as numbers of 24 bits: whole pixels are read again exactly,
/// others to a hundred-thousandth of a pixel or so.
struct TFRecordLabelWriter: LabelWriter {
  private let folder: OutputFolder
  private var file: (path: String, handle: FileHandle)?

  init(folder: OutputFolder) { self.folder = folder }

  var holdsPictures: Bool { true }

  func imageFolder(split: String) -> String { split }

  mutating func add(
    _ image: DatasetImage, fileName: String, split: String, classNames: ClassNames
  ) throws {
    throw FileError(path: folder.path, reason: "\(fileName) came without its picture")
  }

  mutating func add(
    _ image: DatasetImage, picture: Data, fileName: String, split: String, classNames: ClassNames
  ) throws {
    let example = Self.example(image, picture, fileName: fileName, classNames: classNames)
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    try append(RecordFile.framed(example.serializedBytes(options: options)), split: split)
  }

  mutating func finish(split: String, fileNames: [String], classNames: ClassNames) throws {
    try append(Data(), split: split)
    if let (path, handle) = file {
      do {
        try handle.close()
      } catch {
        throw FileError(path: path, reason: "cannot be written: \(error.localizedDescription)")
      }
    }
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

  /// A split may be larger than memory: records go out one by one.
  private mutating func append(_ record: Data, split: String) throws {
    let path = "\(folder.path)/\(split).tfrecord"
    if file == nil {
      try folder.write(Data(), to: "\(split).tfrecord")
      file = FileHandle(forWritingAtPath: path).map { (path, $0) }
    }
    guard let file else { throw FileError(path: path, reason: "cannot be written") }
    do {
      try file.handle.write(contentsOf: record)
    } catch {
      throw FileError(path: path, reason: "cannot be written: \(error.localizedDescription)")
    }
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
