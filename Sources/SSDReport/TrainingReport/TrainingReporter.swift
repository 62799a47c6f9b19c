import Datasets
import Files
import Foundation
import ImageFiles
import MultiBox
import Runs

/// Keeps the run's `report.html` up to date, and its TensorBoard files if asked for.
///
/// Figures come from `metrics.jsonl`; curves and pictures of the last evaluations lie in the folder
/// `report`, so that a training that resumes still has them.
public final class TrainingReporter {
  private let folder: RunFolder
  private let configuration: TrainingConfiguration
  private let classKeys: ClassKeys
  private let tensorBoard: TensorBoardWriter?
  private let start = Date()
  /// Of a training that has come to its end.
  private var end: TrainingEnd?

  /// Pictures of each kind.
  private static let pictureCount = 4
  /// Scores from it on are drawn, and count as mistakes where nothing is.
  private static let drawnScore = 0.5
  private static let pictureSide = 640

  /// Begins to report on a run.
  ///
  /// - Parameters:
  ///   - folder: of the run.
  ///   - configuration: the run's.
  ///   - tensorBoard: writes event files too; a run that began with them goes on so.
  ///   - step: iterations done before.
  /// - Throws: `FileError` where the event file cannot be made.
  public init(
    _ folder: RunFolder, _ configuration: TrainingConfiguration, tensorBoard: Bool,
    startingAt step: Int
  ) throws {
    self.folder = folder
    self.configuration = configuration
    classKeys = ClassKeys(configuration.data.classNames)
    // A run that began with TensorBoard goes on with it.
    let goesOn = FileManager.default.fileExists(atPath: folder.tensorBoardFolder)
    self.tensorBoard =
      tensorBoard || goesOn
      ? try TensorBoardWriter(folder: folder.tensorBoardFolder, startingAt: step) : nil
  }

  /// Takes an `event`, and writes the page where it changes something.
  ///
  /// - Throws: `FileError` where a file cannot be written.
  public func observe(_ event: TrainingEvent) throws {
    switch event {
    case .resumed, .measuring, .note, .exported, .notExported: break
    case .ended(let end): self.end = end
    case .iteration(let report):
      try tensorBoard?.write(
        [
          ("loss/total", report.loss), ("loss/localization", report.localization),
          ("loss/confidence", report.confidence), ("learning rate", report.learningRate),
          ("positives per image", report.positivesPerImage),
        ], step: report.done)
    case .trained(let metrics):
      try tensorBoard?.write(
        [
          ("gradient norm", metrics.gradientNorm), ("images per second", metrics.imagesPerSecond),
        ], step: metrics.iteration)
      try writePage(isRunning: true)
    case .evaluated(let metrics, let evaluation):
      try tensorBoard?.write(
        [
          ("\(metrics.split)/AP", metrics.ap), ("\(metrics.split)/AP50", metrics.ap50),
          ("\(metrics.split)/AP75", metrics.ap75),
        ]
          + metrics.perClass.sorted { $0.key < $1.key }.map {
            ("\(metrics.split)/AP50 of \($0.key)", $0.value["AP50"] ?? -1)
          }, step: metrics.iteration)
      try keep(evaluation, metrics)
      try writePage(isRunning: true)
    }
  }

  /// Writes the page of a training that has ended, was stopped, or failed.
  ///
  /// A training whose configuration could not be written gets none: its page alone would keep the
  /// next one out of the folder.
  ///
  /// - Parameter error: why it failed; nil for one that ended or was stopped.
  /// - Throws: `FileError` where it cannot be written.
  public func finish(after error: (any Error)? = nil) throws {
    guard try folder.hasConfiguration else { return }
    try writePage(isRunning: false, failure: error.map { "\($0)" })
  }

  // MARK: Curves and pictures of an evaluation

  /// What the folder `report` holds of the last evaluation of a split.
  private struct Kept: Codable {
    struct Picture: Codable {
      let file: String
      let caption: String
    }
    let epoch: Int
    let split: String
    /// Precision at 101 points of recall, by class.
    let precision: [String: [Double]]
    /// Nil in files of older versions.
    let tables: [TextTable]?
    let found: [Picture]
    let mistakes: [Picture]
  }

  private func keptPath(_ split: String) -> String { "\(folder.reportFolder)/\(split).json" }

  private func keep(_ evaluation: Evaluation, _ metrics: EvaluationMetrics) throws {
    try OutputPath.makeFolder(of: keptPath(metrics.split))
    let mistakes = evaluation.images.map { DetectionMistakes($0, minimumScore: Self.drawnScore) }
    let worst = mistakes.indices.filter { mistakes[$0].count > 0 }
      .sorted { (mistakes[$0].weight, $1) > (mistakes[$1].weight, $0) }
      .prefix(Self.pictureCount)
    // The same images every time, so that one sees them change.
    let first = evaluation.images.indices.filter { !evaluation.images[$0].objects.isEmpty }
      .prefix(Self.pictureCount)
    func pictures(_ kind: String, _ indices: some Sequence<Int>) throws -> [Kept.Picture] {
      try indices.enumerated().map { rank, index in
        let file = "\(metrics.split)-\(kind)-\(rank + 1).jpg"
        let picture = try drawn(evaluation, index)
        try JPEGFile.write(picture, to: "\(folder.reportFolder)/\(file)", quality: 85)
        try tensorBoard?.write(
          picture, tag: "\(metrics.split)/\(kind) \(rank + 1)", step: metrics.iteration)
        return Kept.Picture(
          file: file,
          caption: "\(evaluation.dataset.images[index].name): \(mistakes[index].description)")
      }
    }
    let diagnosis = DetectionDiagnosis(evaluation.images, classCount: classKeys.keys.count)
    let kept = Kept(
      epoch: metrics.epoch, split: metrics.split,
      precision: classKeys.dictionary(evaluation.summary.perClass.map(\.precision50)),
      tables: [diagnosis.thresholds(classKeys.keys)] + diagnosis.mistakes(classKeys.keys),
      found: try pictures("detections", first), mistakes: try pictures("mistakes", worst))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try AtomicFile.write(encoder.encode(kept), to: keptPath(metrics.split))
  }

  private func drawn(_ evaluation: Evaluation, _ index: Int) throws -> RGBImage {
    let image = try evaluation.dataset.images[index].pixels()
    let scale = min(Double(Self.pictureSide) / Double(max(image.width, image.height)), 1)
    let (width, height) = (
      max(Int(Double(image.width) * scale), 1), max(Int(Double(image.height) * scale), 1)
    )
    let small = ImageResampler(width: width, height: height).image(of: image)
    let (x, y) = (
      Double(width) / Double(image.width), Double(height) / Double(image.height)
    )
    return try DetectionPicture(classNames: configuration.data.classNames).drawn(
      evaluation.images[index].detections.filter { $0.score >= Self.drawnScore }.map {
        PixelDetection(box: $0.box.scaled(x: x, y: y), classIndex: $0.classIndex, score: $0.score)
      },
      groundTruth: evaluation.dataset.images[index].groundTruth.map {
        LabeledPixelBox(box: $0.box.scaled(x: x, y: y), classIndex: $0.classIndex)
      }, on: small)
  }

  // MARK: The page

  private func writePage(isRunning: Bool, failure: String? = nil) throws {
    let metrics = try folder.metrics()
    var training: [TrainingMetrics] = []
    var evaluations: [EvaluationMetrics] = []
    for line in metrics {
      switch line {
      case .training(let metrics): training.append(metrics)
      case .evaluation(let metrics): evaluations.append(metrics)
      }
    }
    let epoch = training.last?.epoch ?? 0
    try TrainingReportPage(
      title: "\(configuration.network.name) on \(configuration.data.title)",
      status: "Epoch \(epoch) of \(configuration.optimization.epochs)"
        + (isRunning ? ", training. The page loads itself again every 30 seconds." : ".")
        + (end.map { " The training has \($0.words)." } ?? "")
        + (failure.map { " The training has ended with an error: \($0)" } ?? ""),
      refreshSeconds: isRunning ? 30 : nil, facts: try facts(training.last, evaluations),
      sections: [measures(evaluations), lossSection(training)]
        + evaluationSections(evaluations)
    ).write(to: folder.reportPath)
  }

  private func facts(
    _ last: TrainingMetrics?, _ evaluations: [EvaluationMetrics]
  ) throws -> [(name: String, value: String)] {
    var facts: [(String, String)] = []
    if let epoch = try folder.keptEpoch { facts.append(("kept weights", "epoch \(epoch)")) }
    for split in Set(evaluations.map(\.split)).sorted() {
      guard let latest = evaluations.last(where: { $0.split == split }) else { continue }
      facts.append(
        (
          "\(split), epoch \(latest.epoch)",
          "AP \(NumberStyle.measure.text(latest.ap)),"
            + " AP50 \(NumberStyle.measure.text(latest.ap50))"
        ))
    }
    if let last {
      facts += [
        ("loss", NumberStyle.measure.text(last.loss)),
        ("images/s", String(format: "%.1f", last.imagesPerSecond)),
      ]
    }
    let loss = configuration.loss
    return facts + [
      ("input", "\(configuration.network.imageSide) × \(configuration.network.imageSide) px"),
      ("default boxes", "\(configuration.network.defaultBoxes.boxCount)"),
      ("batch", "\(configuration.optimization.batchSize)"), ("box loss", loss.localization.name),
      ("confidence loss", loss.confidence.name), ("seed", "\(configuration.optimization.seed)"),
      ("precision", configuration.execution.precision.rawValue),
    ]
  }

  private func measures(
    _ evaluations: [EvaluationMetrics]
  ) throws -> TrainingReportPage.Section {
    let splits = Set(evaluations.map(\.split)).sorted()
    func series(_ value: (EvaluationMetrics) -> Double, _ name: (String) -> String)
      -> [LineChart.Series]
    {
      splits.map { split in
        LineChart.Series(
          name: name(split),
          points: evaluations.filter { $0.split == split }.map { (Double($0.epoch), value($0)) },
          marksPoints: true)
      }
    }
    guard !evaluations.isEmpty else {
      return TrainingReportPage.Section(title: "Average precision")
    }
    let range = 0...Double(max(configuration.optimization.epochs, 1))
    var charts = [
      LineChart(
        title: "AP (IoU 0.5 to 0.95)", xTitle: "epoch", series: series(\.ap) { $0 },
        xRange: range, yRange: 0...1),
      LineChart(
        title: "AP50", xTitle: "epoch", series: series(\.ap50) { $0 }, xRange: range,
        yRange: 0...1),
    ]
    for split in splits {
      charts += try kept(split).map { [precision($0, evaluations)] } ?? []
      charts.append(
        LineChart(
          title: "AP50 by class, \(split)", xTitle: "epoch",
          series: classKeys.keys.prefix(8).map { name in
            LineChart.Series(
              name: name,
              points: evaluations.filter { $0.split == split }.map {
                (Double($0.epoch), $0.perClass[name]?["AP50"] ?? -1)
              }.filter { $0.1 >= 0 }, marksPoints: true)
          }, xRange: range, yRange: 0...1))
    }
    return TrainingReportPage.Section(title: "Average precision", charts: charts)
  }

  private func kept(_ split: String) throws -> Kept? {
    try contents(keptPath(split)).flatMap { try? JSONDecoder().decode(Kept.self, from: $0) }
  }

  /// Returns what a file of the folder `report` holds; nil where someone has removed it.
  ///
  /// - Throws: `FileError` where it is there and cannot be read: a page without it would look
  ///   whole.
  private func contents(_ path: String) throws -> Data? {
    guard try InputFile.isThere(path) else { return nil }
    return try InputFile.contents(path, isMapped: false)
  }

  private func precision(_ kept: Kept, _ evaluations: [EvaluationMetrics]) -> LineChart {
    let measured = evaluations.last { $0.split == kept.split && $0.epoch == kept.epoch }
    return LineChart(
      title: "Precision over recall at IoU 0.5, \(kept.split), epoch \(kept.epoch); AP50",
      xTitle: "recall",
      series: classKeys.keys.prefix(8).map { name in
        let ap50 = measured?.perClass[name]?["AP50"].map { NumberStyle.measure.text($0) }
        return LineChart.Series(
          name: [name, ap50].compactMap { $0 }.joined(separator: " "),
          points: (kept.precision[name] ?? []).enumerated().map { (Double($0) / 100, $1) })
      }.filter { !$0.points.isEmpty }, xRange: 0...1, yRange: 0...1.02)
  }

  private func lossSection(_ training: [TrainingMetrics]) -> TrainingReportPage.Section {
    func series(_ name: String, _ value: (TrainingMetrics) -> Double) -> LineChart.Series {
      // A line of one epoch would be nothing.
      LineChart.Series(
        name: name, points: training.map { (Double($0.epoch), value($0)) },
        marksPoints: training.count <= 40)
    }
    guard !training.isEmpty else { return TrainingReportPage.Section(title: "Loss") }
    let range = 0...Double(max(configuration.optimization.epochs, 1))
    return TrainingReportPage.Section(
      title: "Training", explanation: "Means over the steps of each epoch.",
      charts: [
        LineChart(
          title: "Loss and its parts", xTitle: "epoch",
          series: [
            series("L", \.loss), series("L_conf / N", \.confidence),
            series("L_loc / N", \.localization),
          ], xRange: range),
        LineChart(
          title: "Learning rate", xTitle: "epoch", series: [series("", \.learningRate)],
          xRange: range),
        LineChart(
          title: "Positives per image", xTitle: "epoch", series: [series("", \.positivesPerImage)],
          xRange: range),
        LineChart(
          title: "Norm of the gradient", xTitle: "epoch", series: [series("", \.gradientNorm)],
          xRange: range),
      ])
  }

  private func evaluationSections(
    _ evaluations: [EvaluationMetrics]
  ) throws -> [TrainingReportPage.Section] {
    try Set(evaluations.map(\.split)).sorted().flatMap { split -> [TrainingReportPage.Section] in
      guard let kept = try kept(split) else { return [] }
      func pictures(_ kept: [Kept.Picture]) throws -> [TrainingReportPage.Picture] {
        try kept.compactMap { picture in
          try contents("\(folder.reportFolder)/\(picture.file)").map {
            TrainingReportPage.Picture(caption: picture.caption, data: $0)
          }
        }
      }
      return [
        TrainingReportPage.Section(
          title: "Thresholds and mistakes, \(split), epoch \(kept.epoch)",
          explanation: "At IoU 0.5: the score from which on F1 is highest, what is then taken for"
            + " another class, and what AP50 would gain without each kind of mistake.",
          tables: kept.tables ?? []),
        TrainingReportPage.Section(
          title: "Detections, \(split), epoch \(kept.epoch)",
          explanation: "Scores from 0.5; dashed white is what is there.",
          pictures: try pictures(kept.found)),
        TrainingReportPage.Section(
          title: "The worst mistakes, \(split), epoch \(kept.epoch)",
          explanation: "Images with the most objects missed and things found that are not there.",
          pictures: try pictures(kept.mistakes)),
      ]
    }
  }
}
