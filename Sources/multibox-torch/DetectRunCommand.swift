import ArgumentParser
import CommandLineOptions
import DetectionData
import Foundation
import MultiBox
import SSDReport
import SSDTraining
import Torch

/// `multibox detect --run`.
struct DetectRunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "detect", abstract: "Find objects in images with a run.")

  @OptionGroup var options: DetectOptions

  func run() throws {
    guard let run = options.run else {
      throw ValidationError("--run is what this executable detects with")
    }
    let images = try ImageFile.paths(options.images)
    let detector = try RunDetector(
      RunFolder(path: run), precision: Precision(options.precision),
      threadCount: options.threads ?? ProcessInfo.processInfo.activeProcessorCount)
    var presenter = try DetectionPresenter(
      classNames: detector.configuration.classNames, output: options.output, json: options.json)
    // One picture needs no bar, and lines of results are progress enough.
    let progress = options.output != nil && images.count > 1 ? TerminalProgress() : nil
    for (index, path) in images.enumerated() {
      let image = try ImageFile.read(path)
      let found = try detector.detections(in: image).filter { $0.score >= options.threshold }
      print(try presenter.present(found, in: image, path: path))
      progress?.show(step: index + 1, of: images.count, "images")
    }
    progress?.finish()
  }
}
