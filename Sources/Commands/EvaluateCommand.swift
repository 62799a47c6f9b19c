import ArgumentParser
import Datasets
import Files
import Foundation
import Logging
import MultiBox
import Runs
import SSDReport
import TrainingInput

/// `multibox evaluate`: a run or a model on images, or plain files.
public struct EvaluateCommand<Engine: Commands.Engine>: ParsableCommand {
  public static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "evaluate",
      abstract: "Measure average precision, of a run, a model file or plain files.",
      discussion: """
        multibox evaluate --run runs/mine
        multibox evaluate --model detector.onnx --data my-photos --split test --json

        JSON keys: AP AP50 AP75 APsmall APmedium APlarge AR1 AR10 AR100 ARsmall ARmedium \
        ARlarge (coco) or mAP (voc07, voc10), and perClass with the same of each class. -1 where \
        nothing is to be found. By coco also, at IoU .5: the threshold of highest F1 of each class \
        (all scores from it on are taken), confusion by object and detection, mistakes with the \
        AP50 they cost, calibration (precision by bins of score, and the expected error), and \
        worstImages. leftOut counts what the other side does not know: detections by class, images \
        with detections, objects by class.
        """)
  }

  @OptionGroup var options: EvaluateOptions

  public init() {}

  public func run() throws {
    if let groundTruth = options.files.groundTruth, let detections = options.files.detections {
      try measure(groundTruth: groundTruth, detections: detections)
    } else if let run = options.detector.run {
      try measure(try RunFolder(path: run).configuration().data)
    } else {
      // Validated: a model comes with data.
      try measure(nil)
    }
  }

  /// Measures what files say.
  private func measure(groundTruth: String, detections: String) throws {
    let truth: COCOFile
    let images: [EvaluationImage]
    let notes: [String]
    let leftOut: UnmeasuredCount
    if DetectionLines.areIn(detections) {
      truth = try COCOFile(groundTruth: groundTruth)
      (images, notes, leftOut) = try DetectionLines(detections).images(of: truth)
    } else {
      let files = try COCOFile.read(
        groundTruth: groundTruth, detections: detections, threadCount: options.threadCount)
      truth = files.groundTruth
      images = try truth.images(detections: files.detections)
      (leftOut, notes) = truth.leftOut(of: files.detections)
    }
    let logger = Logger(label: "multibox.evaluate")
    for note in truth.notes + notes { logger.warning("\(note)") }
    try show(
      images, names: truth.imageNames, classNames: truth.classNames, leftOut: leftOut)
  }

  /// Finds objects in a split and measures.
  ///
  /// - Parameter own: what a run was trained on; unless other data are named, read as then.
  private func measure(_ own: TrainingDataSource?) throws {
    var request = DetectorRequest(
      source: try options.detector.source(), threadCount: options.threadCount)
    request.precision = options.machine.precision ?? request.precision
    request.device = options.machine.device
    request.batchSize = options.machine.batchSize
    request.hasManyImages = true
    request.scoreThreshold = options.measure.threshold ?? EvaluateOptions.Measure.usualScore
    let detector = options.tiles.detector(try Engine.detector(request))
    if case .run(let folder) = request.source { try folder.tellWeights() }
    let data = options.data
    let loader = try data.reading.loader(data.data, like: own)
    let split =
      try data.split ?? (data.data.isEmpty ? own?.testSplit : nil)
      ?? loader.requiredSplit(for: .test)
    let (dataset, unknownCount) = try loader.measured(
      split: split, classNames: detector.classNames, label: "multibox.evaluate")
    let progress = TerminalProgress()
    let images = try detector.evaluationImages(of: dataset) {
      progress.show(step: $0, of: $1, ["images"])
    }
    progress.finish()
    let isWhole = detector.tellDropped(
      label: "multibox.evaluate", foundAny: images.contains { !$0.detections.isEmpty })
    options.tiles.tell(
      largestSide: dataset.images.map { max($0.width, $0.height) }.max() ?? 0)
    try show(
      images, names: dataset.images.map(\.name), classNames: detector.classNames,
      leftOut: UnmeasuredCount(objects: unknownCount))
    guard isWhole else { throw ExitCode.failure }
    NextStep.tell(next: next(dataset.images.first?.name, split: split))
  }

  /// The loss of an image that was measured; a model file without a run has none.
  private func next(_ image: String?, split: String) -> [String] {
    guard let run = options.detector.run, let image else {
      return ["multibox", "detect"] + options.detector.words + ["photo.jpg", "--output", "found"]
    }
    return ["multibox", "explain", "--run", run]
      + options.data.data.flatMap { ["--data", $0] }
      + ["--split", split, "--image", image, "--output", "page.html"]
  }

  private func show(
    _ images: [EvaluationImage], names: [String], classNames: ClassNames, leftOut: UnmeasuredCount
  ) throws {
    let measures = try MeasureReport(
      images, imageNames: names, classNames: classNames, options: options.measure,
      threadCount: options.threadCount)
    if let note = measures.note { Logger(label: "multibox.evaluate").notice("\(note)") }
    try StandardOutput.write(
      options.measure.json ? measures.json(leftOut: leftOut) : measures.table())
  }
}

extension EvaluateOptions {
  /// Threads to compute with.
  var threadCount: Int { machine.threads ?? AvailableProcessors.count }
}
