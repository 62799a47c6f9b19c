import Files
import Foundation
import MultiBox

/// Writes TensorFlow's and Roboflow's table, one for each split: `train_labels.csv` beside
/// `images/train`, and the classes as `classes.csv`.
///
/// An image without objects has a row with its name and size alone.
struct CSVLabelWriter: LabelWriter {
  private let folder: OutputFolder
  private var lines = [Self.header]

  private static let header = "filename,width,height,class,xmin,ymin,xmax,ymax"

  init(folder: OutputFolder) { self.folder = folder }

  func imageFolder(split: String) -> String { "images/\(split)" }

  func check(split: String, classNames: [String]) throws {
    try refuse(classNames, in: "\(folder.path)/\(split)_labels.csv", "tables")
  }

  mutating func add(
    _ image: DatasetImage, fileName: String, split: String, classNames: ClassNames
  ) {
    let about = [fileName.asCSVField, "\(image.width)", "\(image.height)"]
    if image.groundTruth.isEmpty {
      lines.append((about + ["", "", "", "", ""]).joined(separator: ","))
    }
    for labeled in image.groundTruth {
      let box = labeled.box
      let fields =
        about + [classNames[labeled.classIndex].asCSVField]
        + [box.xMin, box.yMin, box.xMax, box.yMax].map(\.asField)
      lines.append(fields.joined(separator: ","))
    }
  }

  mutating func finish(split: String, fileNames: [String], classNames: ClassNames) throws {
    try folder.write(lines: lines, to: "\(split)_labels.csv")
    lines = [Self.header]
    let classes = zip(classNames, 0...).map { name, number in "\(name.asCSVField),\(number)" }
    try folder.write(lines: classes, to: "classes.csv")
  }
}

extension Double {
  /// The shortest text that gives the same number; whole pixels without decimals, for readers that
  /// take no other.
  fileprivate var asField: String { Int(exactly: self).map(String.init) ?? "\(self)" }
}
