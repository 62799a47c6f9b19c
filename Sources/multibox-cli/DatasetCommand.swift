import ArgumentParser
import Commands
import Datasets
import Files
import Foundation
import MultiBox
import SSDReport
import Synchronization

/// `multibox dataset`: what is in a dataset, what is wrong with it, and another one made of it.
struct DatasetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dataset",
    abstract: "Check labelled images, count what is in them, convert, divide and browse them.",
    discussion: """
      multibox dataset photos
      multibox dataset photos --convert yolo --output photos-yolo
      multibox dataset photos --split 80/10/10 --write
      multibox dataset photos --classes car,truck=car --convert coco --output cars
      multibox dataset photos --duplicates --browse page.html
      """)

  @Argument(help: ArgumentHelp(DataOptions.dataHelp), completion: .labeledData)
  var data: [String]
  @Option(
    help: ArgumentHelp(
      "Only this split; or shares such as 80/10/10, which divide all images anew into train, val"
        + " and test, each with its share of every class, near duplicates together. Default: all"
        + " splits as they are.", valueName: "split|shares"))
  var split: String?
  @Option(
    help: ArgumentHelp(
      "Only so many images of each split, the first ones. Default: all.", valueName: "count"))
  var limit: Int?
  @Option(
    help: ArgumentHelp(
      "Only these classes, with commas between them; old=new renames, and joins where several get"
        + " one name. Default: all.", valueName: "names"))
  var classes: String?
  @OptionGroup var options: DataOptions
  @Flag(help: "Look for images that are nearly the same, in one split or in two. Default: no.")
  var duplicates = false
  @Flag(help: "Print JSON. Default: a table.")
  var json = false
  @OptionGroup(title: "Writing") var writing: Writing

  /// What is written.
  struct Writing: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "Write a page (HTML) that shows the images with their boxes and what is suspicious."
          + " Default: no page.", valueName: "file"),
      completion: .file(extensions: ["html"]))
    var browse: String?
    @Option(
      help: ArgumentHelp(
        "Write images (PNG) and annotations (XML) to this new folder, one folder a split."
          + " Default: nothing is written.", valueName: "folder"),
      completion: .directory)
    var export: String?
    @Option(
      help: ArgumentHelp(
        "Write the dataset in this format to --output. Default: nothing is written.",
        valueName: "name"))
    var convert: DatasetFormat?
    @Flag(
      help: ArgumentHelp(
        "Write the dataset in the format that it has to --output. Default: nothing is written."))
    var write = false
    @Option(
      help: ArgumentHelp(
        "New folder for --convert, which needs one, and --write. Default: the name of the data"
          + " with -new behind it, here.", valueName: "folder"),
      completion: .directory)
    var output: String?

    func validate() throws {
      if let convert { try requireWritten(convert, "--convert") }
      if write, convert != nil { throw ValidationError("--write goes without --convert") }
      if convert != nil, output == nil { throw ValidationError("--convert needs --output") }
      if let export, let output, export.absolutePath == output.absolutePath {
        throw ValidationError("--export and --output: expected two folders, found one")
      }
      if output != nil, convert == nil, !write {
        throw ValidationError("--output has no effect without --convert or --write")
      }
    }
  }

  func validate() throws {
    try require(limit ?? 1 > 0, "--limit", "above 0", limit ?? 0)
    if let split, split.contains("/"), shares == nil {
      throw ValidationError("--split: expected a split, or shares such as 80/10/10, found \(split)")
    }
    if duplicates, shares != nil {
      throw ValidationError(
        "--duplicates has no effect with shares: near duplicates are looked for, and stay together")
    }
  }

  /// The shares of train, val and test, or of train and val; nil where `--split` names a split.
  private var shares: [Double]? {
    guard let parts = split?.split(separator: "/", omittingEmptySubsequences: false) else {
      return nil
    }
    let numbers = parts.compactMap { Double($0) }
    guard (2...3).contains(parts.count), numbers.count == parts.count,
      numbers.allSatisfy({ $0 > 0 && $0 <= 1_000_000 })
    else { return nil }
    return numbers
  }

  func run() throws {
    if let path = writing.browse { try PageFile.check(path) }
    let shares = shares
    let loader = try options.loader(data, splitsAnew: shares != nil)
    let splits = try shares == nil ? split.map { [$0] } ?? loader.splits() : loader.splits()
    guard !splits.isEmpty else {
      throw DatasetError.missing(
        path: data.joined(separator: ", "), expected: "expected labelled images, found none")
    }
    var writers = try makeWriters(loader)
    // One order of classes for all splits, also where one of them lacks a class.
    let isOneDataset =
      !writers.isEmpty || shares != nil || classes != nil || writing.browse != nil
    let classNames = isOneDataset ? try loader.classNames() : nil
    var parts: [DatasetPart] = []
    for split in splits {
      var (dataset, report) = try load(split, of: splits, classNames, loader)
      if let limit { dataset.images = Array(dataset.images.prefix(limit)) }
      parts.append(DatasetPart(split: split, dataset: dataset, report: report))
    }
    try choose(&parts)
    let distinct = DatasetPart.withoutUnions(parts)
    let alike = duplicates || shares != nil ? try NearDuplicates(of: distinct) : nil
    if let shares { parts = divided(distinct, shares, alike) }
    for part in parts {
      let progress = TerminalProgress()
      for index in writers.indices {
        try writers[index].write(part.dataset, split: part.split) {
          progress.show(step: $0, of: $1, [part.split])
        }
      }
      progress.finish()
    }
    for writer in writers {
      for loss in writer.losses.lines {
        StandardError.write("\(writer.format.type.title) cannot hold: \(loss)")
      }
    }
    // Divided anew, the pairs are no longer in the order of the parts, and all in one.
    let pairs = shares == nil ? alike.map { NearDuplicateReport($0, distinct) } : nil
    try show(parts, pairs)
    if let path = writing.browse {
      try DatasetPage(
        shares == nil ? distinct : parts, title: data.joined(separator: ", "),
        alike: shares == nil ? alike : nil
      ).write(to: path)
    }
    let folders = writers.map(\.folder)
    NextStep.tell(
      wrote: folders + (writing.browse.map { [$0] } ?? []),
      next: next(folders.last, splits: parts.map(\.split)))
  }

  /// Loads a split; one of images alone has the classes of the others.
  private func load(
    _ split: String, of splits: [String], _ classNames: ClassNames?, _ loader: DatasetLoader
  ) throws -> (dataset: DetectionDataset, report: DatasetReport) {
    func load(_ classNames: ClassNames?) throws -> (DetectionDataset, DatasetReport) {
      try loader.load(split: split, classNames: classNames, decode: { try $0.pixels() })
    }
    do {
      return try load(classNames)
    } catch let error as DatasetError {
      guard case .noClasses = error, splits.count > 1, classNames == nil else { throw error }
      return try load(loader.classNames())
    }
  }

  private func makeWriters(_ loader: DatasetLoader) throws -> [DatasetWriter] {
    var writers: [DatasetWriter] = []
    if let convert = writing.convert ?? (writing.write ? loader.format : nil) {
      let name = (data[0] as NSString).standardizingPath.split(separator: "/").last ?? "data"
      writers.append(
        try DatasetWriter(format: convert, folder: writing.output ?? "\(name)-new"))
    }
    if let export = writing.export {
      writers.append(try DatasetWriter(format: .folder, folder: export, pictures: .png))
    }
    return writers
  }

  /// Keeps the classes that were asked for.
  private func choose(_ parts: inout [DatasetPart]) throws {
    guard let choice = try classes.map({ text throws(DatasetError) in try ClassChoice(text) })
    else { return }
    var leftOut: [String: Int] = [:]
    for index in parts.indices {
      let chosen = try choice.applied(to: parts[index].dataset)
      parts[index].dataset = chosen.dataset
      leftOut.merge(chosen.leftOut, uniquingKeysWith: +)
    }
    for (name, count) in leftOut.sorted(by: { $0.key < $1.key }) {
      StandardError.write("left out: \(count) objects of class \(name)")
    }
  }

  /// All images, divided anew.
  private func divided(
    _ parts: [DatasetPart], _ shares: [Double], _ alike: NearDuplicates?
  ) -> [DatasetPart] {
    guard let first = parts.first else { return [] }
    let all = DetectionDataset(
      classNames: first.dataset.classNames, images: parts.flatMap(\.dataset.images))
    let division = StratifiedSplit(
      all, shares: shares, groups: alike?.groups, seed: options.splitSeed ?? 0)
    var report = DatasetReport()
    for part in parts { report.add(part.report) }
    return shares.indices.map { number in
      DatasetPart(
        split: ["train", "val", "test"][number],
        dataset: DetectionDataset(
          classNames: all.classNames,
          images: zip(all.images, division.parts).filter { $0.1 == number }.map(\.0)),
        // What was found is told once.
        report: number == 0 ? report : DatasetReport())
    }
  }

  private func show(_ parts: [DatasetPart], _ pairs: NearDuplicateReport?) throws {
    let reports = parts.map { SplitReport($0.dataset, $0.report, split: $0.split) }
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let data =
        try pairs.map { try encoder.encode(WithDuplicates(splits: reports, nearDuplicates: $0)) }
        ?? encoder.encode(reports)
      try StandardOutput.write(String(decoding: data, as: UTF8.self))
    } else {
      try StandardOutput.write(
        (reports.map(\.text) + (pairs.map { [$0.text] } ?? [])).joined(separator: "\n\n"))
    }
  }

  private struct WithDuplicates: Encodable {
    let splits: [SplitReport]
    let nearDuplicates: NearDuplicateReport
  }

  /// A training with what was written, or a measurement where there is nothing to train on.
  private func next(_ written: String?, splits: [String]) -> [String] {
    if let page = writing.browse { return NextStep.opening(page) }
    guard let written else { return ["multibox", "default-boxes"] + data }
    return splits.contains { $0.hasPrefix("train") }
      ? ["multibox", "train", "--data", written]
      : ["multibox", "evaluate", "--run", "run", "--data", written, "--split", splits[0]]
  }
}

extension NearDuplicates {
  /// Looks among the images of all parts.
  fileprivate init(of parts: [DatasetPart]) throws {
    let progress = Mutex(TerminalProgress())
    defer { progress.withLock { $0.finish() } }
    try self.init(of: parts.flatMap(\.dataset.images)) { done, count in
      progress.withLock { $0.show(step: done, of: count, ["compared"]) }
    }
  }
}
