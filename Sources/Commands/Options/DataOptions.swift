import ArgumentParser
import Datasets
import Files
import ImageFiles
import Logging
import TrainingInput

extension DatasetFormat: ExpressibleByArgument {
  /// The layout of a name.
  public init?(argument: String) { self.init(name: argument) }
  /// The names of all layouts.
  public static var allValueStrings: [String] { all.map(\.name) }
  /// What a run's description of a layout shows as its default.
  public var defaultValueDescription: String { name }
  public static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
}

/// A layout that labels can be written in, which some are only read from.
public struct WrittenFormat: ExpressibleByArgument, Sendable {
  /// The layout.
  public let format: DatasetFormat

  /// The layout of a name; nil where it is not written.
  public init?(argument: String) {
    guard let format = DatasetFormat.written.first(where: { $0.name == argument }) else {
      return nil
    }
    self.format = format
  }

  /// The names of the layouts that are written.
  public static var allValueStrings: [String] { DatasetFormat.written.map(\.name) }
  public static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
  public var defaultValueDescription: String { format.name }
}

/// How a command that reads a dataset reads it.
public struct DataOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Layout of the data. Default: recognised.", valueName: "name"))
  public var format: DatasetFormat?
  @OptionGroup public var files: DataFileOptions

  /// What `--data` and its like take.
  public static let dataHelp = dataHelp(formats: "multibox dataset tells what it is")

  /// What a dataset's place is.
  ///
  /// - Parameter formats: where to look for more of them than the best known.
  public static func dataHelp(formats: String) -> String {
    let made = ShapesSpecification()
    return "Labelled images: a folder or file (VOC, COCO, YOLO and others; \(formats)), or"
      + " made ones, shapes:images=\(made.imageCount),side=\(made.side),seed=\(made.seed),held-out=…,"
      + " of which each part may be missing: these are the defaults, and an eighth of images."
      + " Several are joined."
  }

  public init() {}

  /// Returns the loader of places.
  ///
  /// - Parameters:
  ///   - paths: folders or files, or `shapes:…`; without any, those of a run.
  ///   - own: how a run read its data: what is not given is done as then, where they are those.
  ///   - splitsAnew: the seed divides all images, whatever splits there are.
  /// - Throws: a usage error where an option has no effect, `DatasetError` where there are no data.
  public func loader(
    _ paths: [String], like own: TrainingDataSource? = nil, splitsAnew: Bool = false
  ) throws -> DatasetLoader {
    try files.loader(paths, format: format, like: own, splitsAnew: splitsAnew)
  }

  /// - Throws: a usage error naming an option that was given, where no dataset is read.
  func refuseAll(with choice: String, readsImages: Bool = false) throws {
    let given = files.given.filter { $0.name != "--max-pixels" || !readsImages }
    try refuse([("--format", format != nil)] + given, with: choice)
  }
}

/// How the files of a dataset are read, whatever its layout.
public struct DataFileOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Seed that decides which images of a folder without splits are train and which test."
        + " Default: \(Self.usualSplitSeed).", valueName: "seed"))
  public var splitSeed: UInt64?

  @Option(
    help: ArgumentHelp(
      "Folder that the images are in. Default: where the labels say, else found by name.",
      valueName: "folder"), completion: .directory)
  public var images: String?

  @Option(
    help: ArgumentHelp(
      "Number of the first pixel in Pascal VOC's boxes and in tables (CSV), 0 or 1. Default: 0"
        + " where a VOC box has a corner at 0, else 1; 0 in tables.", valueName: "number"))
  public var firstPixel: Int?

  @Option(
    help: ArgumentHelp(
      "Leave out images of more pixels. Default: \(ImageFile.usualMaximumPixels).",
      valueName: "count"))
  public var maxPixels: Int?

  @Flag(
    help: ArgumentHelp(
      "The first thing that would be left out (a bad box, a missing file …) is an error."
        + " Default: off; each is named."))
  public var strict = false

  private static let usualSplitSeed =
    ReadingOptions().splitSeed

  public init() {}

  public func validate() throws {
    try require(
      firstPixel.map((0...1).contains) ?? true, "--first-pixel", "0 or 1", firstPixel ?? 0)
    try require(maxPixels, "--max-pixels", in: ImageFile.allowedMaximumPixels)
  }

  /// Returns the loader of places.
  ///
  /// - Parameters:
  ///   - paths: folders or files, or `shapes:…`; without any, those of a run.
  ///   - format: their layout; nil recognises it.
  ///   - own: how a run read its data: what is not given is done as then, where they are those.
  ///   - splitsAnew: the seed divides all images, whatever splits there are.
  /// - Throws: a usage error where an option has no effect, `DatasetError` where there are no data.
  public func loader(
    _ paths: [String], format: DatasetFormat?, like own: TrainingDataSource? = nil,
    splitsAnew: Bool = false
  ) throws -> DatasetLoader {
    let own = paths.isEmpty ? own : nil
    guard let places = own?.paths ?? (paths.isEmpty ? nil : paths) else {
      throw ValidationError("Give --data")
    }
    var reading = own?.reading ?? ReadingOptions()
    reading.splitSeed = splitSeed ?? reading.splitSeed
    reading.imageFolder = images ?? reading.imageFolder
    reading.firstPixel = firstPixel ?? reading.firstPixel
    reading.maximumPixels = maxPixels ?? reading.maximumPixels
    if let images, !FolderListing.isFolder(images) {
      let isThere = try InputFile.isThere(images)
      throw DatasetError.missing(
        path: images, expected: "\(isThere ? "a file, not a folder" : "no such folder") (--images)")
    }
    let loader = try DatasetLoader(
      paths: places, format: format ?? own?.format, options: reading, isStrict: strict,
      cache: .users)
    if splitSeed != nil, !splitsAnew, try loader.seededSplit() == nil {
      throw ValidationError(
        "--split-seed has no effect: \(places.joined(separator: ", ")) has splits of its own")
    }
    // These find labels by their images, unless labels lie there alone.
    let ofImages: Set<DatasetFormat> = [.yolo, .folder, .kitti, .visDrone, .dota]
    if images != nil,
      loader.sources.allSatisfy({
        $0.embedsImages || ofImages.contains($0.format) && $0.holdsImages
      })
    {
      let reason =
        loader.sources[0].embedsImages
        ? "which has its images within" : "whose labels are found by their images"
      throw ValidationError(
        "--images has no effect: \(places.joined(separator: ", ")) is"
          + " \(loader.format.type.title), \(reason)")
    }
    let counting: Set<DatasetFormat> = [.voc, .folder, .csv]
    if firstPixel != nil, !loader.sources.contains(where: { counting.contains($0.format) }) {
      throw ValidationError(
        "--first-pixel has no effect: \(places.joined(separator: ", ")) is"
          + " \(loader.format.type.title), where it is 0")
    }
    if maxPixels != nil, loader.sources.allSatisfy({ $0.format == .shapes }) {
      throw ValidationError("--max-pixels has no effect: shapes are made as large as side says")
    }
    return loader
  }

  /// The options, and whether each was given.
  var given: [(name: String, isGiven: Bool)] {
    [
      ("--split-seed", splitSeed != nil), ("--strict", strict), ("--images", images != nil),
      ("--first-pixel", firstPixel != nil), ("--max-pixels", maxPixels != nil),
    ]
  }
}

extension DatasetReport {
  /// Says what was left out or changed, a few of each kind.
  ///
  /// - Parameters:
  ///   - split: that it is about; nil for a single image.
  ///   - logger: takes the lines.
  public func tell(split: String?, logger: Logger) {
    for line in lines(limit: 3) {
      logger.warning("\(split.map { "\($0): " } ?? "")\(line)")
    }
  }
}
