import ArgumentParser
import Datasets
import Detectors
import Logging
import MultiBox
import Runs
import SSDReport
import TrainingInput

/// `multibox explain`.
public struct ExplainCommand<Engine: Commands.Engine>: ParsableCommand {
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
    if let output = options.result.output { try PageFile.check(output, isNewOr: .explanation) }
    let run = try options.network.run.map { try RunFolder(path: $0).configuration() }
    let (image, classNames) = try labeledImage(run?.data)
    let configuration = try run ?? untrainedConfiguration(classNames: classNames)
    let loss = try options.lossOptions.loss(over: configuration.loss, classNames: classNames)
    let detector = try detector(configuration)
    let pixels = try image.pixels()
    let document = ExplanationDocument(
      try detector.explanation(
        of: pixels, groundTruth: image.normalizedGroundTruth, loss: loss),
      detections: try detector.detections(in: pixels).filter {
        $0.reaches(options.result.threshold)
      },
      image: ExplanationDocument.Picture(
        name: image.name, width: pixels.width, height: pixels.height),
      network: ExplanationDocument.Network(
        name: configuration.network.name,
        isTrained: options.network.run != nil && !options.network.untrained,
        defaultBoxes: configuration.network.defaultBoxes),
      classNames: classNames)
    let output = options.result.output
    if let output { try ExplanationPage(document, image: pixels).write(to: output) }
    try StandardOutput.write(options.result.json ? document.json() : document.text())
    NextStep.tell(wrote: output.map { [$0] } ?? [], next: next)
  }

  /// The page.
  private var next: [String] {
    options.result.output.map(NextStep.opening)
      ?? NextStep.sameCommand(adding: ["--output", "page.html"])
  }

  private func detector(
    _ configuration: TrainingConfiguration
  ) throws -> any PredictingDetector {
    let network = options.network
    let trained = network.untrained ? nil : network.run.map { RunFolder(path: $0) }
    return try Engine.detector(
      DetectorRequest(
        source: trained.map { .run($0) } ?? .untrained(configuration),
        threadCount: network.threads ?? AvailableProcessors.count))
  }

  private func untrainedConfiguration(classNames: ClassNames) throws -> TrainingConfiguration {
    let network = TrainingConfiguration.Network(
      options.network.model ?? .ssdCompact,
      imageSide: options.network.imageSize ?? TrainingConfiguration.Network.defaultImageSide)
    var configuration = TrainingConfiguration(
      data: TrainingDataSource(paths: [], classNames: classNames),
      network: network)
    configuration.optimization.seed = options.network.seed ?? configuration.optimization.seed
    configuration.loss = try options.lossOptions.loss()
    return configuration
  }

  private func labeledImage(
    _ run: TrainingDataSource?
  ) throws -> (image: DatasetImage, classNames: ClassNames) {
    let (image, classNames, report) =
      if let annotation = options.source.annotation {
        try LabeledImageFile.load(
          image: options.source.image, annotation: annotation, classNames: run?.classNames,
          maximumPixels: options.source.dataOptions.files.maxPixels)
      } else {
        try imageOfDataset(run)
      }
    report.tell(split: nil, logger: Logger(label: "multibox.explain"))
    return (image, classNames)
  }

  private func imageOfDataset(
    _ run: TrainingDataSource?
  ) throws -> (DatasetImage, ClassNames, DatasetReport) {
    let source = options.source
    let loader = try source.dataOptions.loader(source.data, like: run)
    let splits = try source.split.map { [$0] } ?? loader.splits()
    for split in splits {
      let (dataset, report) = try loader.load(split: split, classNames: run?.classNames)
      if let image = dataset.image(named: source.image) {
        let own = report.problems.filter { $0.file.contains("/\(image.name).") }
        return (image, dataset.classNames, DatasetReport(problems: own))
      }
    }
    throw DatasetError.missing(
      path: loader.paths.joined(separator: ", "),
      expected: "no image \(source.image) in \(splits.joined(separator: ", "))")
  }
}
