import Datasets
import Files
import Foundation

/// What a run keeps of a split, to know its images again.
public struct SplitRecord: Hashable, Sendable, Codable {
  /// The number of images.
  public let imageCount: Int
  /// The number of objects in them.
  public let objectCount: Int
  /// A hash of the classes, and of each image's name, size, bytes of its file, and objects. It does
  /// not change with the place that the files lie in.
  public let digest: String
  /// What reading the split left out or changed.
  public let report: DatasetReport

  /// Describes a split.
  ///
  /// - Parameters:
  ///   - dataset: its images.
  ///   - report: of reading it.
  public init(_ dataset: DetectionDataset, report: DatasetReport = DatasetReport()) {
    imageCount = dataset.images.count
    objectCount = dataset.images.reduce(0) { $0 + $1.groundTruth.count }
    digest = ContentHash(of: dataset.fingerprint).text
    self.report = report
  }

  /// Says what is different now.
  ///
  /// - Parameter now: the same split, read again.
  /// - Returns: words that follow the split's name; nil where nothing is.
  public func difference(to now: SplitRecord) -> String? {
    guard digest != now.digest else { return nil }
    guard (imageCount, objectCount) == (now.imageCount, now.objectCount) else {
      return imageCount.counted("image|images") + " with "
        + objectCount.counted("object|objects") + " when the run began,"
        + " \(now.imageCount) with \(now.objectCount) now"
    }
    return "other names, sizes or labels than when the run began"
  }
}

extension DetectionDataset {
  /// Everything that a training depends on but the pixels, of which the files' sizes tell.
  fileprivate var fingerprint: Data {
    var data = Data()
    func add(_ text: String) {
      data.append(contentsOf: text.utf8)
      data.append(0)
    }
    func add(_ number: Int) { withUnsafeBytes(of: Int64(number).littleEndian) { data += $0 } }
    func add(_ number: Double) {
      withUnsafeBytes(of: number.bitPattern.littleEndian) { data += $0 }
    }
    for name in classNames { add(name) }
    for image in images {
      add(image.name)
      add(image.width)
      add(image.height)
      add(image.source.byteCount)
      add(image.groundTruth.count)
      for object in image.groundTruth {
        add(object.classIndex)
        add((object.isDifficult ? 1 : 0) + (object.isCrowd ? 2 : 0) + (object.isIgnored ? 4 : 0))
        for value in [object.box.xMin, object.box.yMin, object.box.xMax, object.box.yMax] {
          add(value)
        }
      }
    }
    return data
  }
}

extension DatasetImage.Source {
  /// Of the encoded picture; 0 for one that is made on demand.
  fileprivate var byteCount: Int {
    switch self {
    case .file(let path): InputFile.size(path) ?? 0
    case .embedded(let part): part.length
    case .generated: 0
    }
  }
}
