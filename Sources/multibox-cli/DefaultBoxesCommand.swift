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
  @Option(help: "Image of the picture, by name or path; default: the one with the most objects.")
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
    let drawn = try DefaultBoxPicture(
      specification,
      title: "\(dataset.images[index].name) · "
        + (drawSuggestion ? "suggested default boxes" : defaultBoxes ?? "ssd-compact")
    ).drawn(
      on: dataset.images[index].pixels(),
      objects: statistics.objects.filter { $0.image == index },
      counts: statistics.bestCounts(featureMaps: specification.featureMaps.count))
    try PNGFile.write(drawn, to: path)
  }
}
