import Datasets
import Files
import Foundation
import MultiBox

/// What the folder `report` of a run holds of a split: curves, tables and the names of pictures, of
/// the measurement whose weights the run keeps.
struct EvaluationRecord: Codable {
  struct Picture: Codable {
    let file: String
    let caption: String
  }

  /// A bin of a reliability diagram.
  struct Bin: Codable {
    let score: Double
    let precision: Double
  }

  let epoch: Int
  let split: String
  /// The weights of the epoch are kept; nil in files of older versions, which held the last
  /// measurement.
  let isKept: Bool?
  /// Precision at 101 points of recall, by class.
  let precision: [String: [Double]]
  /// F1 of all detections from score 0, .01 … 1 on, by class; nil in files of older versions.
  let f1: [String: [Double]]?
  /// Bins with detections; nil in files of older versions.
  let calibration: [Bin]?
  /// Nil as above, and without scores to speak of.
  let calibrationWords: String?
  /// Nil in files of older versions.
  let tables: [TextTable]?
  /// Nil in files of older versions.
  let confusion: ConfusionTable?
  let found: [Picture]
  let mistakes: [Picture]

  /// - Returns: nil where there is no file.
  /// - Throws: `FileError` where it cannot be read or is damaged.
  init?(ofFile path: String) throws {
    guard try InputFile.isThere(path) else { return nil }
    self = try JSONDocument.decode(
      Self.self, from: InputFile.contents(path, isMapped: false), path: path)
  }

  init(
    epoch: Int, split: String, isKept: Bool, _ classKeys: ClassKeys, _ summary: COCOSummary,
    _ diagnosis: DetectionDiagnosis, tables: [TextTable], found: [Picture], mistakes: [Picture]
  ) {
    self.epoch = epoch
    self.split = split
    self.isKept = isKept
    precision = classKeys.dictionary(summary.perClass.map(\.precision50))
    f1 = classKeys.dictionary(
      diagnosis.curves.map { curve in
        curve.points.isEmpty
          ? [] : (0...100).map { curve.point(from: Double($0) / 100)?.f1 ?? 0 }
      })
    calibration = diagnosis.calibration.bins.filter { $0.count > 0 }
      .map { Bin(score: $0.meanScore, precision: $0.precision) }
    calibrationWords = diagnosis.calibrationWords
    self.tables = tables
    confusion = ConfusionTable(diagnosis.confusion, classKeys.keys)
    self.found = found
    self.mistakes = mistakes
  }

  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try AtomicFile.write(encoder.encode(self), to: path)
  }

  /// The split, and the epoch that its curves and pictures are of.
  var title: String {
    "\(split), epoch \(epoch)" + (isKept == true ? ", whose weights are kept" : "")
  }

  /// Precision over recall of the first classes.
  ///
  /// - Parameters:
  ///   - names: of the classes.
  ///   - ap50: of each class by name, where the figures of the epoch are there.
  func precisionChart(_ names: ClassNames, ap50: (String) -> Double?) -> LineChart {
    LineChart(
      title: "Precision over recall at IoU 0.5, \(split), epoch \(epoch); AP50", xTitle: "recall",
      series: names.prefix(8).map { name in
        LineChart.Series(
          name: [name, ap50(name).map { NumberStyle.measure.text($0) }].compactMap { $0 }
            .joined(separator: " "),
          points: (precision[name] ?? []).enumerated().map { (Double($0) / 100, $1) })
      }.filter { !$0.points.isEmpty }, xRange: 0...1, yRange: 0...1.02)
  }

  /// F1 over the threshold of the first classes.
  func thresholdChart(_ names: ClassNames) -> LineChart {
    LineChart(
      title: "F1 over the threshold at IoU 0.5, \(split), epoch \(epoch)", xTitle: "score",
      series: names.prefix(8).map { name in
        LineChart.Series(
          name: name, points: (f1?[name] ?? []).enumerated().map { (Double($0) / 100, $1) })
      }.filter { !$0.points.isEmpty }, xRange: 0...1, yRange: 0...1.02)
  }

  /// Precision over score of all classes, beside what a calibrated detector has.
  var calibrationChart: LineChart? {
    guard let calibration, calibration.count > 1 else { return nil }
    return LineChart(
      title: "Calibration: precision over mean score of ten bins, \(split)", xTitle: "score",
      series: [
        LineChart.Series(
          name: "detections", points: calibration.map { ($0.score, $0.precision) },
          marksPoints: true),
        LineChart.Series(name: "calibrated", points: [(0, 0), (1, 1)]),
      ], xRange: 0...1, yRange: 0...1.02)
  }
}
