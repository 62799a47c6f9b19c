import ArgumentParser
import Commands
import Datasets
import Files
import Foundation

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
      multibox dataset photos --shards photos-shards --shard-size 500MB
      multibox dataset photos --duplicates --browse page.html
      """)

  @Argument(
    help: ArgumentHelp(DataOptions.dataHelp(formats: "--format lists them")),
    completion: .labeledData)
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
      "Only these classes, with commas between them, those of names behind a backslash; old=new"
        + " renames, and joins where several get one name. Default: all.", valueName: "names"))
  var classes: String?
  @OptionGroup var options: DataOptions
  @Flag(help: "Look for images that are nearly the same, in one split or in two. Default: off.")
  var duplicates = false
  @Flag(help: "Print JSON. Default: a table.")
  var json = false
  @OptionGroup(title: "Writing") var writing: Writing

  /// What is written.
  struct Writing: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "Write a page (HTML) that shows the images with their boxes and what is suspicious."
          + " Default: none.", valueName: "file"),
      completion: .file(extensions: ["html"]))
    var browse: String?
    @Option(
      help: ArgumentHelp(
        "Write images (PNG) and annotations (XML) to this new folder, one folder a split."
          + " Default: none.", valueName: "folder"),
      completion: .directory)
    var export: String?
    @Option(
      help: ArgumentHelp(
        "Write the dataset in this format to --output. Default: none.",
        valueName: "name"))
    var convert: WrittenFormat?
    @Flag(
      help: ArgumentHelp(
        "Write the dataset in the format that it has to --output. Default: off."))
    var write = false
    @Option(
      help: ArgumentHelp(
        "New folder for --convert, which needs one, and --write. Default: the name of the data"
          + " with -new behind it, here, or beside the data where here is in them.",
        valueName: "folder"),
      completion: .directory)
    var output: String?

    @Option(
      help: ArgumentHelp(
        "Write the dataset as tar shards in WebDataset's layout, the images within, to this new"
          + " folder. Default: none.", valueName: "folder"),
      completion: .directory)
    var shards: String?
    @Option(
      help: ArgumentHelp(
        "The most bytes of a shard of --shards, as 500MB or 1GiB; an image of more has a shard of"
          + " its own. Default: 500MB.", valueName: "size"))
    var shardSize: String?

    /// The most bytes of a shard.
    var shardByteCount: Int {
      shardSize.flatMap(ByteCount.init)?.count ?? OutputFolder.usualShardSize
    }

    func validate() throws {
      if let shardSize {
        if shards == nil { throw ValidationError("--shard-size has no effect without --shards") }
        try require(
          ByteCount(shardSize) != nil, "--shard-size", ByteCount.forms, shardSize)
      }
      if write, convert != nil { throw ValidationError("--write goes without --convert") }
      if convert != nil, output == nil { throw ValidationError("--convert needs --output") }
      let folders = [("--export", export), ("--output", output), ("--shards", shards)]
        .compactMap { name, path in path.map { (name, OutputPath.real($0)) } }
      for (index, folder) in folders.enumerated() {
        if let same = folders[..<index].first(where: { $0.1 == folder.1 }) {
          throw ValidationError(
            "\(same.0) and \(folder.0): expected two folders, found one")
        }
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
  var shares: [Double]? {
    guard let parts = split?.split(separator: "/", omittingEmptySubsequences: false) else {
      return nil
    }
    let numbers = parts.compactMap { Double($0) }
    guard (2...3).contains(parts.count), numbers.count == parts.count,
      numbers.allSatisfy({ $0 > 0 && $0 <= 1_000_000 })
    else { return nil }
    return numbers
  }
}
