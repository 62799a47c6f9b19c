import Datasets
import Files
import Foundation
import ImageFiles
import MultiBox

/// Keeps detections in files for other programs: COCO's results, a table, cut-out objects, labels.
///
/// Nothing is written before ``finish()`` but the cut-outs.
public struct DetectionFiles {
  /// The files that are asked for.
  public struct Request: Sendable {
    /// The path of a COCO results file.
    public var results: String?
    /// The path of a COCO instances file whose ids the results have.
    public var groundTruth: String?
    /// The path of a table with comma-separated values.
    public var table: String?
    /// The folder of cut-out objects.
    public var crops: String?
    /// The folder of pictures, which others than this write.
    public var pictures: String?
    /// The layout and the new folder of the images with what was found as their labels.
    public var labels: (format: DatasetFormat, folder: String)?

    /// Creates a request of nothing.
    public init() {}

    /// The paths of the files and folders that are written besides the pictures.
    public var paths: [String] {
      [results, table, crops, labels?.folder].compactMap { $0 }
    }
  }

  /// The split that images with labels are written as.
  private static let split = "train"
  /// The first line of a table.
  private static let header = "image,class,score,xmin,ymin,xmax,ymax"

  private let request: Request
  private let classNames: ClassNames
  private var results: COCOResultsWriter?
  private var rows = [Self.header]
  private var labels: DatasetWriter?
  private var labeled: [DatasetImage] = []
  private var cropNames: Set<String> = []
  /// The number of cut-outs.
  private var cropCount = 0

  /// Sentences on what the files will say otherwise than one may expect.
  public var notes: [String] {
    results?.note.map { ["\(request.results ?? ""): \($0)"] } ?? []
  }

  /// Checks all that can be checked before the first image.
  ///
  /// - Parameters:
  ///   - request: what is asked for.
  ///   - images: paths of all images; none is written over.
  ///   - inputs: paths of the other files that are read: the detector's.
  ///   - classNames: names of the classes.
  ///   - chosen: the numbers of the classes that are kept; nil for all.
  /// - Throws: `FileError` for a file that is read here or is of another kind, a folder that cannot
  ///   be made, ids that are not there, the name of a class that labels cannot hold.
  public init(
    _ request: Request, images: [String], inputs: [String] = [], classNames: ClassNames,
    chosen: Set<Int>? = nil
  ) throws {
    self.request = request
    self.classNames = classNames
    try OutputPath.checkApart(
      [request.results, request.table, request.pictures],
      newFolders: [request.crops, request.labels?.folder])
    let read = images + inputs + [request.groundTruth].compactMap { $0 }
    if let path = request.results {
      try OutputPath.check(path, isNoneOf: read)
      try OutputPath.check(path, isNewOr: "COCO results") { (try? COCOResults($0)) != nil }
    }
    if let path = request.table {
      try OutputPath.check(path, isNoneOf: read)
      try OutputPath.check(path, isNewOr: "a table of detections", Self.isTable)
    }
    if request.results != nil {
      results = try COCOResultsWriter(
        images: images, classNames: classNames, groundTruth: request.groundTruth)
    }
    if let labels = request.labels {
      let writer = try DatasetWriter(format: labels.format, folder: labels.folder)
      // Now, not after the last image: what may be found is known.
      try writer.check(
        classNames: classNames.indices.filter { chosen?.contains($0) ?? true }
          .map { classNames[$0] }, split: Self.split)
      self.labels = writer
    }
    if let crops = request.crops { try OutputPath.checkIsNewFolder(crops) }
    // Now, not after the last image.
    for path in [request.results, request.table].compactMap({ $0 }) {
      try OutputPath.makeFolder(of: path)
    }
    if let crops = request.crops { try OutputPath.make(folder: crops) }
  }

  private static func isTable(_ path: String) -> Bool {
    guard let file = FileHandle(forReadingAtPath: path) else { return false }
    defer { try? file.close() }
    return (try? file.read(upToCount: header.utf8.count)) == Data(header.utf8)
  }

  /// Takes the detections of an image.
  ///
  /// - Parameters:
  ///   - detections: in pixels, best first.
  ///   - image: the picture.
  ///   - path: of its file.
  /// - Throws: `FileError` or `ImageError` where a cut-out cannot be written.
  public mutating func add(
    _ detections: [PixelDetection], in image: RGBImage, path: String
  ) throws {
    results?.add(detections, image: path)
    if request.table != nil {
      for item in detections {
        let box = item.box
        let fields =
          [path, classNames[item.classIndex]].map(\.asCSVField)
          + ["\(item.score)", "\(box.xMin)", "\(box.yMin)", "\(box.xMax)", "\(box.yMax)"]
        rows.append(fields.joined(separator: ","))
      }
    }
    if let folder = request.crops { try writeCrops(detections, image, path, folder) }
    if labels != nil {
      labeled.append(
        DatasetImage(
          name: path.lastPart.withoutExtension,
          source: .file(path: path), width: image.width, height: image.height,
          groundTruth: detections.compactMap { item in
            let box = item.box.clipped(width: image.width, height: image.height)
            return box.hasArea ? LabeledPixelBox(box: box, classIndex: item.classIndex) : nil
          }))
    }
  }

  private mutating func writeCrops(
    _ detections: [PixelDetection], _ image: RGBImage, _ path: String, _ folder: String
  ) throws {
    let isJPEG = ImageFile.isJPEG(path)
    let stem = path.lastPart.withoutExtension
    for (index, item) in detections.enumerated() {
      guard let crop = image.cropped(to: item.box) else { continue }
      let base = "\(stem)-\(index + 1)-\(classNames[item.classIndex])".asFileName
      var unique = base
      var number = 2
      while !cropNames.insert(unique.lowercased()).inserted {
        unique = "\(base)-\(number)"
        number += 1
      }
      let file = "\(folder)/\(unique).\(isJPEG ? "jpg" : "png")"
      try isJPEG ? JPEGFile.write(crop, to: file) : PNGFile.write(crop, to: file)
      cropCount += 1
    }
  }

  /// Writes the files.
  ///
  /// - Returns: for each thing asked for a few words: what it is, and where.
  /// - Throws: `FileError` or `ImageError` with the reason.
  public mutating func finish() throws -> [String] {
    var written: [String] = []
    if let path = request.results {
      try results?.write(to: path)
      written.append(path)
    }
    if let path = request.table {
      try AtomicFile.write(Data((rows.joined(separator: "\n") + "\n").utf8), to: path)
      written.append(path)
    }
    if let folder = request.crops {
      written.append("\(cropCount.counted("cut-out|cut-outs")) in \(folder)")
    }
    if let folder = request.labels?.folder {
      let dataset = DetectionDataset(classNames: classNames, images: labeled)
      try labels?.write(dataset, split: Self.split)
      written.append("labels of \(labeled.count.counted("image|images")) in \(folder)")
    }
    return written
  }
}
