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
    let files = parts.map { part in
      Set(
        part.dataset.images.map { image in
          if case .file(let path) = image.source { path } else { "\(part.split)/\(image.name)" }
        })
    }
    var isUnion = [Bool](repeating: false, count: parts.count)
    // The largest first, so that of two equal ones one stays.
    for index in parts.indices.sorted(by: { files[$0].count > files[$1].count })
    where !files[index].isEmpty {
      var joined: Set<String> = []
      for other in parts.indices where other != index && !isUnion[other] {
        if files[other].isSubset(of: files[index]) { joined.formUnion(files[other]) }
      }
      isUnion[index] = joined == files[index]
    }
    return parts.indices.filter { !isUnion[$0] }.map { parts[$0] }
  }
}
