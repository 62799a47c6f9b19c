import Files
import Foundation
import MultiBox

/// Writes `train-000000.tar` and so on for each split, each image beside its labels as JSON
/// (``WebDatasetLabels``), and `classes.txt`. The same images give the same bytes.
struct WebDatasetLabelWriter: PictureHoldingLabelWriter {
  let folder: OutputFolder
  private var shard: (file: GrowingFile, size: Int)?
  /// Shards of the split that were begun.
  private var count = 0
  /// Keys of the split, in lower case.
  private var keys: Set<String> = []

  init(folder: OutputFolder) { self.folder = folder }

  func lostSplits(of splits: [String]) -> [String] {
    let shards = splits.map { "\($0)-000000.tar" }
    let found = WebDatasetNames.splits(of: shards)
    return zip(splits, shards).filter { found[$1] != $0 }.map(\.0)
  }

  func check(split: String, classNames: [String]) throws {
    try refuse(
      classNames, in: "\(folder.path)/classes.txt", "a list of classes",
      expected: "one line, not empty, without white space at its ends or # before"
    ) { $0.isTrimmedLine && !$0.isEmpty && $0 != "#" && !$0.hasPrefix("# ") }
    if let first = classNames.first, YOLOClasses.List.withoutNumbers(classNames) != nil {
      throw FileError(
        path: "\(folder.path)/classes.txt",
        reason: "cannot hold classes that all begin with their numbers, as \(first.shown)")
    }
  }

  mutating func add(
    _ image: DatasetImage, picture: Data, fileName: String, split: String, classNames: ClassNames
  ) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let labels = WebDatasetLabels(image, fileName: fileName, classNames: classNames)
    let key = uniqueKey(fileName.withoutExtension)
    let sample =
      TarFile.member("\(key).\(fileName.fileExtension)", picture)
      + TarFile.member("\(key).json", try encoder.encode(labels))
    if let shard, shard.size + sample.count + TarFile.end.count > folder.shardSize {
      try finishShard(split: split)
    }
    try append(sample, split: split)
  }

  /// A key ends at the first point.
  private mutating func uniqueKey(_ stem: String) -> String {
    let plain = stem.replacing(".", with: "_")
    var key = plain
    var number = 2
    while !keys.insert(key.lowercased()).inserted {
      key = "\(plain)_\(number)"
      number += 1
    }
    return key
  }

  private mutating func append(_ data: Data, split: String) throws {
    if shard == nil {
      let digits = String(count)
      let number = String(repeating: "0", count: max(6 - digits.count, 0)) + digits
      shard = (try GrowingFile(beginning: folder.made("\(split)-\(number).tar")), 0)
      count += 1
    }
    try shard?.file.append(data)
    shard?.size += data.count
  }

  private mutating func finishShard(split: String) throws {
    try append(TarFile.end, split: split)
    try shard?.file.finish()
    shard = nil
  }

  mutating func finish(split: String, fileNames: [String], classNames: ClassNames) throws {
    // A split without an image is there, too.
    if shard != nil || count == 0 { try finishShard(split: split) }
    (count, keys) = (0, [])
    if !classNames.isEmpty { try folder.write(lines: Array(classNames), to: "classes.txt") }
  }
}
