import Datasets
import Detectors
import Files
import Foundation
import Logging
import MultiBox
import SSDReport

/// `multibox export --check`: the forms of a run, measured on images of the user and compared with
/// its network.
public struct ExportCheck {
  /// A line of the table: something that was written of the run.
  public struct Form {
    /// How a form is compared.
    public enum Kind {
      /// It gives logits and offsets: those are compared, and AP.
      case heads(any PredictingDetector)
      /// It decodes by itself: AP is compared, with that of the run, or of the run with the
      /// suppression that the form has.
      case rows(any PredictingDetector, like: (title: String, detector: any PredictingDetector)?)
      /// It cannot be executed here: nothing is compared.
      case notExecuted(reason: String)
    }

    /// What it is called in the table.
    public let title: String
    /// The path of its file.
    public let path: String
    /// How it is compared.
    public let kind: Kind

    /// Creates a form.
    public init(_ title: String, path: String, _ kind: Kind) {
      self.title = title
      self.path = path
      self.kind = kind
    }
  }

  private let dataset: DetectionDataset
  private let split: String
  private let tolerances: ExportTolerances
  private let threadCount: Int
  private static let label = "multibox.export"

  /// The lowest score that is measured, as `evaluate` does.
  public static let scoreThreshold = EvaluateOptions.Measure.usualScore

  /// Reads the images, before anything is written.
  ///
  /// - Parameters:
  ///   - options: name them, and the tolerances; `--check` was given.
  ///   - classNames: of the run.
  /// - Throws: `DatasetError` or `FileError` naming the data, also where there is no image; a usage
  ///   error for an option without effect.
  public init(_ options: ExportCheckOptions, classNames: ClassNames) throws {
    let loader = try options.files.loader(options.check, format: options.checkFormat)
    let split = try options.split ?? loader.requiredSplit(for: .test)
    let dataset = try loader.measured(split: split, classNames: classNames, label: Self.label)
      .dataset
    guard !dataset.images.isEmpty else {
      throw FileError(
        path: loader.paths.joined(separator: ", "),
        reason: "\(split) holds no image, so nothing would be compared")
    }
    self.init(
      dataset, split: split, tolerances: options.tolerances, threadCount: options.threadCount)
  }

  /// - Precondition: there are images.
  init(
    _ dataset: DetectionDataset, split: String, tolerances: ExportTolerances, threadCount: Int
  ) {
    precondition(!dataset.images.isEmpty, "a check on no image")
    self.dataset = dataset
    self.split = split
    self.tolerances = tolerances
    self.threadCount = threadCount
  }

  /// Measures the run and its forms, and writes the table.
  ///
  /// - Parameters:
  ///   - run: the run's network.
  ///   - title: what it is called in the table.
  ///   - forms: what was written.
  /// - Throws: `FileError` naming a form that is past a tolerance, or gave numbers that are none;
  ///   an error of an engine.
  public func run(_ run: any PredictingDetector, title: String, forms: [Form]) throws {
    let (table, failure) = try result(run, title: title, forms: forms)
    try StandardOutput.write(table.lines().joined(separator: "\n"))
    if let failure { throw failure }
    let logger = Logger(label: Self.label)
    for form in forms {
      switch form.kind {
      case .heads: logger.notice("\(form.path): as the run, \(tolerances.words)")
      case .rows: logger.notice("\(form.path): as the run, \(tolerances.wordsOfAveragePrecision)")
      case .notExecuted(let reason):
        logger.warning("\(form.path): not compared: \(reason)")
      }
    }
  }

  /// Returns the table, and what is wrong; nil where nothing is.
  func result(
    _ run: any PredictingDetector, title: String, forms: [Form]
  ) throws -> (table: TextTable, failure: FileError?) {
    let lines = forms.flatMap(\.lines)
    try checkHasObjects(for: forms)
    let computed = lines.compactMap { line in
      line.detector.map {
        DetectorComparison.Form($0, name: line.path, givesPredictions: line.givesPredictions)
      }
    }
    let tiling = TileOptions.usual(for: run)
    if let tiling {
      StandardError.write("tiles of \(tiling.side) pixels, as the detector was trained")
    }
    let progress = TerminalProgress()
    let (ofRun, results) = try DetectorComparison(of: run, with: computed, tiling: tiling)
      .results(on: dataset) { progress.show(step: $0, of: $1, ["images"]) }
    progress.finish()

    let own = measured(ofRun)
    var rows = [[title] + own.words]
    var reference = own
    var failures: [FileError] = []
    if !run.tellDropped(label: Self.label, foundAny: ofRun.foundAny) {
      failures.append(FileError(path: title, reason: "gives numbers that are none, or no box"))
    }
    var rest = results.makeIterator()
    for line in lines {
      guard let detector = line.detector, let result = rest.next() else {
        rows.append([line.title])
        continue
      }
      let measures = measured(result.images)
      rows.append(
        [line.title] + measures.words
          + (result.difference.map { [Self.text($0.logits), Self.text($0.offsets)] } ?? ["–", "–"]))
      if line.isReference {
        reference = measures
        continue
      }
      var reasons = tolerances.exceeded(by: result.difference)
      reasons += tolerances.exceeded(by: measures, from: reference)
      if !detector.tellDropped(label: Self.label, foundAny: result.images.foundAny) {
        reasons.append("numbers that are none, or no box")
      }
      if !reasons.isEmpty {
        failures.append(
          FileError(
            path: line.path,
            reason: "was written, and is not as the run: \(reasons.joined(separator: "; "))"))
      }
      reference = own
    }
    let count = dataset.images.count.counted("image|images")
    let table = TextTable(
      title: "\(split), \(count)",
      columns: ["AP", "AP50", "logits differ by", "offsets differ by"], rows: rows)
    return (table, failures.first)
  }

  /// AP is all that rows are compared by.
  private func checkHasObjects(for forms: [Form]) throws(FileError) {
    let hasRows = forms.contains { if case .rows = $0.kind { true } else { false } }
    guard hasRows, dataset.images.allSatisfy(\.countedObjects.isEmpty) else { return }
    throw FileError(
      path: split, reason: "holds no object: rows are compared by AP, which is none then")
  }

  private func measured(_ images: [EvaluationImage]) -> Measures {
    let summary = COCOAveragePrecision(
      classCount: dataset.classNames.count, threadCount: threadCount
    ).summary(of: images)
    return Measures(ap: summary.ap, ap50: summary.ap50)
  }

  private static func text(_ difference: Float) -> String {
    NumberStyle.measure.text(Double(difference))
  }

  /// What is measured of a form.
  struct Measures {
    let ap: Double
    let ap50: Double

    fileprivate var words: [String] {
      // A difference that a tolerance looks at stands in the fourth decimal at the latest.
      [ap, ap50].map { $0 < 0 ? "–" : String(format: "%.4f", $0) }
    }
  }
}

/// A line of the table below the run's.
private struct CheckedLine {
  let title: String
  let path: String
  /// Nil is not executed.
  let detector: (any PredictingDetector)?
  var givesPredictions = false
  /// The run itself, decoded as the form of the next line is.
  var isReference = false
}

extension ExportCheck.Form {
  fileprivate var lines: [CheckedLine] {
    switch kind {
    case .heads(let detector):
      [CheckedLine(title: title, path: path, detector: detector, givesPredictions: true)]
    case .rows(let detector, let like):
      (like.map {
        [CheckedLine(title: $0.title, path: path, detector: $0.detector, isReference: true)]
      } ?? []) + [CheckedLine(title: title, path: path, detector: detector)]
    case .notExecuted:
      [CheckedLine(title: "\(title), not executed here", path: path, detector: nil)]
    }
  }
}

extension ExportTolerances {
  fileprivate var words: String {
    (predictions.map { "logits and offsets within \($0), " } ?? "") + wordsOfAveragePrecision
  }

  fileprivate var wordsOfAveragePrecision: String { "AP and AP50 within \(averagePrecision)" }

  /// Says which differences are too large.
  fileprivate func exceeded(by difference: PredictionDifference?) -> [String] {
    guard let difference else { return [] }
    return [("logits", difference.logits), ("offsets", difference.offsets)]
      .filter { Double($0.1) > predictions ?? .greatestFiniteMagnitude }
      .map { name, value in
        guard let predictions else { return "\(name) are no numbers where the run's are" }
        let text = NumberStyle.measure.text(Double(value), apartFrom: predictions)
        return "\(name) differ by up to \(text), more than --tolerance \(predictions)"
      }
  }

  fileprivate func exceeded(
    by found: ExportCheck.Measures, from expected: ExportCheck.Measures
  ) -> [String] {
    [("AP", found.ap, expected.ap), ("AP50", found.ap50, expected.ap50)]
      .filter { abs($0.1 - $0.2) > averagePrecision }
      .map { name, found, expected in
        let text = NumberStyle.measure.text(abs(found - expected), apartFrom: averagePrecision)
        return "\(name) differs by \(text), more than --ap-tolerance \(averagePrecision)"
      }
  }
}

extension [EvaluationImage] {
  fileprivate var foundAny: Bool { contains { !$0.detections.isEmpty } }
}
