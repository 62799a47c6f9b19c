import Foundation
import ImageFiles
import MultiBox
import TestSupport
import Testing

@testable import Datasets

/// A dataset of JSON files in a folder, and what reading it gives.
struct JSONFolder {
  let path: String

  func write(_ text: String, to name: String) throws {
    try Fixtures.write(text, to: "\(path)/\(name)")
  }

  /// Writes pictures of a size.
  func writeImages(_ names: String..., width: Int = 40, height: Int = 20) throws {
    for name in names {
      try Fixtures.writeImage("\(path)/\(name)", width: width, height: height)
    }
  }

  /// Loads all splits: what an image has by its name, as lines `class xMin yMin xMax yMax`.
  func load(
    _ format: DatasetFormat, at name: String = ""
  ) throws -> (images: [String: [String]], report: DatasetReport) {
    let loader = try DatasetLoader(path: name.isEmpty ? path : "\(path)/\(name)")
    #expect(loader.format == format)
    var images: [String: [String]] = [:]
    var report = DatasetReport()
    for split in try loader.splits() {
      // A seed may leave a split without an object.
      guard let loaded = try? loader.load(split: split, classNames: loader.classNames()) else {
        continue
      }
      report.add(loaded.report)
      for image in loaded.dataset.images {
        images[image.name] = image.groundTruth.map { labeled in
          let box = labeled.box
          let sides = [box.xMin, box.yMin, box.xMax, box.yMax].map {
            $0 == $0.rounded() ? "\(Int($0))" : "\($0)"
          }
          return ([loaded.dataset.classNames[labeled.classIndex]] + sides).joined(separator: " ")
            + (labeled.isDifficult ? " difficult" : "")
        }
      }
    }
    return (images, report)
  }

  /// The paths of pictures from this folder.
  func files(_ dataset: DetectionDataset) -> [String] {
    dataset.images.compactMap {
      guard case .file(let file) = $0.source else { return nil }
      return String(file.dropFirst(path.count + 1))
    }
  }

  /// Loads the split `train`.
  func loadTrain() throws -> DetectionDataset {
    try DatasetLoader(path: path).load(split: "train").dataset
  }

  /// Problems as `kind: file: reason`, with paths from this folder.
  func problems(_ report: DatasetReport) -> [String] {
    report.problems.map {
      "\($0.kind.rawValue): \($0.file): \($0.reason)".replacingOccurrences(of: path + "/", with: "")
    }
  }
}

/// Runs a test in a new folder.
func withJSONFolder(_ body: (JSONFolder) throws -> Void) throws {
  try withFolder { try body(JSONFolder(path: $0)) }
}
