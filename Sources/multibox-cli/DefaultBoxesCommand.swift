import ArgumentParser
import Commands
import Datasets
import Files
import Foundation
import ImageFiles
import Logging
import MultiBox
import Runs
import SSDReport

/// `multibox default-boxes`: how well default boxes fit a dataset, and which would fit better.
struct DefaultBoxesCommand: ParsableCommand {
  /// Only a picture with it is replaced.
  private static let mark = PictureMark.defaultBoxes

  static let configuration = CommandConfiguration(
    commandName: "default-boxes",
    abstract: "Measure how default boxes fit the objects of a dataset, and suggest better ones.",
    discussion: """
      The suggestion keeps the feature maps and clusters the objects' shapes on each (k-means with \
      1 − IoU); it goes to training as: multibox train --default-boxes FILE.
      """)

  @Argument(help: ArgumentHelp(DataOptions.dataHelp), completion: .labeledData)
  var data: [String]
  @Option(
    help: ArgumentHelp(
      "Split to measure. Default: that which train trains on.", valueName: "split"))
  var split: String?
  @OptionGroup var options: DataOptions
  @Option(
    help: ArgumentHelp(
      "Default boxes: a preset (\(DefaultBoxPreset.names)) or a JSON file of a specification."
        + " Default: those of ssd-compact.", valueName: "preset|file"),
    completion: .defaultBoxes())
  var defaultBoxes: String?
  @Option(
    help: ArgumentHelp(
      "Side of ssd-compact's input in pixels, a multiple of 32."
        + " Default: \(TrainingConfiguration.Network.defaultImageSide).", valueName: "pixels"))
  var imageSize: Int?
  @Option(
    help: ArgumentHelp(
      "Seed of the clustering that the suggestion comes from.", valueName: "seed"))
  var seed: UInt64 = 1
  @Option(
    help: ArgumentHelp(
      "Write the suggested specification (JSON) here. Default: none.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var output: String?
  @Option(
    help: ArgumentHelp(
      "Draw the boxes of each map over an image into this PNG file. Default: none.",
      valueName: "file"),
    completion: .file(extensions: ["png"]))
  var picture: String?
  @Option(
    help: ArgumentHelp(
      "Image of the picture, by name or path. Default: the one with the most objects.",
      valueName: "image"),
    completion: .images)
  var image: String?
  @Flag(help: "Draw the suggestion. Default: off, the default boxes that are measured.")
  var drawSuggestion = false
  @Flag(help: "Print JSON. Default: a table.")
  var json = false
  @OptionGroup(title: "Assignment") var assignment: AssignmentOptions<BeforeTraining>

  func validate() throws {
    try requireImageSize(imageSize)
    if defaultBoxes != nil, imageSize != nil {
      throw ValidationError("--image-size has no effect with --default-boxes")
    }
    let assigner = try assignment.assigner()
    if assigner.usesPredictions {
      throw ValidationError(
        "--matching \(assigner.name) looks at predictions, and before any training there are none")
    }
    if let picture, let output, OutputPath.real(picture) == OutputPath.real(output) {
      throw ValidationError("--output and --picture: expected two files, found one")
    }
    if picture == nil, image != nil || drawSuggestion {
      throw ValidationError("--image and --draw-suggestion go with --picture")
    }
  }

  func run() throws {
    let side = imageSize ?? TrainingConfiguration.Network.defaultImageSide
    let specification =
      try defaultBoxes.map(DefaultBoxSpecification.named) ?? .compact(side: side)
    let loader = try options.loader(data)
    let splits = try loader.splits()
    let split =
      try split ?? (splits.count == 1 ? splits[0] : loader.requiredSplit(for: .training))
    let (dataset, found) = try loader.load(split: split)
    found.tell(split: split, logger: Logger(label: "multibox.default-boxes"))
    if let picture {
      try OutputPath.check(
        picture,
        isNoneOf: dataset.images.compactMap { image -> String? in
          if case .file(let path) = image.source { path } else { nil }
        })
    }
    if let picture {
      try OutputPath.check(
        picture, isNewIn: loader.paths + [options.files.images].compactMap { $0 })
      try OutputPath.check(picture, isNewOr: "a picture of default-boxes", Self.mark.isIn)
      try RunFolder.checkIsOfNone(picture)
    }
    if let output { try DefaultBoxSpecification.checkIsNew(output) }
    let position = try picture.map { _ in try drawnImage(of: dataset) }
    let groundTruth = dataset.images.map(\.normalizedGroundTruth)
    var generator = SeededGenerator(seed: seed)
    let suggestion = specification.adapted(to: groundTruth, using: &generator)
    let assigner = try assignment.assigner()
    func fit(_ specification: DefaultBoxSpecification) -> AssignmentStatistics {
      AssignmentStatistics(
        groundTruth: groundTruth, defaultBoxes: DefaultBoxes(specification),
        assigner: assigner, threadCount: AvailableProcessors.count)
    }
    let (own, suggested) = (fit(specification), fit(suggestion))
    let report = DefaultBoxReport(
      name: defaultBoxes ?? "ssd-compact", split: split,
      given: DefaultBoxReport.Fit(specification, own, dataset),
      suggestion: DefaultBoxReport.Fit(suggestion, suggested, dataset))
    // All is read and drawn before the first file is written.
    let drawn = try position.map {
      try self.drawn(
        drawSuggestion ? suggestion : specification, drawSuggestion ? suggested : own, dataset,
        image: $0)
    }
    if let output { try suggestion.write(to: output) }
    if let picture, let drawn { try PNGFile.write(drawn, to: picture, mark: Self.mark) }
    try StandardOutput.write(json ? report.json() : report.text())
    NextStep.tell(
      wrote: [output, picture].compactMap { $0 }, next: next(specification))
  }

  /// A training with the suggestion; without a file of it, the file.
  private func next(_ specification: DefaultBoxSpecification) -> [String] {
    guard let output else { return NextStep.sameCommand(adding: ["--output", "boxes.json"]) }
    // The network that has such feature maps.
    let network = NetworkPreset.all.first {
      guard let side = $0.fixedSide else { return false }
      return $0.defaultBoxes(side: side).hasMaps(of: specification)
    }
    return ["multibox", "train", "--data"] + data
      + (network.map { ["--model", $0.name] } ?? [])
      + (imageSize.map { ["--image-size", "\($0)"] } ?? []) + ["--default-boxes", output]
  }

  /// The position of the image that is drawn on.
  private func drawnImage(of dataset: DetectionDataset) throws -> Int {
    let fullest = dataset.images.indices.max {
      dataset.images[$0].groundTruth.count < dataset.images[$1].groundTruth.count
    }
    let found =
      if let image {
        dataset.image(named: image).flatMap { found in
          dataset.images.firstIndex { $0.name == found.name }
        }
      } else { fullest }
    guard let found else {
      throw DatasetError.missing(
        path: data.joined(separator: ", "), expected: "no image \(image ?? "")")
    }
    return found
  }

  private func drawn(
    _ specification: DefaultBoxSpecification, _ statistics: AssignmentStatistics,
    _ dataset: DetectionDataset, image index: Int
  ) throws -> RGBImage {
    try DefaultBoxPicture(
      specification,
      title: "\(dataset.images[index].name) · "
        + (drawSuggestion ? "suggested default boxes" : defaultBoxes ?? "ssd-compact")
    ).drawn(
      on: dataset.images[index].pixels(),
      objects: statistics.objects.filter { $0.image == index },
      counts: statistics.bestCounts(featureMaps: specification.featureMaps.count))
  }
}

extension DefaultBoxSpecification {
  fileprivate func hasMaps(of other: DefaultBoxSpecification) -> Bool {
    featureMaps.map(\.rows) == other.featureMaps.map(\.rows)
      && featureMaps.map(\.columns) == other.featureMaps.map(\.columns)
  }
}
