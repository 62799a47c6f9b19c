import Datasets
import ImageFiles
import MultiBox

/// The labelled images that a training reads, and how they were chosen; part of a run's
/// configuration.
public struct TrainingDataSource: Hashable, Sendable {
  /// The paths of folders or files, or `shapes:…`, that are read together.
  public var paths: [String]
  /// The layout that all are read as; nil where they differ, and each is recognised.
  public var format: DatasetFormat?
  /// How they are read, where their files leave a choice.
  public var reading: ReadingOptions
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
    paths: [String], format: DatasetFormat? = nil, reading: ReadingOptions = ReadingOptions(),
    trainSplit: String = "train", validationSplit: String? = nil, testSplit: String? = nil,
    isStrict: Bool = false, classNames: ClassNames
  ) {
    self.paths = paths
    self.format = format
    self.reading = reading
    self.trainSplit = trainSplit
    self.validationSplit = validationSplit
    self.testSplit = testSplit
    self.isStrict = isStrict
    self.classNames = classNames
  }

  /// The paths in one line.
  public var title: String { paths.joined(separator: ", ") }

  /// Returns the loader of these places.
  ///
  /// - Parameter indexCache: keeps what was read; nil reads anew, and keeps nothing.
  /// - Throws: `DatasetError` or `FileError` naming the file.
  public func loader(indexCache: IndexCache? = nil) throws -> DatasetLoader {
    try DatasetLoader(
      paths: paths, format: format, options: reading, isStrict: isStrict, cache: indexCache)
  }
}

extension TrainingDataSource: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case path, paths, format, splitSeed, imageFolder, firstPixel, maximumPixels, trainSplit
    case validationSplit, testSplit, isStrict, classNames
  }

  /// Decodes a description with the initializer's defaults for missing values; `path` alone stands
  /// for one of `paths`.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.checkedContainer(keyedBy: CodingKeys.self)
    var paths = try values.decodeIfPresent([String].self, forKey: .paths) ?? []
    if paths.isEmpty {
      paths = [try values.decode(String.self, forKey: .path)]
    } else if values.contains(.path) {
      throw DecodingError.dataCorruptedError(
        forKey: .path, in: values, debugDescription: "expected either path or paths, found both")
    }
    self.init(
      paths: paths,
      format: try values.decodeIfPresent(DatasetFormat.self, forKey: .format),
      classNames: try values.decode(ClassNames.self, forKey: .classNames))
    reading.splitSeed = try values.decode(.splitSeed, default: reading.splitSeed)
    reading.imageFolder = try values.decodeIfPresent(String.self, forKey: .imageFolder)
    reading.firstPixel = try values.decodeIfPresent(Int.self, forKey: .firstPixel)
    guard reading.firstPixel.map((0...1).contains) ?? true else {
      throw DecodingError.dataCorruptedError(
        forKey: .firstPixel, in: values, debugDescription: "expected 0 or 1")
    }
    let allowed = ImageFile.allowedMaximumPixels
    reading.maximumPixels = try values.decode(
      .maximumPixels, default: nil,
      expected: "\(allowed.lowerBound) to \(allowed.upperBound), or null"
    ) { (number: Int?) in number.map(allowed.contains) ?? true }
    trainSplit = try values.decode(.trainSplit, default: trainSplit)
    validationSplit = try values.decodeIfPresent(String.self, forKey: .validationSplit)
    testSplit = try values.decodeIfPresent(String.self, forKey: .testSplit)
    isStrict = try values.decode(.isStrict, default: isStrict)
  }

  /// Encodes the description: one place as `path`, several as `paths`.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    if paths.count == 1 {
      try values.encode(paths[0], forKey: .path)
    } else {
      try values.encode(paths, forKey: .paths)
    }
    try values.encodeIfPresent(format, forKey: .format)
    try values.encode(reading.splitSeed, forKey: .splitSeed)
    try values.encodeIfPresent(reading.imageFolder, forKey: .imageFolder)
    try values.encodeIfPresent(reading.firstPixel, forKey: .firstPixel)
    try values.encodeIfPresent(reading.maximumPixels, forKey: .maximumPixels)
    try values.encode(trainSplit, forKey: .trainSplit)
    try values.encodeIfPresent(validationSplit, forKey: .validationSplit)
    try values.encodeIfPresent(testSplit, forKey: .testSplit)
    try values.encode(isStrict, forKey: .isStrict)
    try values.encode(classNames, forKey: .classNames)
  }
}
