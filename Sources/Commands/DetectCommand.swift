import ArgumentParser
import Detectors
import Files
import Foundation
import ImageFiles
import MultiBox
import Runs
import SSDReport

/// `multibox detect`.
public struct DetectCommand<Engine: Commands.Engine>: ParsableCommand {
  public static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "detect", abstract: "Find objects in images.",
      discussion: """
        multibox detect --run runs/mine photo.jpg --output found
        multibox detect --model detector.onnx photos --save-labels voc
        """)
  }

  @OptionGroup var options: DetectOptions

  public init() {}

  public func run() throws {
    let output = options.result.output
    let images = try ImageSearch(
      options.images, leavingOut: output, drawnWith: DetectionPresenter.mark,
      foldersLeftOut: RunFolder.isOne)
    images.tellOthers(output)
    let paths = images.paths
    let source = try options.detector.source()
    var request = DetectorRequest(
      source: source, precision: options.machine.precision,
      threadCount: options.machine.threads ?? AvailableProcessors.count)
    request.device = options.machine.device
    request.isForThroughput = options.machine.throughput
    request.hasManyImages = paths.count >= DetectOptions.Machine.manyImages
    request.scoreThreshold = options.result.threshold
    let detector = options.tiles.detector(try Engine.detector(request))
    let chosen = try options.result.chosenClasses(detector.classNames)
    let choice = DetectionChoice(
      lowestScores: options.result.lowestScores(of: detector, chosen), classes: chosen,
      maximum: options.result.maximum)
    var outputs = options.files.request
    outputs.pictures = output
    // All that is read comes before the first folder that is made.
    var files = try DetectionFiles(
      outputs, images: paths, inputs: source.ownPaths,
      classNames: detector.classNames, chosen: chosen)
    for note in files.notes { StandardError.write("note: \(note)") }
    var presenter = try DetectionPresenter(
      classNames: detector.classNames, output: output, json: options.result.json,
      inputs: paths, outputs: outputs.paths)
    // One picture needs no bar, and on a terminal lines of results are progress enough.
    let showsProgress =
      paths.count > 1 && (output != nil || !StandardOutput.isTerminal)
    let progress = showsProgress ? TerminalProgress() : nil
    var unreadable = UnreadablePictures(of: paths.count + images.unreadable.count, progress)
    for error in images.unreadable { try unreadable.add(error) }
    let maximumPixels = options.machine.maxPixels
    var largestSide = 0
    var foundAny = false
    try detector.forEachDetectedImage(
      count: paths.count,
      load: { try ImageFile.read(paths[$0], maximumPixels: maximumPixels) },
      unread: { try unreadable.add($1) },
      { detected in
        largestSide = max(largestSide, detected.image.width, detected.image.height)
        foundAny = foundAny || !detected.detections.isEmpty
        let shown = choice.chosen(detected.detections)
        try files.add(shown, in: detected.image, path: paths[detected.position])
        do {
          try StandardOutput.write(
            presenter.present(shown, in: detected.image, path: paths[detected.position]))
        } catch let error as DrawingError {
          try unreadable.add(ImageError(path: paths[detected.position], reason: "\(error)"))
        }
        progress?.show(step: detected.position + 1, of: paths.count, ["images"])
      })
    progress?.finish()
    let isWhole = detector.tellDropped(label: "multibox.detect", foundAny: foundAny)
    options.tiles.tell(largestSide: largestSide)
    let count = paths.count + images.unreadable.count - unreadable.count
    let pictures = count == 1 ? "1 picture" : "\(count) pictures"
    let written = try (output.map { ["\(pictures) in \($0)"] } ?? []) + files.finish()
    NextStep.tell(wrote: written, next: isWhole ? options.next : nil)
    unreadable.tell()
    guard isWhole, unreadable.count == 0 else { throw ExitCode.failure }
  }
}

extension ImageSearch {
  /// Tells of pictures in folders that are not looked at.
  fileprivate func tellOthers(_ output: String?) {
    if let output, !leftOut.isEmpty {
      let pictures = leftOut.count == 1 ? "a picture" : "\(leftOut.count) pictures"
      StandardError.write("note: \(pictures) in \(output) left out: what is found is drawn there")
    }
    for (paths, reason) in [
      (drawn, "drawn by detect before, left out"), (leftOutFolders, "a run, left out"),
      (unread, "no ending of a format that this build reads, not looked at"),
    ] {
      guard let first = paths.first else { continue }
      let names = paths.count == 1 ? first : "\(first) and \(paths.count - 1) more"
      StandardError.write("note: \(names): \(reason)")
    }
  }
}

/// Pictures of many that could not be read, or not be drawn on: the others are looked at all the
/// same.
private struct UnreadablePictures {
  private let total: Int
  private let progress: TerminalProgress?
  private(set) var count = 0

  private static let shownCount = 8

  init(of total: Int, _ progress: TerminalProgress?) {
    self.total = total
    self.progress = progress
  }

  /// - Throws: the error where it is the only picture.
  mutating func add(_ error: any Error) throws {
    guard total > 1 else { throw error }
    count += 1
    guard count <= Self.shownCount else { return }
    progress?.note("\(error)") ?? StandardError.write("\(error)")
  }

  /// The last line says what the exit code means.
  func tell() {
    if count > 0 {
      StandardError.write("multibox: \(count) of \(total) pictures not read or drawn")
    }
  }
}

extension DetectOptions {
  /// Pictures of what was found; where they were drawn, figures: of the run's own images, or of
  /// labelled ones.
  fileprivate var next: [String] {
    guard result.output != nil else {
      let words = NextStep.sameCommand(adding: ["--output", "found"])
      // A shell makes hundreds of names of one pattern.
      guard images.count > 3 else { return words }
      let more = Set(images.dropFirst())
      return words.flatMap { more.contains($0) ? [] : $0 == images[0] ? [$0, "…"] : [$0] }
    }
    return ["multibox", "evaluate"] + detector.words
      + (detector.run == nil ? ["--data", "my-images"] : [])
  }
}

extension DetectOptions.Result {
  /// The number of classes whose best threshold is told.
  private static let toldCount = 4

  /// Returns the lowest score of each class that is shown, class c at index c − 1, and tells of
  /// those that were chosen by measuring.
  ///
  /// - Parameters:
  ///   - detector: finds the objects.
  ///   - chosen: the numbers of the classes that are shown; nil for all.
  fileprivate func lowestScores(of detector: any ObjectDetector, _ chosen: Set<Int>?) -> [Double] {
    let names = detector.classNames
    if let threshold { return [Double](repeating: threshold, count: names.count) }
    let lowest = detector.shownScores
    guard let best = detector.bestThresholds else { return lowest }
    let shown = names.indices.filter { chosen?.contains($0) ?? true }
    func isMeasured(_ index: Int) -> Bool {
      index <= best.scores.count && best.scores[index - 1] != nil
    }
    guard shown.contains(where: isMeasured) else {
      // All of them begin at the same score.
      let score = shown.first.map { lowest[$0 - 1] } ?? BestThresholds.usual
      StandardError.write(
        "scores from \(NumberStyle.measure.text(score)): none was found on \(best.split)")
      return lowest
    }
    let words = shown.prefix(Self.toldCount).map { index in
      "\(NumberStyle.measure.text(lowest[index - 1])) (\(names[index])"
        + (isMeasured(index) ? ")" : ", of which none was found)")
    }
    let rest = shown.count - words.count
    StandardError.write(
      "scores from \(words.joined(separator: ", "))" + (rest > 0 ? " and \(rest) more" : "")
        + ": the best thresholds of \(best.split)")
    return lowest
  }

  /// The numbers of the classes that are asked for; nil for all.
  fileprivate func chosenClasses(_ known: ClassNames) throws -> Set<Int>? {
    guard let classes else { return nil }
    let names = classes.parts(between: ",").filter { !$0.isEmpty }.map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    try require(!names.isEmpty, "--classes", "names with commas between them", classes)
    for name in names { try requireName(name, "--classes", Array(known)) }
    return Set(known.indices.filter { names.contains(known[$0]) })
  }
}

extension DetectOptions.Files {
  fileprivate var request: DetectionFiles.Request {
    var request = DetectionFiles.Request()
    request.results = coco
    request.groundTruth = cocoIds
    request.table = csv
    request.crops = crops
    request.labels = saveLabels.map { ($0.format, labels ?? Self.usualLabels) }
    return request
  }
}

extension ModelOptions {
  /// The options that name the detector again.
  var words: [String] {
    [("--run", run), ("--model", model), ("--description", description)].flatMap { name, value in
      value.map { [name, $0] } ?? []
    }
  }

  /// Returns where the detector comes from. Validated: one of the two is given.
  ///
  /// - Throws: `FileError` where the model of a word is not there.
  public func source() throws -> DetectorRequest.Source {
    if let model, let known = KnownModel(rawValue: model) {
      return .model(
        try known.path(option: "--model"), description: known.description.rawValue)
    }
    if let model { return .model(model, description: description) }
    return .run(RunFolder(path: run ?? ""))
  }
}
