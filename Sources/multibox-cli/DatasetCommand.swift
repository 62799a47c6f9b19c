import ArgumentParser
import CommandLineOptions
import Datasets
import Foundation
import MultiBox

/// `multibox dataset`: what is in a dataset, and what is wrong with it.
struct DatasetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dataset", abstract: "Check labelled images and count what is in them.")

  @Argument(help: ArgumentHelp(DataOptions.dataHelp), completion: .labeledData)
  var data: [String]
  @Option(help: ArgumentHelp("Only this split. Default: all.", valueName: "split"))
  var split: String?
  @Option(
    help: ArgumentHelp(
      "Only so many images of each split, the first ones. Default: all.", valueName: "count"))
  var limit: Int?
  @OptionGroup var options: DataOptions
  @Flag(help: "Print JSON. Default: a table.")
  var json = false
  @Option(
    help: ArgumentHelp(
      "Write images (PNG) and annotations (XML) to this folder, one folder a split."
        + " Default: nothing is written.", valueName: "folder"),
    completion: .directory)
  var export: String?
  @Option(
    help: ArgumentHelp(
      "Write the dataset in this format to --output. Default: nothing is written.",
      valueName: "name"))
  var convert: DatasetFormat?
  @Option(
    help: ArgumentHelp("New folder for --convert. Default: none.", valueName: "folder"),
    completion: .directory)
  var output: String?

  func validate() throws {
    try require(limit ?? 1 > 0, "--limit", "above 0", limit ?? 0)
    if let convert, !DatasetFormat.written.contains(convert) {
      throw ValidationError(
        "--convert: expected one of \(DatasetFormat.written.map(\.name).joined(separator: ", ")),"
          + " found \(convert.name)")
    }
    if (convert == nil) != (output == nil) {
      throw ValidationError("--convert and --output go together")
    }
  }

  func run() throws {
    let loader = try options.loader(data)
    let splits = try split.map { [$0] } ?? loader.splits()
    guard !splits.isEmpty else {
      throw DatasetError.missing(
        path: data.joined(separator: ", "), expected: "expected labelled images, found none")
    }
    var reports: [SplitReport] = []
    var writers: [DatasetWriter] = []
    if let convert, let output {
      writers.append(try DatasetWriter(format: convert, folder: output))
    }
    if let export {
      writers.append(try DatasetWriter(format: .folder, folder: export, pictures: .png))
    }
    // One order of classes for all splits, also where one of them lacks a class.
    let classNames = writers.isEmpty ? nil : try loader.classNames()
    for split in splits {
      var (dataset, report) = try loader.load(
        split: split, classNames: classNames, decode: { try $0.pixels() })
      if let limit { dataset.images = Array(dataset.images.prefix(limit)) }
      reports.append(SplitReport(dataset, report, split: split))
      let progress = TerminalProgress()
      for index in writers.indices {
        try writers[index].write(dataset, split: split) {
          progress.show(step: $0, of: $1, [split])
        }
      }
      progress.finish()
    }
    for writer in writers {
      for loss in writer.losses.lines {
        StandardError.write("\(writer.format.type.title) cannot hold: \(loss)\n")
      }
    }
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      try StandardOutput.write(String(decoding: encoder.encode(reports), as: UTF8.self))
    } else {
      try StandardOutput.write(reports.map(\.text).joined(separator: "\n\n"))
    }
    let written = [export, output].compactMap { $0 }
    NextStep.tell(wrote: written, next: next(written.last, splits: splits))
  }

  /// A training with what was written, or a measurement where there is nothing to train on.
  private func next(_ written: String?, splits: [String]) -> [String] {
    guard let written else { return ["multibox", "default-boxes"] + data }
    return splits.contains { $0.hasPrefix("train") }
      ? ["multibox", "train", "--data", written]
      : ["multibox", "evaluate", "--run", "run", "--data", written, "--split", splits[0]]
  }
}

/// Counts of a split.
private struct SplitReport: Encodable {
  /// Objects of one class by size: COCO's ranges of area, to whose borders an object may belong
  /// twice.
  struct OfClass: Encodable {
    var name: String
    var objects = 0
    var difficult = 0
    var small = 0
    var medium = 0
    var large = 0
  }

  var split: String
  var images: Int
  var imagesWithoutObjects: Int
  var objects: Int
  var classes: [OfClass]
  var changes: [DatasetChange: Int]
  var problemCounts: [String: Int]
  var problems: [DatasetProblem]
  private var lines: [String]

  private enum CodingKeys: String, CodingKey {
    case split, images, imagesWithoutObjects, objects, classes, changes, problemCounts, problems
  }

  init(_ dataset: DetectionDataset, _ report: DatasetReport, split: String) {
    var classes = dataset.classNames.map { OfClass(name: $0) }
    for object in dataset.images.flatMap(\.evaluationObjects) {
      let index = object.classIndex - 1
      classes[index].objects += 1
      if object.isDifficult { classes[index].difficult += 1 }
      if COCOAreaRange.small.contains(object.area) { classes[index].small += 1 }
      if COCOAreaRange.medium.contains(object.area) { classes[index].medium += 1 }
      if COCOAreaRange.large.contains(object.area) { classes[index].large += 1 }
    }
    self.split = split
    images = dataset.images.count
    imagesWithoutObjects = dataset.images.count { $0.groundTruth.isEmpty }
    objects = classes.reduce(0) { $0 + $1.objects }
    self.classes = classes
    changes = report.changes
    problems = report.problems
    lines = report.lines(limit: Self.shownProblems)
    problemCounts = [:]
    for problem in problems { problemCounts[problem.kind.rawValue, default: 0] += 1 }
  }

  /// Problems of a kind that a table shows; `--json` has all.
  private static let shownProblems = 5

  var text: String {
    func column(_ value: Int) -> String {
      String(repeating: " ", count: max(8 - String(value).count, 1)) + String(value)
    }
    let width = max((classes.map(\.name.count).max() ?? 0) + 2, 8)
    func row(_ name: String) -> String {
      name.padding(toLength: width, withPad: " ", startingAt: 0)
    }
    var lines = [
      "\(split): \(images) images, \(objects) objects, \(imagesWithoutObjects) images without any",
      row("class") + " objects   small  medium   large   difficult",
    ]
    for entry in classes {
      lines.append(
        row(entry.name) + column(entry.objects) + column(entry.small) + column(entry.medium)
          + column(entry.large) + column(entry.difficult))
    }
    lines.append("(small: area to 32² pixels, medium: from there to 96²; on a border: both)")
    lines += self.lines
    return lines.joined(separator: "\n")
  }
}
