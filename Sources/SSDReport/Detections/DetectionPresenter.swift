import Datasets
import Files
import Foundation
import ImageFiles
import MultiBox

/// Shows the detections of images: as pictures in a folder, as JSON lines, or as text.
public struct DetectionPresenter {
  private let classNames: ClassNames
  private let output: String?
  private let json: Bool
  /// Pictures of the same name from different folders must not overwrite each other, nor what they
  /// are drawn from, nor another output.
  private var used: Set<String>

  /// Only a picture with it is replaced; with it one is no photo to look at.
  public static let mark = PictureMark.detect

  /// Makes the folder for pictures.
  ///
  /// - Parameters:
  ///   - classNames: names of the classes.
  ///   - output: folder for pictures, made if need be; nil for none.
  ///   - json: one JSON object a line, instead of text.
  ///   - inputs: paths of all images that will be presented; none is written over.
  ///   - outputs: paths of other files and folders that will be written; no picture gets one.
  /// - Throws: `FileError` where the folder cannot be made.
  public init(
    classNames: ClassNames, output: String?, json: Bool, inputs: [String] = [],
    outputs: [String] = []
  ) throws {
    self.classNames = classNames
    self.output = output
    self.json = json
    used = Set(output == nil ? [] : (inputs + outputs).map(OutputPath.real))
    if let output { try OutputPath.make(folder: output) }
  }

  /// Writes the picture, if there is a folder for it, and returns the lines to print.
  ///
  /// The picture of a JPEG file is a JPEG file, any other a PNG file. It replaces one that was
  /// drawn here before; where another file has its name, it gets a number behind it.
  ///
  /// - Parameters:
  ///   - detections: in pixels of the image.
  ///   - image: the picture.
  ///   - path: of its file, which names the picture.
  /// - Throws: `FileError` or `ImageError` where the picture cannot be written.
  public mutating func present(
    _ detections: [PixelDetection], in image: RGBImage, path: String
  ) throws -> String {
    var picture: String?
    if let output {
      let isJPEG = ImageFile.isJPEG(path)
      let file = uniquePath(for: path, in: output, extension: isJPEG ? "jpg" : "png")
      let drawn = try DetectionPicture(classNames: classNames).drawn(detections, on: image)
      try isJPEG
        ? JPEGFile.write(drawn, to: file, mark: Self.mark)
        : PNGFile.write(drawn, to: file, mark: Self.mark)
      picture = file
    }
    if json {
      return try DetectionLine(
        image: path, width: image.width, height: image.height, detections: detections,
        classNames: classNames
      ).text()
    }
    var lines = ["\(path): \(detections.count) found" + (picture.map { ", drawn in \($0)" } ?? "")]
    for item in detections.map({ DetectionLine.Item($0, classNames: classNames) }) {
      let box = item.box.map { NumberStyle.pixels.text($0) }.joined(separator: ", ")
      lines.append("  \(item.class) \(NumberStyle.measure.text(item.score)) [\(box)]")
    }
    return lines.map(\.shown).joined(separator: "\n")
  }

  private mutating func uniquePath(
    for path: String, in folder: String, extension: String
  ) -> String {
    let stem = path.lastPart.withoutExtension
    var file = "\(folder)/\(stem).\(`extension`)"
    var number = 2
    while isTaken(file) || !used.insert(OutputPath.real(file)).inserted {
      file = "\(folder)/\(stem)-\(number).\(`extension`)"
      number += 1
    }
    return file
  }

  /// A user's own picture in the folder was drawn by nobody here.
  private func isTaken(_ path: String) -> Bool {
    FileIdentity(path) != nil && !Self.mark.isIn(path)
  }
}
