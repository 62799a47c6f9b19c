import ArgumentParser
import CommandLineOptions
import DetectionData
import Foundation
import Logging
import MultiBox
import SSDTraining
import Torch

/// `multibox evaluate --run`.
struct EvaluateRunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measure the average precision of a run.")

  @OptionGroup var options: EvaluateOptions

  func run() throws {
    guard let run = options.run else {
      throw ValidationError("--run is what this executable evaluates")
    }
    let threadCount = options.threads ?? ProcessInfo.processInfo.activeProcessorCount
    let folder = RunFolder(path: run)
    let configuration = try folder.configuration()
    let detector = try RunDetector(
      folder, precision: Precision(options.precision), threadCount: threadCount)
    let path = options.data ?? configuration.data
    let (dataset, report) = try options.dataOptions.loader(path: path).load(
      split: options.split, classNames: configuration.classNames, decodesImages: true)
    let logger = Logger(label: "multibox.evaluate")
    for problem in report.problems {
      logger.warning("\(problem.file): \(problem.reason)")
    }
    let progress = TerminalProgress()
    let images = try detector.evaluationImages(of: dataset, batchSize: options.batchSize) {
      progress.show(step: $0, of: $1, "images")
    }
    progress.finish()
    let measures = MeasureReport(
      images, classNames: configuration.classNames, metric: options.metric,
      iouThreshold: options.iouThreshold ?? 0.5, threadCount: threadCount)
    print(options.json ? try measures.json() : measures.table())
  }
}
