import ArgumentParser
import CommandLineOptions
import DetectionData
import Foundation
import Logging
import MultiBox
import SSDModels
import SSDReport
import SSDTraining

/// `multibox explain`.
struct ExplainRunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show what every default box of an image adds to the loss, and why.")

  @OptionGroup var options: ExplainOptions

  func run() throws {
    let run = try options.run.map { try RunFolder(path: $0).configuration() }
    let (image, classNames) = try labeledImage(run)
    let detector = try makeDetector(run, classNames: classNames)
    let pixels = try ImageCache(
      DetectionDataset(classNames: classNames, images: [image])
    ).image(at: 0)
    let explained = try detector.explanation(
      of: pixels, groundTruth: image.normalizedGroundTruth)
    let document = ExplanationDocument(
      explained.loss, detections: explained.detections.filter { $0.reaches(options.threshold) },
      image: ExplanationDocument.Picture(
        name: image.name, width: pixels.width, height: pixels.height),
      network: ExplanationDocument.Network(
        name: detector.configuration.model.rawValue,
        isTrained: options.run != nil && !options.untrained,
        defaultBoxes: detector.configuration.defaultBoxes),
      classNames: classNames)
    if let output = options.output {
      try ExplanationPage(document, image: pixels).write(to: output)
    }
    print(options.json ? try document.json() : document.text())
  }

  private func makeDetector(
    _ run: TrainingConfiguration?, classNames: [String]
  ) throws -> RunDetector {
    let threadCount = options.threads ?? ProcessInfo.processInfo.activeProcessorCount
    var base = run?.loss ?? MultiBoxLoss()
    base.alpha = options.alpha ?? base.alpha
    let loss = try options.lossOptions.loss(over: base)
    if let path = options.run, var configuration = run?.detector {
      configuration.loss = loss
      return options.untrained
        ? try RunDetector(untrained: configuration, threadCount: threadCount)
        : try RunDetector(RunFolder(path: path), loss: loss, threadCount: threadCount)
    }
    let model = ModelName(options.model ?? .ssdCompact)
    let side = model.imageSide(requested: options.imageSize ?? 320)
    return try RunDetector(
      untrained: DetectorConfiguration(
        classNames: classNames, model: model, imageSide: side,
        defaultBoxes: model.defaultSpecification(imageSide: side), loss: loss,
        seed: options.seed ?? 1),
      threadCount: threadCount)
  }

  private func labeledImage(
    _ run: TrainingConfiguration?
  ) throws -> (image: DatasetImage, classNames: [String]) {
    let (image, classNames, report) =
      if let annotation = options.annotation {
        try LabeledImageFile.load(
          image: options.image, annotation: annotation, classNames: run?.classNames)
      } else {
        try imageOfDataset(run)
      }
    let logger = Logger(label: "multibox.explain")
    for problem in report.problems { logger.warning("\(problem.file): \(problem.reason)") }
    return (image, classNames)
  }

  private func imageOfDataset(
    _ run: TrainingConfiguration?
  ) throws -> (DatasetImage, [String], DatasetReport) {
    let path = options.data ?? run?.data ?? ""
    let loader = try options.dataOptions.loader(path: path)
    let splits = try options.split.map { [$0] } ?? loader.splits()
    for split in splits {
      let (dataset, report) = try loader.load(split: split, classNames: run?.classNames)
      if let image = dataset.image(named: options.image) {
        let own = report.problems.filter { $0.file.contains("/\(image.name).") }
        var ownReport = DatasetReport()
        ownReport.problems = own
        return (image, dataset.classNames, ownReport)
      }
    }
    throw DatasetError.missing(
      path: path,
      expected: "no image \(options.image) in \(splits.joined(separator: ", "))")
  }
}
