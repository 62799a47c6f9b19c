import Files
import Foundation
import Synchronization

/// Files in a dataset's folder that hold labels of other layouts than the one that it is read as:
/// what is in them is not among the images.
final class UnreadLabels: Sendable {
  private let place: DatasetPlace
  private let format: DatasetFormat
  private let known = Mutex([DatasetProblem]?.none)

  /// - Parameters:
  ///   - place: the dataset.
  ///   - format: what it is read as.
  init(_ place: DatasetPlace, besides format: DatasetFormat) {
    self.place = place
    self.format = format
  }

  /// Those files, sorted by path, each with the layout that reads it; looked for at the first call.
  ///
  /// A description of YOLO's whose images have no labels of YOLO's is not a loss.
  var problems: [DatasetProblem] {
    if let problems = known.withLock({ $0 }) { return problems }
    let files = candidates
    let problems = stride(from: 0, to: files.count, by: max(1, files.count / Self.sample))
      .compactMap { problem(files[$0]) }
    known.withLock { $0 = problems }
    return problems
  }

  /// The first of the files that hold labels.
  var first: String? { problems.first { $0.kind.isLoss }?.file }

  /// Files that may hold labels of several images: those of one are told with it.
  private var candidates: [String] {
    // What lies beside a file that was named is not the user's dataset.
    guard place.file == nil, DatasetFormat.all.contains(format) else { return [] }
    let all = place.allFiles()
    let files = all.filter { Self.endings.contains($0.fileExtension) }
    guard !files.isEmpty else { return [] }
    // Of a million images mostly few files are asked about.
    let stems = Set(files.map(\.lastPart.withoutExtension))
    var ofImages: Set<String> = []
    for image in all where image.isImagePath {
      let name = image.lastPart
      for name in [name, name.withoutExtension] where stems.contains(name) {
        ofImages.insert(name)
      }
    }
    return files.filter { !ofImages.contains($0.lastPart.withoutExtension) }
      .map { "\(place.folder)/\($0)" }
  }

  /// How many files are looked at: a folder of labels alone may hold one for each image.
  private static let sample = 1000

  private static let endings: Set = ["csv", "json", "tsv", "xml", "yaml", "yml"]

  private func problem(_ file: String) -> DatasetProblem? {
    let alone = DatasetPlace(file: file, of: place)
    guard
      let other = DatasetFormat.all.first(where: {
        $0 != format && $0.type.recognize(alone) == .fits
      }), format.type.recognize(alone) != .fits
    else { return nil }
    let end = "beside the labels that are read, as \(format.type.title)"
    if other == .yolo, !isOfLabels(file.parentFolder) {
      return DatasetProblem(
        kind: .unlisted, file: file, reason: "a description of YOLO's without labels \(end)")
    }
    return DatasetProblem(
      kind: .disagreement, file: file,
      reason: "labels as \(other.type.title) has them, not read \(end): --format \(other.name)"
        + " reads these, and files that are named read both")
  }

  private func isOfLabels(_ folder: String) -> Bool {
    guard let place = try? DatasetPlace(folder) else { return false }
    return YOLOLayout.holdsRows(YOLOLayout.possibleLabels(of: place))
  }
}
