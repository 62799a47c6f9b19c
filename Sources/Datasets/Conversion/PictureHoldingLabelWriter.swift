import Files
import MultiBox

/// Writes labels and pictures into the same files.
protocol PictureHoldingLabelWriter: LabelWriter {
  /// What the dataset is written into.
  var folder: OutputFolder { get }
}

extension PictureHoldingLabelWriter {
  var holdsPictures: Bool { true }

  func imageFolder(split: String) -> String { split }

  mutating func add(
    _ image: DatasetImage, fileName: String, split: String, classNames: ClassNames
  ) throws {
    throw FileError(path: folder.path, reason: "\(fileName) came without its picture")
  }
}
