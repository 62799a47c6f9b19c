import ArgumentParser
import CommandLineOptions
import Datasets
import Foundation
import ImageFiles
import MultiBox
import SSDReport

/// `multibox default-boxes`: how well default boxes fit a dataset, and which would fit better.
struct DefaultBoxesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "default-boxes",
    abstract: "Measure how default boxes fit the objects of a dataset, and suggest better ones.",
    discussion: """
      The suggestion keeps the feature maps and clusters the objects' shapes on each (k-means with
      1 − IoU); it goes to training as: multibox train --default-boxes FILE.
      """)

  @Argument(help: "Folder of labelled images, or shapes:images=…,side=…,seed=….")
  var data: String
  @OptionGroup var options: DataOptions
  @Option(help: "Split to measure; default: trainval, else train, else the first.")
  var split: String?
  @Option(
    help: ArgumentHelp(
      "Default boxes: a preset (\(DefaultBoxPreset.names)) or a JSON file of a specification; default:"
        + " those of ssd-compact.",
      valueName: "preset|file"))
  var defaultBoxes: String?
  @Option(help: "Side of ssd-compact's input in pixels.")
  var imageSize = 320
  @OptionGroup var assignment: AssignmentOptions
  @Option(help: "Write the suggested specification (JSON) here.")
  var output: String?
  @Option(help: "Draw the boxes of each map over an image into this PNG file.")
  var picture: String?
  @Option(help: "Image of the picture; default: the one with the most objects.")
  var image: String?
  @Flag(help: "Draw the suggestion instead.")
  var drawSuggestion = false
  @Option(help: "Seed of the clustering.")
  var seed: UInt64 = 1
  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    try require(
      imageSize >= 64 && imageSize % 32 == 0 && imageSize <= 2048, "--image-size",
      "a multiple of 32 from 64 to 2048", imageSize)
    let assigner = try assignment.assigner()
    if assigner.usesPredictions {
      throw ValidationError(
        "--matching \(assigner.name) looks at predictions, and before any training there are none")
    }
    if picture == nil, image != nil || drawSuggestion {
      throw ValidationError("--image and --draw-suggestion go with --picture")
    }
  }

  func run() throws {
    let specification =
      try defaultBoxes.map(DefaultBoxSpecification.named) ?? .compact(side: imageSize)
    let loader = try options.loader(path: data)
    let splits = try loader.splits()
    let usual = ["trainval", "train"].first(where: splits.contains) ?? splits.first
    let (dataset, _) = try loader.load(split: split ?? usual ?? "train")
    let groundTruth = dataset.images.map(\.normalizedGroundTruth)
    var generator = SeededGenerator(seed: seed)
    let suggestion = specification.adapted(to: groundTruth, using: &generator)
    let assigner = try assignment.assigner()
    func fit(_ specification: DefaultBoxSpecification) -> AssignmentStatistics {
      AssignmentStatistics(
        groundTruth: groundTruth, defaultBoxes: DefaultBoxes(specification),
        assigner: assigner, threadCount: ProcessInfo.processInfo.activeProcessorCount)
    }
    let (own, suggested) = (fit(specification), fit(suggestion))
    let report = DefaultBoxReport(
      name: defaultBoxes ?? "ssd-compact",
      given: DefaultBoxReport.Fit(specification, own, dataset),
      suggestion: DefaultBoxReport.Fit(suggestion, suggested, dataset))
    if let output { try suggestion.write(to: output) }
    if let picture {
      try draw(
        drawSuggestion ? suggestion : specification, drawSuggestion ? suggested : own, dataset,
        to: picture)
    }
    print(json ? try report.json() : report.text())
  }

  private func draw(
    _ specification: DefaultBoxSpecification, _ statistics: AssignmentStatistics,
    _ dataset: DetectionDataset, to path: String
  ) throws {
    let fullest = dataset.images.indices.max {
      dataset.images[$0].groundTruth.count < dataset.images[$1].groundTruth.count
    }
    let position = image.map { name in
      dataset.image(named: name).flatMap { found in
        dataset.images.firstIndex { $0.name == found.name }
      }
    }
    guard let index = position ?? fullest else {
      throw DatasetError.missing(path: data, expected: "no image \(image ?? "")")
    }
    let counts = specification.featureMaps.indices.map { map in
      statistics.objects.count { $0.featureMap == map }
    }
    let drawn = try DefaultBoxPicture(
      specification,
      title: "\(dataset.images[index].name) · "
        + (drawSuggestion ? "suggested default boxes" : defaultBoxes ?? "ssd-compact")
    ).drawn(
      on: dataset.images[index].pixels(),
      objects: statistics.objects.filter { $0.image == index }, counts: counts)
    try PNGFile.write(drawn, to: path)
  }
}

/// What the command prints: the figures of the default boxes given, beside those suggested.
private struct DefaultBoxReport: Encodable {
  /// Objects of a kind, and how many of them reach the IoU threshold.
  struct Kind: Encodable {
    let name: String
    let objects: Int
    let reaching: Int
    /// Objects that never get more than the default box they own.
    let ownedOnly: Int
  }

  struct Fit: Encodable {
    let defaultBoxes: Int
    let images: Int
    let iouThreshold: Double
    let meanBestOverlap: Double
    let positivesPerImage: Double
    let all: Kind
    /// By size: COCO's ranges of area, to whose borders an object may belong twice.
    let sizes: [Kind]
    let classes: [Kind]
    let specification: DefaultBoxSpecification

    init(
      _ specification: DefaultBoxSpecification, _ statistics: AssignmentStatistics,
      _ dataset: DetectionDataset
    ) {
      // As the statistics have the objects: image by image, without crowds and ignored regions.
      let areas = dataset.images.flatMap { image in
        zip(image.normalizedGroundTruth, image.evaluationObjects).filter { $0.0.isLearned }.map(
          \.1.area)
      }
      func kind(
        _ name: String, _ isOfKind: (AssignmentStatistics.Object, _ area: Double) -> Bool
      ) -> Kind {
        let objects = zip(statistics.objects, areas).filter(isOfKind).map(\.0)
        return Kind(
          name: name, objects: objects.count,
          reaching: objects.count { $0.bestOverlap >= statistics.iouThreshold },
          ownedOnly: objects.count { $0.positives <= 1 })
      }
      defaultBoxes = specification.boxCount
      images = statistics.imageCount
      iouThreshold = statistics.iouThreshold
      meanBestOverlap = statistics.meanBestOverlap
      positivesPerImage = statistics.positivesPerImage
      all = kind("all") { _, _ in true }
      sizes = COCOAreaRange.sizes.map { range in
        kind("\(range)") { range.contains($1) }
      }
      classes = dataset.classNames.indices.map { classIndex in
        kind(dataset.classNames[classIndex]) { object, _ in
          object.labeled.classIndex == classIndex
        }
      }
      self.specification = specification
    }
  }

  let name: String
  let given: Fit
  let suggestion: Fit

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  func text() -> String {
    var lines: [String] = []
    let width = max(34, (given.classes.map(\.name.count).max() ?? 0) + 20)
    func line(_ name: String, _ first: String, _ second: String) {
      let columns = [first, second].map {
        String(repeating: " ", count: max(16 - $0.count, 1)) + $0
      }
      lines.append(
        name.padding(toLength: width, withPad: " ", startingAt: 0) + columns.joined())
    }
    func share(_ count: Int, of all: Int) -> String {
      all == 0 ? "–" : "\(count) (\(String(format: "%.1f", 100 * Double(count) / Double(all))) %)"
    }
    line("\(given.images) images, \(given.all.objects) objects", name, "suggestion")
    line("default boxes", "\(given.defaultBoxes)", "\(suggestion.defaultBoxes)")
    line(
      "mean best IoU", String(format: "%.3f", given.meanBestOverlap),
      String(format: "%.3f", suggestion.meanBestOverlap))
    line(
      "positives an image", String(format: "%.1f", given.positivesPerImage),
      String(format: "%.1f", suggestion.positivesPerImage))
    line(
      "never more than the owned box", share(given.all.ownedOnly, of: given.all.objects),
      share(suggestion.all.ownedOnly, of: suggestion.all.objects))
    lines.append("")
    lines.append("objects that reach IoU \(given.iouThreshold)")
    for (own, better) in zip(
      [given.all] + given.sizes + given.classes,
      [suggestion.all] + suggestion.sizes + suggestion.classes)
    {
      line(
        "  \(own.name) (\(own.objects))", share(own.reaching, of: own.objects),
        share(better.reaching, of: better.objects))
    }
    lines.append("")
    lines.append("suggested shapes, px of the network's input")
    for map in suggestion.specification.featureMaps {
      let shapes = map.shapes.map {
        String(format: "%.0f × %.0f", $0.width, $0.height)
      }
      lines.append("  map \(map.rows) × \(map.columns): \(shapes.joined(separator: ", "))")
    }
    return lines.joined(separator: "\n")
  }
}
