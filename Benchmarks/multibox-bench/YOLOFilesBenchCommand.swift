import ArgumentParser
import Datasets

/// A dataset of many small files as `multibox train` reads it, once: the process is measured.
struct YOLOFilesBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "yolo-files", abstract: "Images and objects of a YOLO dataset, as a JSON list.")

  @Argument(help: "The folder of data.yaml.") var folder: String

  func run() throws {
    let dataset = try DatasetLoader(path: folder, format: .yolo).load(split: "train").dataset
    print("[\(dataset.images.count), \(dataset.images.reduce(0) { $0 + $1.groundTruth.count })]")
  }
}
