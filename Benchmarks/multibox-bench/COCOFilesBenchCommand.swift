import ArgumentParser
import Datasets
import Foundation
import MultiBox

/// COCO's files as `multibox evaluate` reads them, once: the process is what is measured.
struct COCOFilesBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "coco-files", abstract: "COCO's twelve measures from files, as a JSON list.")

  @Option(help: "Threads.") var threads = 1
  @Argument(help: "Instances JSON.") var groundTruth: String
  @Argument(help: "Results JSON; without it the annotations are counted.") var detections: String?

  func run() throws {
    guard let detections else {
      let truth = try COCOFile(groundTruth: groundTruth)
      return print("[\(truth.objectCount)]")
    }
    let (truth, results) = try COCOFile.read(
      groundTruth: groundTruth, detections: detections, threadCount: threads)
    let measure = COCOAveragePrecision(
      classCount: truth.classNames.count, threadCount: threads)
    let summary = measure.summary(of: try truth.images(detections: results))
    print(summary.figures)
  }
}
