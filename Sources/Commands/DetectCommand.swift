import ArgumentParser
import Foundation
import ImageFiles
import MultiBox
import Runs
import SSDReport

/// `multibox detect`.
public struct DetectCommand<Engine: Commands.Engine>: ParsableCommand {
  public static var configuration: CommandConfiguration {
    CommandConfiguration(commandName: "detect", abstract: "Find objects in images.")
  }

  @OptionGroup var options: DetectOptions

  public init() {}

  public func run() throws {
    let paths = try ImageFile.paths(options.images)
    var request = DetectorRequest(
      source: options.detector.source, precision: options.machine.precision,
      threadCount: options.machine.threads ?? ProcessInfo.processInfo.activeProcessorCount)
    request.isForThroughput = options.machine.throughput
    request.hasManyImages = paths.count >= DetectOptions.Machine.manyImages
    request.scoreThreshold = options.result.threshold
    let detector = try Engine.detector(request)
    let threshold =
      options.result.threshold ?? max(DetectOptions.Result.usualThreshold, detector.scoreThreshold)
    let output = options.result.output
    var presenter = try DetectionPresenter(
      classNames: detector.classNames, output: output, json: options.result.json,
      inputs: paths)
    // One picture needs no bar, and on a terminal lines of results are progress enough.
    let showsProgress =
      paths.count > 1 && (output != nil || !StandardOutput.isTerminal)
    let progress = showsProgress ? TerminalProgress() : nil
    try detector.forEachDetectedImage(
      count: paths.count, load: { try ImageFile.read(paths[$0]) },
      { detected in
        let shown = detected.detections.filter { $0.reaches(threshold) }
        try StandardOutput.write(
          presenter.present(shown, in: detected.image, path: paths[detected.position]))
        progress?.show(step: detected.position + 1, of: paths.count, ["images"])
      })
    progress?.finish()
    let pictures = paths.count == 1 ? "1 picture" : "\(paths.count) pictures"
    NextStep.tell(wrote: output.map { ["\(pictures) in \($0)"] } ?? [], next: options.next)
  }
}

extension DetectOptions {
  /// Pictures of what was found; where they were drawn, figures: of the run's own images, or of
  /// labelled ones.
  fileprivate var next: [String] {
    guard result.output != nil else {
      let words = NextStep.sameCommand(adding: ["--output", "found"])
      // A shell makes hundreds of names of one pattern.
      guard images.count > 3 else { return words }
      let more = Set(images.dropFirst())
      return words.flatMap { more.contains($0) ? [] : $0 == images[0] ? [$0, "…"] : [$0] }
    }
    return ["multibox", "evaluate"] + detector.words
      + (detector.run == nil ? ["--data", "my-images"] : [])
  }
}

extension ModelOptions {
  /// The options that name the detector again.
  var words: [String] {
    [("--run", run), ("--model", model), ("--description", description)].flatMap { name, value in
      value.map { [name, $0] } ?? []
    }
  }

  /// Validated: one of the two is given.
  var source: DetectorRequest.Source {
    if let model { return .model(model, description: description) }
    return .run(RunFolder(path: run ?? ""))
  }
}
