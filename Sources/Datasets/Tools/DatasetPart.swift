import MultiBox

/// A split with its images and what reading them found.
public struct DatasetPart: Sendable {
  /// The name of the split.
  public var split: String
  /// The images and their objects.
  public var dataset: DetectionDataset
  /// What was left out or changed.
  public var report: DatasetReport

  /// Creates a part.
  public init(split: String, dataset: DetectionDataset, report: DatasetReport) {
    self.split = split
    self.dataset = dataset
    self.report = report
  }
}

extension DatasetPart {
  /// Returns the parts without those that only join others, as `trainval` joins `train` and `val`.
  ///
  /// - Parameter parts: the splits of a dataset.
  public static func withoutUnions(_ parts: [DatasetPart]) -> [DatasetPart] {
    guard parts.count > 1 else { return parts }
    let files = parts.map(\.files)
    var isUnion = [Bool](repeating: false, count: parts.count)
    // The largest first, so that of two equal ones one stays: a `train`, not an `all`.
    func rank(_ index: Int) -> (Int, Int) { (files[index].count, parts[index].isOfOneWord ? 0 : 1) }
    for index in parts.indices.sorted(by: { rank($0) > rank($1) })
    where !files[index].isEmpty {
      var joined: Set<String> = []
      for other in parts.indices where other != index && !isUnion[other] {
        if files[other].isSubset(of: files[index]) { joined.formUnion(files[other]) }
      }
      isUnion[index] = joined == files[index]
    }
    return parts.indices.filter { !isUnion[$0] }.map { parts[$0] }
  }

  /// Tells in the reports of parts which images an earlier one has as well: what is trained on
  /// would be measured. Nothing is said of two parts of one word, as `val` and `minival`, nor of
  /// those that only join others, as `trainval`; a `train`, `val` or `test` is no such part: where
  /// it has just the images of another, all of them leak.
  ///
  /// - Parameters:
  ///   - parts: the splits of a dataset.
  ///   - isStrict: makes the first such image an error.
  /// - Throws: ``DatasetError``.
  public static func tellShared(_ parts: inout [DatasetPart], isStrict: Bool) throws {
    guard parts.count > 1 else { return }
    let kept = Set(withoutUnions(parts).map(\.split))
    let distinct = parts.filter { $0.isOfOneWord || kept.contains($0.split) }
    for (index, part) in distinct.enumerated() {
      let word = SplitFolders.words(in: part.split).first
      var problems: [DatasetProblem] = []
      for other in distinct[..<index] where SplitFolders.words(in: other.split).first != word {
        for path in part.files.intersection(other.files).sorted() {
          problems.append(
            DatasetProblem(
              kind: .disagreement, file: path,
              reason: "an image of \(part.split) that \(other.split) has as well"))
        }
      }
      if let place = parts.firstIndex(where: { $0.split == part.split }) {
        try parts[place].tell(problems, isStrict: isStrict)
      }
    }
  }

  /// Tells in the reports of parts which images EXIF turns by 180 degrees, or mirrors, where labels
  /// of another part were drawn before such a turn: nothing says how their own were. A part with
  /// labels of this kind has told of its images by itself.
  ///
  /// - Parameters:
  ///   - parts: the splits of a dataset.
  ///   - isStrict: makes the first such image an error.
  /// - Throws: ``DatasetError``.
  public static func tellTurned(_ parts: inout [DatasetPart], isStrict: Bool) throws {
    guard let turned = parts.first(where: \.hasTurned)?.split else { return }
    for index in parts.indices where !parts[index].hasTurned {
      let asked = parts[index].dataset.images.filter { !$0.groundTruth.isEmpty }
      let orientations = concurrentMap(
        count: asked.count, threadCount: AvailableProcessors.count
      ) { asked[$0].source.orientation() }
      // Of a turn by 90 degrees the size that labels give says whether they know of it.
      let doubtful = zip(asked, orientations).filter { $1 != .upright && !$1.swapsSides }
      try parts[index].tell(
        doubtful.map { image, _ in
          DatasetProblem(
            kind: .disagreement, file: image.source.file ?? image.name,
            reason: SplitAssembly.doubtfulTurn("images of \(turned)"))
        }, isStrict: isStrict)
    }
  }

  /// Whether labels of its images were drawn before these were turned.
  private var hasTurned: Bool { report.changes[.turnedImage] != nil }

  private mutating func tell(_ problems: [DatasetProblem], isStrict: Bool) throws {
    report.add(DatasetReport(problems: problems))
    if isStrict, let first = problems.first {
      throw DatasetError.strict(first, count: problems.count)
    }
  }

  /// Whether it is one of `train`, `val` and `test`, under whatever name: no union by intent.
  private var isOfOneWord: Bool { SplitFolders.words(in: split).count == 1 }

  /// The files of the images; those that are in none have a name of the split.
  private var files: Set<String> {
    Set(
      dataset.images.map { image in
        if case .file(let path) = image.source { path } else { "\(split)/\(image.name)" }
      })
  }
}
