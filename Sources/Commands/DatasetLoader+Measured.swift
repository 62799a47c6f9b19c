import Datasets
import Files
import Logging
import MultiBox

extension DatasetLoader {
  /// Reads a split that a detector is measured on, and says what was left out.
  ///
  /// - Parameters:
  ///   - split: the split's name.
  ///   - classNames: of the detector.
  ///   - label: the logger's.
  /// - Returns: the images, and the number of objects of other classes.
  /// - Throws: `DatasetError` or `FileError` naming the file; also where none of the objects is of
  ///   a class of the detector: nothing would be measured, and -1 is no answer to that.
  func measured(
    split: String, classNames: ClassNames, label: String
  ) throws -> (dataset: DetectionDataset, unknownCount: Int) {
    let (dataset, report) = try load(
      split: split, classNames: classNames, decode: { try $0.pixels() })
    let logger = Logger(label: label)
    if let since = keptSince { logger.info("\(IndexCache.note(since))") }
    report.tell(split: split, logger: logger)
    let unknown = report.problems.filter { $0.kind == .unknownName }
    if let first = unknown.first, dataset.images.allSatisfy(\.groundTruth.isEmpty) {
      throw FileError(
        path: first.file,
        reason: "\(first.reason): none of \(unknown.count) objects is of a class of the detector")
    }
    return (dataset, unknown.count)
  }
}
