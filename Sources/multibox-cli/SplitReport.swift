import Datasets
import Files
import MultiBox
import SSDReport

/// Counts of a split, and how it was read.
struct SplitReport: Encodable {
  /// A place and what it was taken for.
  struct Source: Encodable {
    var path: String
    /// The folder that was read, where it is another.
    var folder: String?
    var format: String
  }

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
  /// The layout that was read; of several places those of all, with commas.
  var format: String
  var sources: [Source]
  /// The reason why a seed chose the images of train and test; not there where the files say it.
  var seededSplit: String?
  var images: Int
  var imagesWithoutObjects: Int
  var objects: Int
  /// Regions in which nothing counts, which are no objects; one of all classes is one.
  var regions: Int
  var classes: [OfClass]
  var statistics: DatasetStatistics
  /// Images with an object that is worth a look, and those for each reason.
  var suspiciousImages: Int
  var suspicions: [String: Int]
  /// Groups of classes whose names differ in case or white space alone.
  var alikeClasses: [[String]]
  var changes: [DatasetChange: Int]
  var changedPlaces: [DatasetChange: [DatasetReport.ChangedPlace]]
  var problemCounts: [String: Int]
  var problems: [DatasetProblem]
  private var lines: [String]

  private enum CodingKeys: String, CodingKey {
    case split, format, sources, seededSplit, images, imagesWithoutObjects, objects, regions,
      classes, statistics, suspiciousImages, suspicions, alikeClasses, changes, changedPlaces,
      problemCounts, problems
  }

  /// - Parameters:
  ///   - loader: read the split.
  ///   - isDividedAnew: the user's shares made the split.
  init(
    _ dataset: DetectionDataset, _ report: DatasetReport, split: String, loader: DatasetLoader,
    isDividedAnew: Bool
  ) throws {
    var classes = dataset.classNames.map { OfClass(name: $0) }
    for object in dataset.images.lazy.flatMap(\.evaluationObjects) where !object.isCrowd {
      let index = object.classIndex - 1
      classes[index].objects += 1
      if object.isDifficult { classes[index].difficult += 1 }
      if COCOAreaRange.small.contains(object.area) { classes[index].small += 1 }
      if COCOAreaRange.medium.contains(object.area) { classes[index].medium += 1 }
      if COCOAreaRange.large.contains(object.area) { classes[index].large += 1 }
    }
    self.split = split
    sources = loader.sources.map(Source.init)
    var formats: [String] = []
    for source in sources where !formats.contains(source.format) { formats.append(source.format) }
    format = formats.joined(separator: ", ")
    seededSplit = isDividedAnew ? nil : try loader.seededSplit()
    images = dataset.images.count
    imagesWithoutObjects = dataset.images.count { $0.groundTruth.allSatisfy(\.isCrowd) }
    objects = classes.reduce(0) { $0 + $1.objects }
    regions = dataset.images.reduce(0) { $0 + $1.regions.count }
    self.classes = classes
    statistics = DatasetStatistics(dataset)
    let counts = Suspicion.counts(dataset.images)
    suspiciousImages = counts.images
    suspicions = Dictionary(
      uniqueKeysWithValues: counts.ofEach.map { ($0.reason.rawValue, $0.images) })
    alikeClasses = dataset.classNames.alike
    changes = report.changes
    changedPlaces = report.places
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
    let width = max((classes.map(\.name.shown.count).max() ?? 0) + 2, 8)
    func row(_ name: String) -> String {
      name.padding(toLength: width, withPad: " ", startingAt: 0)
    }
    var lines = [
      "\(split.shown): \(images.counted("image|images")), \(objects.counted("object|objects")),"
        + " \(imagesWithoutObjects.counted("image|images without any"))"
        + (regions > 0 ? ", \(regions.counted("region|regions in which nothing counts"))" : ""),
      row("class") + " objects   small  medium   large   difficult",
    ]
    for entry in classes {
      lines.append(
        row(entry.name.shown) + column(entry.objects) + column(entry.small) + column(entry.medium)
          + column(entry.large) + column(entry.difficult))
    }
    lines.append("(small: area to 32² pixels, medium: from there to 96²; on a border: both)")
    lines += (statistics.lines + self.lines).map(\.shown)
    return lines.joined(separator: "\n")
  }
}

extension DatasetStatistics {
  /// The figures for people.
  fileprivate var lines: [String] {
    func spread(_ name: String, _ spread: Spread?, _ style: NumberStyle) -> String? {
      spread.map { spread in
        let numbers = [spread.lowest, spread.median, spread.highest].map { style.text($0) }
        return Set(numbers).count == 1
          ? "\(name) \(numbers[0])" : "\(name) \(numbers.joined(separator: ", "))"
      }
    }
    func line(_ head: String, _ parts: [String?]) -> String? {
      let parts = parts.compactMap { $0 }
      return parts.isEmpty ? nil : "\(head): \(parts.joined(separator: "; "))"
    }
    let lines = [
      line(
        "images (least, middle, greatest)",
        [
          spread("width", widths, .pixels), spread("height", heights, .pixels),
          spread("width/height", imageAspects, .measure),
          spread("objects", objectsPerImage, .pixels),
        ]),
      line(
        "objects",
        [
          spread("side in shares of the image", objectSides, .measure),
          spread("width/height", objectAspects, .measure),
          overlapping > 0
            ? "\(NumberStyle.measure.text(overlapping)) of them overlap another by IoU > .5" : nil,
        ]),
      unusedClasses.isEmpty
        ? nil : "classes without an object: \(unusedClasses.joined(separator: ", "))",
    ]
    return lines.compactMap { $0 }
  }
}

extension SplitReport.Source {
  /// - Parameter source: of a loader.
  init(_ source: DatasetLoader.Source) {
    path = source.path
    let isOther =
      FolderListing.isFolder(path) && path.absolutePath != source.folder.absolutePath
    folder = isOther ? source.folder : nil
    format = source.format.name
  }
}

extension DatasetLoader {
  /// How the places are read, for people.
  ///
  /// - Parameter isDividedAnew: shares of the user's make the splits.
  func lines(isDividedAnew: Bool) throws -> [String] {
    var lines = sources.map { source in
      let inner = SplitReport.Source(source).folder.map { ", read from \($0)" } ?? ""
      return "\(source.path): \(source.format.type.title) (\(source.format.name))\(inner)"
    }
    if let since = keptSince { lines.append(IndexCache.note(since)) }
    if !isDividedAnew, let reason = try seededSplit() {
      lines.append(
        "\(reason): seed \(options.splitSeed) chose train and test (--split-seed)")
    }
    return lines.map(\.shown)
  }
}
