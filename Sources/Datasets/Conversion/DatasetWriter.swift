import Files
import Foundation
import ImageFiles
import MultiBox

/// Writes whole datasets in the layout of another format, images included.
///
/// Reading the result gives the same boxes. What a format cannot say is lost: YOLO's has neither
/// difficult objects nor crowds, VOC's no crowds, so those are left out there.
public struct DatasetWriter: Sendable {
  /// The layouts that can be written.
  public enum Format: String, CaseIterable, Sendable {
    /// JPEGImages, Annotations, ImageSets/Main.
    case voc
    /// annotations/instances_SPLIT.json, images/SPLIT.
    case coco
    /// data.yaml, images/SPLIT, labels/SPLIT.
    case yolo
  }

  /// The layout that is written.
  public let format: Format
  /// The folder of the new dataset.
  public let folder: String
  /// Names that files were written under, and what for, so that none is overwritten.
  private var written: [String: String] = [:]
  private var splits: [String] = []
  private var classNames: ClassNames = []

  /// Begins a dataset in a folder, which is made when the first split is written.
  ///
  /// - Parameters:
  ///   - format: the layout.
  ///   - folder: must not exist, or be empty.
  /// - Throws: `FileError` for a folder that holds something.
  public init(format: Format, folder: String) throws {
    self.format = format
    self.folder = folder
    let content = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    guard content.isEmpty else {
      throw FileError(path: folder, reason: "expected a new or empty folder, found \(content[0])")
    }
  }

  /// Writes a split; VOC's splits may share images, which are written once.
  ///
  /// - Parameters:
  ///   - dataset: the images and their objects; files are copied, made pictures become PNG.
  ///   - split: the split's name.
  ///   - observe: called with the number of images done and of all.
  /// - Throws: `FileError` or `ImageError` naming the file.
  public mutating func write(
    _ dataset: DetectionDataset, split: String, observe: (Int, Int) -> Void = { _, _ in }
  ) throws {
    splits.append(split)
    classNames = dataset.classNames
    var names: [String] = []
    for (index, image) in dataset.images.enumerated() {
      let (name, isNew) = uniqueName(of: image, split: split)
      let fileName = "\(name).\(Self.fileExtension(of: image))"
      if isNew {
        let target = "\(try imageFolder(split))/\(fileName)"
        switch image.source {
        case .file(let path):
          try AtomicFile.write(InputFile.contents(path), to: target)
        case .generated: try PNGFile.write(image.pixels(), to: target)
        }
        try writeLabels(of: image, name: name, fileName: fileName, split: split)
      }
      names.append(format == .coco ? fileName : name)
      observe(index + 1, dataset.images.count)
    }
    switch format {
    case .voc:
      let list = names.map { $0 + "\n" }.joined()
      try AtomicFile.write(
        Data(list.utf8), to: "\(try made("ImageSets/Main"))/\(split).txt")
    case .coco:
      try COCOInstances(dataset, fileNames: names).write(
        to: "\(try made("annotations"))/instances_\(split).json")
    case .yolo: try writeDescription()
    }
  }

  private func made(_ subfolder: String) throws -> String {
    let path = "\(folder)/\(subfolder)"
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw FileError(path: path, reason: "cannot be made: \(error.localizedDescription)")
    }
    return path
  }

  private func imageFolder(_ split: String) throws -> String {
    try made(format == .voc ? "JPEGImages" : "images/\(split)")
  }

  private func writeLabels(
    of image: DatasetImage, name: String, fileName: String, split: String
  ) throws {
    switch format {
    case .coco: break
    case .voc:
      var image = image
      image.groundTruth.removeAll(where: \.isCrowd)
      try AtomicFile.write(
        VOCAnnotation.data(of: image, fileName: fileName, classNames: classNames),
        to: "\(try made("Annotations"))/\(name).xml")
    case .yolo:
      let lines = image.groundTruth.filter { !$0.isCrowd }.map { labeled in
        let box = CenterBox(labeled.box.normalized(width: image.width, height: image.height))
        return "\(labeled.classIndex - 1) \(box.cx) \(box.cy) \(box.width) \(box.height)\n"
      }
      try AtomicFile.write(
        Data(lines.joined().utf8), to: "\(try made("labels/\(split)"))/\(name).txt")
    }
  }

  /// YOLO knows the splits train, val and test; others are written beside them.
  private func writeDescription() throws {
    let keys = ["valid": "val"]
    var lines = splits.map { "\(keys[$0] ?? $0): images/\($0)" }
    lines.append("names:")
    for (index, name) in classNames.enumerated() {
      let quoted = name.replacingOccurrences(of: "'", with: "''")
      lines.append("  \(index): '\(quoted)'")
    }
    try AtomicFile.write(
      Data((lines.joined(separator: "\n") + "\n").utf8), to: "\(folder)/data.yaml")
  }

  /// The name to write an image under, and whether it has not been written yet.
  private mutating func uniqueName(
    of image: DatasetImage, split: String
  ) -> (name: String, isNew: Bool) {
    let source =
      switch image.source {
      case .file(let path): path
      case .generated: "\(split)/\(image.name)"
      }
    // Each split has folders of its own but in VOC's layout.
    let scope = format == .voc ? "" : split + "/"
    let plain = image.name.replacingOccurrences(of: "/", with: "_")
    for name in [plain, "\(split)_\(plain)"] {
      if written[scope + name] == source { return (name, false) }
      if written[scope + name] == nil {
        written[scope + name] = source
        return (name, true)
      }
    }
    var number = 2
    while written["\(scope)\(plain)_\(number)"] != nil { number += 1 }
    written["\(scope)\(plain)_\(number)"] = source
    return ("\(plain)_\(number)", true)
  }

  private static func fileExtension(of image: DatasetImage) -> String {
    switch image.source {
    case .file(let path): (path as NSString).pathExtension
    case .generated: "png"
    }
  }
}
