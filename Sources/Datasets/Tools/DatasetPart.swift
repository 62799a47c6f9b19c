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
