import DetectionData
import Foundation
import Logging
import MultiBox

extension EvaluateOptions {
  /// Measures a detector on labelled images and prints its figures; the same whichever engine
  /// computes.
  ///
  /// - Parameters:
  ///   - path: of the data.
  ///   - detect: finds objects in all images, and tells how many are done of how many.
  /// - Returns: what is to be printed.
  public func measures(
    on path: String, classNames: [String],
    detect: (DetectionDataset, (Int, Int) -> Void) throws -> [EvaluationImage]
  ) throws -> String {
    let (dataset, report) = try dataOptions.loader(path: path).load(
      split: split, classNames: classNames, decodesImages: true)
    let logger = Logger(label: "multibox.evaluate")
    for problem in report.problems {
      logger.warning("\(problem.file): \(problem.reason)")
    }
    let progress = TerminalProgress()
    let images = try detect(dataset) { progress.show(step: $0, of: $1, "images") }
    progress.finish()
    return try measures(of: images, classNames: classNames)
  }

  /// Measures what was found.
  public func measures(of images: [EvaluationImage], classNames: [String]) throws -> String {
    let measures = MeasureReport(
      images, classNames: classNames, metric: metric, iouThreshold: iouThreshold ?? 0.5,
      threadCount: threadCount)
    if let note = measures.note { Logger(label: "multibox.evaluate").notice("\(note)") }
    return json ? try measures.json() : measures.table()
  }

  /// Threads to compute with.
  public var threadCount: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }
}
