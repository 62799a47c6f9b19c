import ArgumentParser
import CommandLineOptions
import DetectionData
import Foundation
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
      threadCount: options.threads ?? ProcessInfo.processInfo.activeProcessorCount,
      scoreThreshold: options.threshold)
    try options.present(
      images, classNames: detector.configuration.classNames, threshold: options.threshold ?? 0.5,
      detect: detector.detections(in:), show: { print($0) })
  }
}
