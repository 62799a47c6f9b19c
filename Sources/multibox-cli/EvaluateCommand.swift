import ArgumentParser
import CommandLineOptions
import DetectionData
import Foundation

/// `multibox evaluate`: plain files here, runs by `multibox-torch`.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure average precision, of a run or of plain files.",
    discussion: "JSON keys: AP AP50 AP75 APsmall APmedium APlarge AR1 AR10 AR100 ARsmall ARmedium"
      + " ARlarge (coco) or mAP (voc07, voc10), and perClass. -1 where nothing is to be found.")

  @OptionGroup var options: EvaluateOptions

  func run() throws {
    guard let groundTruth = options.groundTruth, let detections = options.detections else {
      try TorchExecutable.replaceProcess()
    }
    let file = try COCOFile(groundTruth: groundTruth)
    let measures = MeasureReport(
      try file.images(detections: detections), classNames: file.classNames, metric: options.metric,
      iouThreshold: options.iouThreshold ?? 0.5,
      threadCount: options.threads ?? ProcessInfo.processInfo.activeProcessorCount)
    print(options.json ? try measures.json() : measures.table())
  }
}
