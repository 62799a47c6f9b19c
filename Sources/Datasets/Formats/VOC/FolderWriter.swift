import Files
import Foundation
import ImageFiles
import MultiBox

/// Writes a split as a folder of PNG images with Pascal VOC annotations beside them.
public enum FolderWriter {
  /// Writes one PNG and one XML file for each image.
  ///
  /// Reading the folder gives the same boxes: the 1-based pixels of the format are written with
  /// decimals.
  ///
  /// - Parameters:
  ///   - dataset: the images and their objects.
  ///   - folder: is made where it is missing; files of the same names are replaced.
  /// - Throws: `FileError` or `ImageError` naming the file.
  public static func write(_ dataset: DetectionDataset, to folder: String) throws {
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw FileError(path: folder, reason: "cannot be made: \(error.localizedDescription)")
    }
    for image in dataset.images {
      try PNGFile.write(image.pixels(), to: "\(folder)/\(image.name).png")
      try AtomicFile.write(
        VOCAnnotation.data(
          of: image, fileName: "\(image.name).png", classNames: dataset.classNames),
        to: "\(folder)/\(image.name).xml")
    }
  }
}
