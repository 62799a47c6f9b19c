import ArgumentParser
import Foundation
import ImageFiles
import MultiBox
import Runs
import SSDReport

/// `multibox detect`.
public struct DetectCommand<Engine: CommandLineOptions.Engine>: ParsableCommand {
  public static var configuration: CommandConfiguration {
    CommandConfiguration(commandName: "detect", abstract: "Find objects in images.")
  }

  @OptionGroup var options: DetectOptions

  public init() {}

  public func run() throws {
    let paths = try ImageFile.paths(options.images)
    var request = DetectorRequest(
      source: options.source, precision: options.precision,
      threadCount: options.threads ?? ProcessInfo.processInfo.activeProcessorCount)
    request.isForThroughput = options.throughput ?? (paths.count >= 8 ? true : nil)
    request.scoreThreshold = options.threshold
    let detector = try Engine.detector(request)
    let threshold = options.threshold ?? max(0.5, detector.scoreThreshold)
    var presenter = try DetectionPresenter(
      classNames: detector.classNames, output: options.output, json: options.json, inputs: paths)
    // One picture needs no bar, and on a terminal lines of results are progress enough.
    let showsProgress =
      paths.count > 1 && (options.output != nil || !StandardOutput.isTerminal)
    let progress = showsProgress ? TerminalProgress() : nil
    try detector.forEachDetectedImage(
      count: paths.count, load: { try ImageFile.read(paths[$0]) },
      { detected in
        let shown = detected.detections.filter { $0.reaches(threshold) }
        try StandardOutput.write(
          presenter.present(shown, in: detected.image, path: paths[detected.position]))
        progress?.show(step: detected.position + 1, of: paths.count, "images")
      })
    progress?.finish()
  }
}

extension DetectOptions {
  /// Validated: one of the two is given.
  var source: DetectorRequest.Source {
    if let model { return .model(model, description: description) }
    return .run(RunFolder(path: run ?? ""))
  }
}
