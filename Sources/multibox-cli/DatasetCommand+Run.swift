import Commands
import Datasets
import Files
import Foundation
import MultiBox
import SSDReport
import Synchronization

extension DatasetCommand {
  func run() throws {
    if let path = writing.browse { try PageFile.check(path, isNewOr: .dataset) }
    let shares = shares
    let loader = try options.loader(data, splitsAnew: shares != nil)
    let splits =
      if shares == nil, let split { [split] } else { try Self.ordered(loader.splits()) }
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
    if let error = nothingRead(parts) {
      try show(parts, nil, loader)
      throw error
    }
    try DatasetPart.tellShared(&parts, isStrict: loader.isStrict)
    try DatasetPart.tellTurned(&parts, isStrict: loader.isStrict)
    try choose(&parts)
    let distinct = DatasetPart.withoutUnions(parts)
    let alike = duplicates || shares != nil ? try NearDuplicates(of: distinct) : nil
    if let shares { parts = try divided(distinct, shares, alike, loader) }
    // A name that a layout cannot hold in the last split would leave half a dataset behind.
    for part in parts {
      for writer in writers { try writer.check(part.dataset, split: part.split) }
    }
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
    try show(parts, pairs, loader)
    if let path = writing.browse {
      try DatasetPage(
        shares == nil ? distinct : parts, title: title,
        alike: shares == nil ? alike : nil
      ).write(to: path)
    }
    let folders = writers.map(\.folder)
    NextStep.tell(
      wrote: folders + (writing.browse.map { [$0] } ?? []),
      next: next(folders.last, splits: parts.map(\.split)))
  }

  /// What the page is called: the places, and a folder that has no name here by its own.
  private var title: String {
    data.map { place in
      place.split(separator: "/").allSatisfy { $0 == "." || $0 == ".." } && !place.isEmpty
        ? OutputPath.real(place).lastPart : place
    }.joined(separator: ", ")
  }

  /// Splits as they are used: what is trained on, what chooses weights, what is measured; then the
  /// others.
  private static func ordered(_ splits: [String]) -> [String] {
    let words = ["train", "val", "test"]
    func place(_ split: String) -> Int {
      words.firstIndex { split.lowercased().hasPrefix($0) } ?? words.count
    }
    return splits.sorted { (place($0), $0) < (place($1), $1) }
  }

  /// The error of a dataset of which all images were left out: the table says why, and an empty
  /// dataset is not what anybody wants written.
  private func nothingRead(_ parts: [DatasetPart]) -> DatasetError? {
    guard parts.allSatisfy(\.dataset.images.isEmpty) else { return nil }
    let problems = parts.flatMap(\.report.problems)
    guard problems.contains(where: \.kind.isLoss) else { return nil }
    let missingCount = problems.count { $0.kind == .missingFile }
    return .missing(
      path: data.joined(separator: ", "),
      expected: "expected labelled images, found none that can be read"
        + (missingCount > 0
          ? ", and \(missingCount.counted("missing file|files"));"
            + " --images names the folder of the images"
          : ""))
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
    if let convert = writing.convert?.format ?? (writing.write ? loader.format : nil) {
      writers.append(
        try DatasetWriter(
          format: convert, folder: writing.output ?? Self.newFolder(of: data[0])))
    }
    if let shards = writing.shards {
      writers.append(
        try DatasetWriter(
          format: .webdataset, folder: shards, shardSize: writing.shardByteCount))
    }
    if let export = writing.export {
      writers.append(try DatasetWriter(format: .folder, folder: export, pictures: .png))
    }
    try OutputPath.checkApart([writing.browse], newFolders: writers.map(\.folder))
    return writers
  }

  /// The folder for a dataset that is made of another, in the working folder: named after the data,
  /// and outside of them.
  ///
  /// - Parameter path: of the data; of `.` and `..` the folder's own name is taken.
  static func newFolder(of path: String) -> String {
    let last = path.split(separator: "/").last ?? "."
    let isNamed = last != "." && last != ".."
    let place = OutputPath.real(path)
    let name = isNamed ? last : place.split(separator: "/").last ?? "data"
    let here = OutputPath.real(".")
    guard place != "/", here == place || here.hasPrefix(place + "/") else { return "\(name)-new" }
    return place.parentFolder + "/\(name)-new"
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
      StandardError.write("left out: \(count.counted("object|objects of class")) \(name)")
    }
  }

  /// All images, divided anew.
  private func divided(
    _ parts: [DatasetPart], _ shares: [Double], _ alike: NearDuplicates?, _ loader: DatasetLoader
  ) throws -> [DatasetPart] {
    guard let first = parts.first else { return [] }
    let all = DetectionDataset(
      classNames: first.dataset.classNames, images: parts.flatMap(\.dataset.images))
    let division = StratifiedSplit(
      all, shares: shares, groups: alike?.groups, seed: options.files.splitSeed ?? 0)
    var report = DatasetReport()
    for part in parts { report.add(part.report) }
    let names = ["train", "val", "test"]
    let empty = shares.indices.filter { !division.parts.contains($0) }.map {
      DatasetProblem(
        kind: .missingSplit, file: data.joined(separator: ", "),
        reason: "\(names[$0]) gets no image of \(all.images.count): those that look alike stay"
          + " together")
    }
    if loader.isStrict, let first = empty.first {
      throw DatasetError.strict(first, count: empty.count)
    }
    report.add(DatasetReport(problems: empty))
    return shares.indices.map { number in
      DatasetPart(
        split: names[number],
        dataset: DetectionDataset(
          classNames: all.classNames,
          images: zip(all.images, division.parts).filter { $0.1 == number }.map(\.0)),
        // What was found is told once.
        report: number == 0 ? report : DatasetReport())
    }
  }

  private func show(
    _ parts: [DatasetPart], _ pairs: NearDuplicateReport?, _ loader: DatasetLoader
  ) throws {
    let isDividedAnew = shares != nil
    let reports = try parts.map {
      try SplitReport(
        $0.dataset, $0.report, split: $0.split, loader: loader, isDividedAnew: isDividedAnew)
    }
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let data =
        try pairs.map { try encoder.encode(WithDuplicates(splits: reports, nearDuplicates: $0)) }
        ?? encoder.encode(reports)
      try StandardOutput.write(String(decoding: data, as: UTF8.self))
    } else {
      let head = try loader.lines(isDividedAnew: isDividedAnew).joined(separator: "\n")
      let hints = DatasetHints(
        isDividedAnew ? parts : DatasetPart.withoutUnions(parts),
        command: writing.browse == nil ? browsing : nil)
      let texts =
        [head] + reports.map(\.text) + (pairs.map { [$0.text] } ?? [])
        + (hints.lines.isEmpty ? [] : [hints.lines.joined(separator: "\n")])
      try StandardOutput.write(texts.joined(separator: "\n\n"))
    }
  }

  /// The command that writes the page: this one, or where it writes a dataset, which is there then,
  /// one of the same data.
  private var browsing: [String] {
    let page = ["--browse", "page.html"]
    let writes =
      writing.convert != nil || writing.write || writing.shards != nil || writing.export != nil
    return writes
      ? ["multibox", "dataset"] + data + page : NextStep.sameCommand(adding: page)
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
