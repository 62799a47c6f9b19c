import Files
import Foundation
import ImageFiles

/// A layout that a dataset can have, by its name.
public struct DatasetFormat: Sendable {
  /// The type that reads, and perhaps writes, the layout.
  public let type: any LabelFormat.Type

  /// Makes a layout of the package, or of a program, one that ``DatasetLoader`` reads.
  public init(_ type: any LabelFormat.Type) { self.type = type }

  /// JPEGImages, Annotations, ImageSets/Main.
  public static let voc = DatasetFormat(VOCFormat.self)
  /// COCO's instances JSON, as COCO lays it out or as tools export it.
  public static let coco = DatasetFormat(COCOFormat.self)
  /// YOLO's text labels.
  public static let yolo = DatasetFormat(YOLOFormat.self)
  /// Images with Pascal VOC's XML files beside them, or in a sibling folder.
  public static let folder = DatasetFormat(FolderFormat.self)
  /// Tables of labels as CSV, in the dialects of TensorFlow, RetinaNet, Open Images and others.
  public static let csv = DatasetFormat(CSVFormat.self)
  /// TensorFlow's records, the pictures within.
  public static let tfrecord = DatasetFormat(TFRecordFormat.self)
  /// Tar shards in WebDataset's layout, the pictures within.
  public static let webdataset = DatasetFormat(WebDatasetFormat.self)
  /// Create ML's JSON.
  public static let createml = DatasetFormat(CreateMLFormat.self)
  /// LabelMe's JSON, a file for each image.
  public static let labelme = DatasetFormat(LabelMeFormat.self)
  /// The VGG Image Annotator's JSON.
  public static let via = DatasetFormat(VIAFormat.self)
  /// Label Studio's JSON.
  public static let labelstudio = DatasetFormat(LabelStudioFormat.self)
  /// CVAT's XML, of images and of videos.
  public static let cvat = DatasetFormat(CVATFormat.self)
  /// KITTI's text labels.
  public static let kitti = DatasetFormat(KITTIFormat.self)
  /// WIDER FACE's lists.
  public static let widerFace = DatasetFormat(WIDERFaceFormat.self)
  /// VisDrone's text annotations.
  public static let visDrone = DatasetFormat(VisDroneFormat.self)
  /// DOTA's text labels of four corners.
  public static let dota = DatasetFormat(DOTAFormat.self)
  /// Pictures made from a seed; see ``ShapesSpecification``.
  public static let shapes = DatasetFormat(ShapesFormat.self)

  /// The layouts of the package: a place is of the first one that fits, else of the
  /// first one that fits alone; see ``Recognition``.
  public static let all: [DatasetFormat] = [
    .shapes, .voc, .cvat, .yolo, .kitti, .widerFace, .visDrone, .dota, .createml, .labelme, .via,
    .labelstudio, .coco, .folder, .csv, .tfrecord, .webdataset,
  ]

  /// The layouts that ``DatasetWriter`` writes.
  public static var written: [DatasetFormat] {
    all.filter { $0.type.writer(into: OutputFolder("")) != nil }
  }

  /// The name in options and run folders, such as `voc`.
  public var name: String { type.name }

  /// The layout of a name; nil for a name that none of the package has.
  public init?(name: String) {
    guard let known = Self.all.first(where: { $0.name == name }) else { return nil }
    self = known
  }

  /// Tells the layout of a place.
  ///
  /// - Parameter place: a folder or file.
  /// - Throws: ``DatasetError/unrecognized(path:found:nearest:)``, which says what was found.
  public static func recognized(_ place: DatasetPlace) throws(DatasetError) -> DatasetFormat {
    var near: [String] = []
    var alone: DatasetFormat?
    for format in all {
      switch format.type.recognize(place) {
      case .fits: return format
      case .fitsAlone: alone = alone ?? format
      case .near(let reason): near.append("\(format.type.title): \(reason)")
      case .differs: break
      }
    }
    if let alone { return alone }
    let files = place.file == nil ? place.allFiles() : []
    // What nobody could look into is not nothing.
    if let closed = place.tree.unreadableFolders.first {
      throw .missing(path: closed.path, expected: closed.reason)
    }
    if !files.isEmpty, files.allSatisfy(\.isImagePath) {
      near.insert(
        "photos without labels: draw boxes with a label tool, or let a detector begin:"
          + " multibox detect --model MODEL \(place.path) --save-labels yolo",
        at: 0)
    }
    // Labelling tools give such, and nothing is read out of them.
    let given = place.file.map { [$0] } ?? files
    if near.isEmpty, let first = given.first, given.allSatisfy(\.isArchivePath) {
      near.append("an archive, \(first.lastPart): unpack it, and name the folder")
    }
    throw .unrecognized(path: place.path, found: Self.inventory(of: place), nearest: near)
  }

  /// What is in a place: how many files of each ending.
  private static func inventory(of place: DatasetPlace) -> String {
    if let file = place.file {
      let kind = PathKind.words(file) ?? "nothing"
      guard kind == "a file" else { return kind }
      return file.fileExtension.isEmpty ? "a file without ending" : "a file .\(file.fileExtension)"
    }
    var counts: [String: Int] = [:]
    for file in place.allFiles() { counts[file.fileExtension, default: 0] += 1 }
    let endings = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    guard !endings.isEmpty else { return "nothing" }
    let shown = endings.prefix(5).map {
      "\($0.value) \($0.key.isEmpty ? "(no ending)" : ".\($0.key)")"
    }
    return shown.joined(separator: ", ") + (endings.count > 5 ? ", …" : "")
  }
}

extension String {
  /// Whether the path is by its ending that of an archive; tar shards are a layout.
  fileprivate var isArchivePath: Bool {
    ["zip", "7z", "rar", "tgz", "gz", "bz2", "xz", "zst"].contains(fileExtension)
  }
}

extension DatasetFormat: Hashable {
  /// Says whether two are the same layout.
  public static func == (a: DatasetFormat, b: DatasetFormat) -> Bool { a.type == b.type }
  /// Feeds the layout's name to a hasher.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension DatasetFormat: Codable {
  /// Decodes a name.
  ///
  /// - Throws: `DecodingError` for a name that no layout of the package has.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let format = DatasetFormat(name: name) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "expected one of \(Self.all.map(\.name).joined(separator: ", ")),"
          + " found \(name)")
    }
    self = format
  }

  /// Encodes the name.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}
