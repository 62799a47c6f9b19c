import Files
import Foundation
import ImageFiles
import MultiBox

/// Writes whole datasets in another layout, images included.
///
/// Reading the result gives the same boxes. What a layout cannot say is counted in ``losses``.
public struct DatasetWriter {
  /// How pictures come into the new dataset.
  public enum Pictures: Hashable, Sendable {
    /// Files are copied byte by byte; made pictures become PNG.
    case copied
    /// All are written anew, upright, as PNG.
    case png
  }

  /// The layout that is written.
  public let format: DatasetFormat
  /// The folder of the new dataset.
  public let folder: String
  /// What the layout cannot say and is lost.
  public private(set) var losses = ConversionLosses()
  private let pictures: Pictures
  private let output: OutputFolder
  private var labels: any LabelWriter
  private var usedClasses: Set<String> = []
  private var splits: [String] = []
  /// Names that files were written under, and what for, so that none is overwritten.
  private var written: [String: String] = [:]
  /// The names of written images as a file system without upper case sees them.
  private var taken: Set<String> = []

  /// Begins a dataset in a folder, which is made when the first split is written.
  ///
  /// - Parameters:
  ///   - format: the layout.
  ///   - folder: must not exist, or be empty.
  ///   - pictures: copied or written anew.
  ///   - shardSize: the most bytes of a shard, for a layout that has some.
  /// - Throws: `FileError` for a folder that holds something, and for a layout that is not written.
  public init(
    format: DatasetFormat, folder: String, pictures: Pictures = .copied,
    shardSize: Int = OutputFolder.usualShardSize
  ) throws {
    self.format = format
    self.folder = folder
    self.pictures = pictures
    output = OutputFolder(folder, shardSize: shardSize)
    guard !folder.isEmpty else {
      throw FileError(path: "output", reason: "expected a folder's path, found an empty one")
    }
    try OutputPath.checkIsNewFolder(folder)
    guard let labels = format.type.writer(into: output) else {
      throw FileError(
        path: folder,
        reason: "expected a layout that is written, one of"
          + " \(DatasetFormat.written.map(\.name).joined(separator: ", ")), found \(format.name)")
    }
    self.labels = labels
  }

  /// Says whether the layout can hold the names of a split; ``write(_:split:observe:)`` does so
  /// before it writes. Of several splits all should be asked before the first is written.
  ///
  /// - Parameters:
  ///   - dataset: the images and their objects.
  ///   - split: the split's name.
  /// - Throws: `FileError` with the name that it cannot hold.
  public func check(_ dataset: DetectionDataset, split: String) throws {
    if format.type.canHold.contains(.classList) {
      // These are written whether an object has them or not.
      return try check(classNames: Array(dataset.classNames), split: split)
    }
    try check(
      classNames: usedClasses(of: dataset).sorted().map { dataset.classNames[$0] }, split: split)
  }

  /// The classes of which the layout gets a box.
  private func usedClasses(of dataset: DetectionDataset) -> Set<Int> {
    let holdsCrowds = format.type.canHold.contains(.crowds)
    var used: Set<Int> = []
    for image in dataset.images {
      for object in image.groundTruth where holdsCrowds || !object.isCrowd {
        used.insert(object.classIndex)
      }
    }
    return used
  }

  /// Says whether the layout can hold names, before there are images.
  ///
  /// - Parameters:
  ///   - classNames: the classes that objects may have.
  ///   - split: the split's name.
  /// - Throws: `FileError` with the name that it cannot hold.
  public func check(classNames: [String], split: String) throws {
    try labels.check(split: split.asFileName, classNames: classNames)
  }

  /// Writes a split; layouts whose splits share images get each once.
  ///
  /// - Parameters:
  ///   - dataset: the images and their objects.
  ///   - split: the split's name.
  ///   - observe: called with the number of images done and of all.
  /// - Throws: `FileError` or `ImageError` naming the file.
  public mutating func write(
    _ dataset: DetectionDataset, split: String, observe: (Int, Int) -> Void = { _, _ in }
  ) throws {
    try check(dataset, split: split)
    let split = split.asFileName
    var names: [String] = []
    for (index, image) in dataset.images.enumerated() {
      let (fileName, isNew) = try uniqueName(of: image, split: split)
      if isNew {
        let picture = try picture(of: image)
        let image = reduced(image)
        let names = dataset.classNames
        if labels.holdsPictures {
          try labels.add(
            image, picture: picture, fileName: fileName, split: split, classNames: names)
        } else {
          try output.write(picture, to: "\(labels.imageFolder(split: split))/\(fileName)")
          try labels.add(image, fileName: fileName, split: split, classNames: names)
        }
      }
      names.append(fileName)
      observe(index + 1, dataset.images.count)
    }
    if !format.type.canHold.contains(.classList) {
      // A class that one split lacks may be in another.
      usedClasses.formUnion(usedClasses(of: dataset).map { dataset.classNames[$0] })
      losses.unusedClasses.formUnion(dataset.classNames)
      losses.unusedClasses.subtract(usedClasses)
    }
    try labels.finish(split: split, fileNames: names, classNames: dataset.classNames)
    // A split of an unusual name is found beside one of a usual name.
    splits.append(split)
    losses.splits = Set(labels.lostSplits(of: splits))
  }

  /// The bytes of the image's file in the new dataset.
  private func picture(of image: DatasetImage) throws -> Data {
    switch image.source {
    case .file(let path) where pictures == .copied: try InputFile.contents(path)
    case .embedded(let part) where pictures == .copied: try part.contents()
    case .file, .embedded, .generated: try PNGFile.data(of: image.pixels(), path: image.name)
    }
  }

  /// The image with what the layout can hold; the rest is counted.
  private mutating func reduced(_ image: DatasetImage) -> DatasetImage {
    var image = image
    let canHold = format.type.canHold
    if !canHold.contains(.crowds) {
      let objects = image.groundTruth
      let kept = objects.indices.filter { !objects[$0].isCrowd }
      losses.crowds += image.regions.count
      image.keep(kept)
    }
    if !canHold.contains(.difficult) {
      var objects = image.groundTruth
      losses.difficult += objects.count(where: \.isDifficult)
      for index in objects.indices { objects[index].isDifficult = false }
      image.groundTruth = objects
    }
    if format.type.holdsObjectsOnce {
      var seen: Set<LabeledPixelBox> = []
      let objects = image.groundTruth
      let kept = objects.indices.filter { seen.insert(objects[$0]).inserted }
      losses.repeats += objects.count - kept.count
      image.keep(kept)
    }
    if !canHold.contains(.areas), let areas = image.areas {
      // Width times height of the file: corners give them with a rounding of their own.
      let ofBoxes = image.boxAreas ?? image.groundTruth.map(\.box.area)
      losses.areas += zip(areas, ofBoxes).count { $0 != $1 }
    }
    // A label file of each image is what makes the others' empty ones.
    if image.isUnlabeled { losses.unlabeledImages += 1 }
    if !canHold.contains(.emptyImages), image.groundTruth.isEmpty { losses.emptyImages += 1 }
    return image
  }

  /// The name to write an image under, and whether it has not been written yet.
  private mutating func uniqueName(
    of image: DatasetImage, split: String
  ) throws -> (fileName: String, isNew: Bool) {
    var source = "\(split)/\(image.name)"
    var ending = "png"
    switch image.source {
    case .file(let path):
      source = path
      if pictures == .copied { ending = ImageFile.properExtension(of: path) ?? ending }
    case .embedded(let part):
      source = part.description
      if pictures == .copied {
        ending = ImageFile.usualExtension(of: try part.contents()) ?? ending
      }
    case .generated: break
    }
    let scope = labels.imageFolder(split: split) + "/"
    let plain = image.name.asFileName
    var number = 1
    while true {
      let name =
        switch number {
        case 1: plain
        case 2: "\(split)_\(plain)"
        default: "\(plain)_\(number - 1)"
        }
      number += 1
      if labels.reservedNames.contains(name.lowercased()) { continue }
      // Labels are named after the image without its ending, so that alone must be unique.
      if written[scope + name] == source { return ("\(name).\(ending)", false) }
      if taken.insert((scope + name).lowercased()).inserted {
        written[scope + name] = source
        return ("\(name).\(ending)", true)
      }
    }
  }
}

extension DatasetImage {
  /// Leaves out all objects but those at these positions.
  fileprivate mutating func keep(_ positions: [Int]) {
    let objects = groundTruth
    groundTruth = positions.map { objects[$0] }
    areas = areas.map { areas in positions.map { areas[$0] } }
    boxAreas = boxAreas.map { areas in positions.map { areas[$0] } }
  }
}

/// What a layout could not say.
public struct ConversionLosses: Hashable, Sendable {
  /// Objects that are ordinary ones now.
  public var difficult = 0
  /// Crowds and other regions in which nothing counts, left out; one of all classes is one.
  public var crowds = 0
  /// Objects of a class and box that another object of their image has, left out.
  public var repeats = 0
  /// Areas of segments, which measures by size take from the boxes now.
  public var areas = 0
  /// Images without objects, which the layout does not name.
  public var emptyImages = 0
  /// Images that nobody labelled, which the layout has as labelled ones without objects.
  public var unlabeledImages = 0
  /// Classes without an object.
  public var unusedClasses: Set<String> = []
  /// Splits of names that the layout's reader takes for no split.
  public var splits: Set<String> = []

  /// A line for each kind that there is.
  public var lines: [String] {
    let counts = [
      (difficult, "difficult object|objects, ordinary now"), (crowds, "crowd|crowds, left out"),
      (repeats, "object|objects of the class and box of another, left out"),
      (areas, "area|areas of segments, that|those of the box|boxes now"),
      (emptyImages, "image|images without objects, which no label names"),
      (unlabeledImages, "image|images without labels, labelled as without objects now"),
    ]
    let names = [
      ("classes without an object", unusedClasses),
      ("splits of these names, which are read as none", splits),
    ]
    return counts.filter { $0.0 > 0 }.map { $0.0.counted($0.1) }
      + names.filter { !$0.1.isEmpty }.map { "\($0): \($1.sorted().joined(separator: ", "))" }
  }
}
