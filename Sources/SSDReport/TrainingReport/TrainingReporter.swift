import Datasets
import Files
import Foundation
import ImageFiles
import MultiBox
import Runs

/// Keeps the run's `report.html` up to date, and its TensorBoard files if asked for.
///
/// Figures come from `metrics.jsonl`; curves and pictures of the weights that are kept lie in the
/// folder `report`, so that a training that resumes still has them.
public final class TrainingReporter {
  let folder: RunFolder
  let configuration: TrainingConfiguration
  let classKeys: ClassKeys
  private let tensorBoard: TensorBoardWriter?
  private let start = Date()
  /// Of a training that has come to its end.
  private(set) var end: TrainingEnd?
  /// The last epoch that the page shows and the run has lost the figures of; nil as a rule.
  var lostEpoch: Int?
  /// By split: the measurement of the weights that are kept, where it could not be written; no
  /// later one shows it.
  private var owed: [String: (evaluation: Evaluation, metrics: EvaluationMetrics)] = [:]

  /// Sentences on what became of the page of before, which shows more than could be shown anew.
  public var notes: [String] {
    lostEpoch.map {
      [
        "\(folder.reportPath): shows epochs whose figures metrics.jsonl has lost; it stays, as"
          + " \(pathOfOldPage($0).lastPart) once there are new figures"
      ]
    } ?? []
  }

  /// Pictures of each kind.
  private static let pictureCount = 4
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
    if try !InputFile.isThere(folder.metricsPath) {
      lostEpoch = TrainingReportPage.epoch(ofFile: folder.reportPath).flatMap { $0 > 0 ? $0 : nil }
    }
  }

  /// The path that the page of lost figures gets: its epochs are not those of the next one.
  func pathOfOldPage(_ epoch: Int) -> String {
    "\(folder.path)/report-until-epoch-\(epoch).html"
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
      let measures =
        [
          ("\(metrics.split)/AP", metrics.ap), ("\(metrics.split)/AP50", metrics.ap50),
          ("\(metrics.split)/AP75", metrics.ap75),
        ]
        + metrics.perClass.sorted { $0.key < $1.key }.map {
          ("\(metrics.split)/AP50 of \($0.key)", $0.value["AP50"] ?? -1)
        }
      // A class of which the split has no object has no measure, which is -1.
      try tensorBoard?.write(measures.filter { $0.1 >= 0 }, step: metrics.iteration)
      if evaluation.isKept { owed[metrics.split] = (evaluation, metrics) } else { try keepOwed() }
      try keep(evaluation, metrics, tensorBoard)
      if evaluation.isKept { owed[metrics.split] = nil }
      try writePage(isRunning: true)
    }
  }

  /// Tries again to write what could not be written.
  private func keepOwed() throws {
    for (split, measured) in owed.sorted(by: { $0.key < $1.key }) {
      // TensorBoard has it, as far as it could be written there.
      try keep(measured.evaluation, measured.metrics, nil)
      owed[split] = nil
    }
  }

  /// Writes the page of a training that has ended, was stopped, or failed.
  ///
  /// A training whose configuration could not be written gets none: its page alone would keep the
  /// next one out of the folder.
  ///
  /// - Parameter error: why it failed; nil for one that ended or was stopped.
  /// - Throws: `FileError` where it cannot be written, or was written without something that could
  ///   not be read.
  public func finish(after error: (any Error)? = nil) throws {
    guard try folder.hasConfiguration else { return }
    // The page is written anyway, and says itself what it lacks.
    let kept = Result { try keepOwed() }
    try writePage(isRunning: false, failure: error.map { "\($0)" })
    try kept.get()
  }

  // MARK: Curves and pictures of an evaluation

  func recordPath(_ split: String) -> String { "\(folder.reportFolder)/\(split).json" }

  /// Keeps what the page shows of a measurement whose weights the run keeps; TensorBoard gets the
  /// pictures of every one.
  private func keep(
    _ evaluation: Evaluation, _ metrics: EvaluationMetrics, _ tensorBoard: TensorBoardWriter?
  ) throws {
    // A record of an older version may be of any epoch, and a damaged one shows nothing.
    let isNew =
      evaluation.isKept
      || (try? EvaluationRecord(ofFile: recordPath(metrics.split)))?.isKept != true
    guard isNew || tensorBoard != nil else { return }
    try OutputPath.makeFolder(of: recordPath(metrics.split))
    let diagnosis = DetectionDiagnosis(evaluation.matched, classCount: classKeys.keys.count)
    // The same images every time, so that one sees them change.
    let first = evaluation.images.indices.filter { !evaluation.images[$0].objects.isEmpty }
      .prefix(Self.pictureCount)
    func pictures(
      _ kind: String, _ indices: some Sequence<Int>
    ) throws -> [EvaluationRecord.Picture] {
      try indices.enumerated().map { rank, index in
        let file = "\(metrics.split)-\(kind)-\(rank + 1).jpg"
        let picture = try drawn(evaluation, index, from: diagnosis.lowestScores)
        if isNew { try JPEGFile.write(picture, to: "\(folder.reportFolder)/\(file)", quality: 85) }
        try tensorBoard?.write(
          picture, tag: "\(metrics.split)/\(kind) \(rank + 1)", step: metrics.iteration)
        let mistakes = diagnosis.mistakes[index]
        return EvaluationRecord.Picture(
          file: file,
          caption: "\(evaluation.dataset.images[index].name): \(mistakes.description)")
      }
    }
    let found = try pictures("detections", first)
    let mistakes = try pictures("mistakes", diagnosis.worstImages(Self.pictureCount))
    guard isNew else { return }
    let names = classKeys.keys
    let sizes = evaluation.summary.averagePrecisionBySize(names)
    try EvaluationRecord(
      epoch: metrics.epoch, split: metrics.split, isKept: evaluation.isKept, classKeys,
      evaluation.summary, diagnosis,
      tables: [diagnosis.thresholds(names)] + [sizes].compactMap { $0 } + diagnosis.mistakes(names),
      found: found, mistakes: mistakes
    ).write(to: recordPath(metrics.split))
  }

  private func drawn(
    _ evaluation: Evaluation, _ index: Int, from lowestScores: [Double]
  ) throws -> RGBImage {
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
      evaluation.images[index].detections.filter {
        $0.score >= lowestScores[$0.classIndex - 1]
      }.map {
        PixelDetection(box: $0.box.scaled(x: x, y: y), classIndex: $0.classIndex, score: $0.score)
      },
      groundTruth: evaluation.dataset.images[index].groundTruth.map {
        LabeledPixelBox(box: $0.box.scaled(x: x, y: y), classIndex: $0.classIndex)
      }, on: small)
  }
}
