import Datasets
import MultiBox

/// The labelled images that a training reads, and how they were chosen; part of a run's
/// configuration.
public struct TrainingDataSource: Hashable, Sendable {
  /// The path of a folder or file, or `shapes:…`.
  public var path: String
  /// The layout that the path is read as.
  public var format: DatasetFormat
  /// The seed of the splits of a folder without any.
  public var splitSeed: UInt64
  /// The split that is trained on.
  public var trainSplit: String
  /// The split that chooses the best weights; nil keeps the last ones.
  public var validationSplit: String?
  /// The split that is measured at intervals and at the end, and never chosen by.
  public var testSplit: String?
  /// Makes the first problem of the data an error.
  public var isStrict: Bool
  /// Names of the classes.
  public var classNames: ClassNames

  /// Creates the description of a training's images; nothing is read.
  public init(
    path: String, format: DatasetFormat, splitSeed: UInt64 = 0, trainSplit: String = "train",
    validationSplit: String? = nil, testSplit: String? = nil, isStrict: Bool = false,
    classNames: ClassNames
  ) {
    self.path = path
    self.format = format
    self.splitSeed = splitSeed
    self.trainSplit = trainSplit
    self.validationSplit = validationSplit
    self.testSplit = testSplit
    self.isStrict = isStrict
    self.classNames = classNames
  }
}

extension TrainingDataSource: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case path, format, splitSeed, trainSplit, validationSplit, testSplit, isStrict, classNames
  }

  /// Decodes a description with the initializer's defaults for missing values.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.checkedContainer(keyedBy: CodingKeys.self)
    self.init(
      path: try values.decode(String.self, forKey: .path),
      format: try values.decode(DatasetFormat.self, forKey: .format),
      classNames: try values.decode(ClassNames.self, forKey: .classNames))
    splitSeed = try values.decode(.splitSeed, default: splitSeed)
    trainSplit = try values.decode(.trainSplit, default: trainSplit)
    validationSplit = try values.decodeIfPresent(String.self, forKey: .validationSplit)
    testSplit = try values.decodeIfPresent(String.self, forKey: .testSplit)
    isStrict = try values.decode(.isStrict, default: isStrict)
  }
}
