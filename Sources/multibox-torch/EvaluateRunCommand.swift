import ArgumentParser
import CommandLineOptions
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
    let folder = RunFolder(path: run)
    let configuration = try folder.configuration()
    let detector = try RunDetector(
      folder, precision: Precision(options.precision), threadCount: options.threadCount)
    print(
      try options.measures(
        on: options.data ?? configuration.data, classNames: configuration.classNames
      ) { dataset, observe in
        try detector.evaluationImages(
          of: dataset, batchSize: options.batchSize, observe: observe)
      })
  }
}
