import ArgumentParser
import Datasets
import Detectors
import Foundation
import Logging
import MultiBox
import Runs
import SSDReport
import TrainingInput

/// `multibox explain`.
public struct ExplainCommand<Engine: CommandLineOptions.Engine>: ParsableCommand {
  public static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "explain",
      abstract: "Show what every default box of an image adds to the loss, and why.",
      discussion: """
        multibox explain --run RUN --image NAME --output page.html
        multibox explain --image FILE --annotation FILE.xml
        """)
  }

  @OptionGroup var options: ExplainOptions

  public init() {}

  public func run() throws {
    let run = try options.run.map { try RunFolder(path: $0).configuration() }
    let (image, classNames) = try labeledImage(run?.data)
    let configuration = try run ?? untrainedConfiguration(classNames: classNames)
    var base = configuration.loss
    base.alpha = options.alpha ?? base.alpha
    let loss = try options.lossOptions.loss(over: base)
    let detector = try detector(configuration)
    let pixels = try image.pixels()
    let document = ExplanationDocument(
      try detector.explanation(
        of: pixels, groundTruth: image.normalizedGroundTruth, loss: loss),
      detections: try detector.detections(in: pixels).filter { $0.reaches(options.threshold) },
      image: ExplanationDocument.Picture(
        name: image.name, width: pixels.width, height: pixels.height),
      network: ExplanationDocument.Network(
        name: configuration.network.name, isTrained: options.run != nil && !options.untrained,
        defaultBoxes: configuration.network.defaultBoxes),
      classNames: classNames)
    if let output = options.output {
      try ExplanationPage(document, image: pixels).write(to: output)
    }
    try StandardOutput.write(options.json ? document.json() : document.text())
  }

  private func detector(
    _ configuration: TrainingConfiguration
  ) throws -> any PredictingDetector {
    let trained = options.untrained ? nil : options.run.map { RunFolder(path: $0) }
    return try Engine.detector(
      DetectorRequest(
        source: trained.map { .run($0) } ?? .untrained(configuration),
        threadCount: options.threads ?? ProcessInfo.processInfo.activeProcessorCount))
  }

  private func untrainedConfiguration(classNames: ClassNames) throws -> TrainingConfiguration {
    let network = TrainingConfiguration.Network(
      options.model ?? .ssdCompact,
      imageSide: options.imageSize ?? TrainingConfiguration.Network.defaultImageSide)
    var configuration = TrainingConfiguration(
      data: TrainingDataSource(path: "", format: .folder, classNames: classNames),
      network: network)
    configuration.optimization.seed = options.seed ?? configuration.optimization.seed
    configuration.loss = try options.lossOptions.loss()
    return configuration
  }

  private func labeledImage(
    _ run: TrainingDataSource?
  ) throws -> (image: DatasetImage, classNames: ClassNames) {
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
    _ run: TrainingDataSource?
  ) throws -> (DatasetImage, ClassNames, DatasetReport) {
    let path = options.data ?? run?.path ?? ""
    let loader = try options.dataOptions.loader(path: path, like: options.data == nil ? run : nil)
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
