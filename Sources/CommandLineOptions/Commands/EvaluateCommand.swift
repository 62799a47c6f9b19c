import ArgumentParser
import Datasets
import Foundation
import Logging
import MultiBox
import Runs
import TrainingInput

/// `multibox evaluate`: a run or a model on images, or plain files.
public struct EvaluateCommand<Engine: CommandLineOptions.Engine>: ParsableCommand {
  public static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "evaluate",
      abstract: "Measure average precision, of a run, a model file or plain files.",
      discussion: "JSON keys: AP AP50 AP75 APsmall APmedium APlarge AR1 AR10 AR100 ARsmall ARmedium"
        + " ARlarge (coco) or mAP (voc07, voc10), and perClass. -1 where nothing is to be found.")
  }

  @OptionGroup var options: EvaluateOptions

  public init() {}

  public func run() throws {
    if let groundTruth = options.groundTruth, let detections = options.detections {
      let file = try COCOFile(groundTruth: groundTruth)
      try show(file.images(detections: detections), classNames: file.classNames)
    } else if let model = options.model {
      // Validated: a model comes with data.
      try measure(.model(model, description: options.description), on: options.data ?? "", nil)
    } else {
      let folder = RunFolder(path: options.run ?? "")
      let source = try folder.configuration().data
      try measure(.run(folder), on: options.data ?? source.path, source)
    }
  }

  /// Finds objects in a split and measures.
  ///
  /// - Parameter own: what a run was trained on; unless other data are named, read as then.
  private func measure(
    _ source: DetectorRequest.Source, on path: String, _ own: TrainingDataSource?
  ) throws {
    var request = DetectorRequest(
      source: source, precision: options.precision, threadCount: options.threadCount)
    request.batchSize = options.batchSize
    request.isForThroughput = true
    let detector = try Engine.detector(request)
    let loader = try options.dataOptions.loader(path: path, like: options.data == nil ? own : nil)
    let (dataset, report) = try loader.load(
      split: options.split, classNames: detector.classNames, decode: { try $0.pixels() })
    let logger = Logger(label: "multibox.evaluate")
    for problem in report.problems { logger.warning("\(problem.file): \(problem.reason)") }
    let progress = TerminalProgress()
    let images = try detector.evaluationImages(of: dataset) {
      progress.show(step: $0, of: $1, "images")
    }
    progress.finish()
    try show(images, classNames: detector.classNames)
  }

  private func show(_ images: [EvaluationImage], classNames: ClassNames) throws {
    let measures = MeasureReport(
      images, classNames: classNames, metric: options.metric,
      iouThreshold: options.iouThreshold ?? 0.5, threadCount: options.threadCount)
    if let note = measures.note { Logger(label: "multibox.evaluate").notice("\(note)") }
    try StandardOutput.write(options.json ? measures.json() : measures.table())
  }
}

extension EvaluateOptions {
  /// Threads to compute with.
  var threadCount: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }
}
