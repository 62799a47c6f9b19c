import Datasets
import Foundation
import MultiBox

/// The splits of a training, read once: labels, and every image decoded once, so that an unreadable
/// one is found now and not in the middle.
public struct TrainingData: Sendable {
  /// The description of the images, with their class names.
  public let source: TrainingDataSource
  /// The images that are trained on.
  public let training: DetectionDataset
  /// The images that choose the best weights.
  public let validation: DetectionDataset?
  /// The images that are measured, and never chosen by.
  public let test: DetectionDataset?
  /// The splits by name, to be known again.
  public var records: [String: SplitRecord] {
    var records: [String: SplitRecord] = [:]
    for (name, dataset) in [
      (source.trainSplit, training), (source.validationSplit, validation), (source.testSplit, test),
    ] {
      guard let name, let dataset else { continue }
      records[name] = SplitRecord(dataset, report: reports[name] ?? DatasetReport())
    }
    return records
  }
  /// For each split, by name, what reading it found besides images.
  public let reports: [String: DatasetReport]
  /// The decoded training images, as far as its memory goes.
  public let cache: ImageCache
  /// When the oldest was read of the splits that were taken from a kept index; nil where all were
  /// read anew.
  public private(set) var keptSince: Date?

  /// Reads folders of labelled images, one or several as one dataset, and chooses the splits.
  ///
  /// - Parameters:
  ///   - paths: folders or files, or `shapes:…`.
  ///   - format: nil recognises it.
  ///   - reading: how they are read, where their files leave a choice.
  ///   - trainSplit: nil takes trainval, else train.
  ///   - validationSplit: nil takes val or valid, where the training split is not trainval.
  ///   - testSplit: nil takes test, if there is one.
  ///   - isStrict: makes the first problem of the data an error.
  /// - Throws: `DatasetError` or `FileError` naming file or split.
  public init(
    _ paths: String..., format: DatasetFormat? = nil,
    reading: ReadingOptions = ReadingOptions(), trainSplit: String? = nil,
    validationSplit: String? = nil, testSplit: String? = nil, isStrict: Bool = false
  ) throws {
    try self.init(
      loader: DatasetLoader(paths: paths, format: format, options: reading, isStrict: isStrict),
      trainSplit: trainSplit, validationSplit: validationSplit, testSplit: testSplit)
  }

  /// Reads the places of a loader and chooses the splits.
  ///
  /// - Parameters:
  ///   - loader: of one or several places.
  ///   - trainSplit: nil takes trainval, else train.
  ///   - validationSplit: nil takes val or valid, where the training split is not trainval.
  ///   - testSplit: nil takes test, if there is one.
  /// - Throws: `DatasetError` or `FileError` naming file or split.
  public init(
    loader: DatasetLoader, trainSplit: String? = nil, validationSplit: String? = nil,
    testSplit: String? = nil
  ) throws {
    let train = try loader.requiredSplit(for: .training, named: trainSplit)
    // The images of val are in trainval.
    let hasValidation = validationSplit != nil || train != "trainval"
    let format = Set(loader.sources.map(\.format)).count == 1 ? loader.format : nil
    try self.init(
      TrainingDataSource(
        paths: loader.paths, format: format, reading: loader.options, trainSplit: train,
        validationSplit: hasValidation
          ? loader.split(for: .validation, named: validationSplit) : nil,
        testSplit: loader.split(for: .test, named: testSplit), isStrict: loader.isStrict,
        classNames: []), loader: loader)
  }

  /// Reads the splits that a configuration names.
  ///
  /// - Parameters:
  ///   - source: without class names it takes those of the training split.
  ///   - indexCache: keeps what was read; nil reads anew, and keeps nothing.
  /// - Throws: `DatasetError` or `FileError` naming file or split.
  public init(_ source: TrainingDataSource, indexCache: IndexCache? = nil) throws {
    try self.init(source, loader: source.loader(indexCache: indexCache))
  }

  private init(_ source: TrainingDataSource, loader: DatasetLoader) throws {
    let cache = ImageCache()
    var classNames = source.classNames.isEmpty ? nil : source.classNames
    var reports: [String: DatasetReport] = [:]
    func load(
      _ split: String, _ decode: @escaping DatasetLoader.Decode
    ) throws -> DetectionDataset {
      let (dataset, report) = try loader.load(
        split: split, classNames: classNames, decode: decode)
      reports[split] = report
      return dataset
    }
    training = try load(source.trainSplit, cache.pixels(of:))
    classNames = training.classNames
    validation = try source.validationSplit.map { try load($0) { try $0.pixels() } }
    test = try source.testSplit.map { try load($0) { try $0.pixels() } }
    var parts = [
      (source.trainSplit, training), (source.validationSplit, validation), (source.testSplit, test),
    ].compactMap { name, dataset in
      name.flatMap { name in
        dataset.map {
          DatasetPart(split: name, dataset: $0, report: reports[name] ?? DatasetReport())
        }
      }
    }
    try DatasetPart.tellShared(&parts, isStrict: source.isStrict)
    try DatasetPart.tellTurned(&parts, isStrict: source.isStrict)
    for part in parts { reports[part.split] = part.report }
    var source = source
    source.classNames = training.classNames
    self.source = source
    self.reports = reports
    self.cache = cache
    keptSince = loader.keptSince
  }

  /// Creates data of datasets that a program has made, whatever their source.
  ///
  /// - Parameters:
  ///   - source: the description that a run's configuration keeps of them.
  ///   - training: the images that are trained on.
  ///   - validation: the images that choose the best weights.
  ///   - test: the images that are measured, and never chosen by.
  public init(
    _ source: TrainingDataSource, training: DetectionDataset,
    validation: DetectionDataset? = nil, test: DetectionDataset? = nil
  ) {
    self.init(
      source, training: training, validation: validation, test: test, reports: [:],
      cache: ImageCache())
  }
}

extension TrainingData {
  /// Returns the same splits with fewer images, taken from all over each, and the images that are
  /// decoded already.
  ///
  /// - Parameters:
  ///   - trainingCount: the most images to train on.
  ///   - measuredCount: the most images of each other split.
  package func part(trainingCount: Int, measuredCount: Int) -> TrainingData {
    TrainingData(
      source, training: training.part(trainingCount),
      validation: validation?.part(measuredCount), test: test?.part(measuredCount),
      reports: reports, cache: cache)
  }

  private init(
    _ source: TrainingDataSource, training: DetectionDataset, validation: DetectionDataset?,
    test: DetectionDataset?, reports: [String: DatasetReport], cache: ImageCache
  ) {
    self.source = source
    self.training = training
    self.validation = validation
    self.test = test
    self.reports = reports
    self.cache = cache
  }
}

extension DetectionDataset {
  /// - Parameter withObjects: takes images with objects alone, where the others would be left.
  fileprivate func part(_ count: Int, withObjects: Bool = false) -> DetectionDataset {
    guard count < images.count else { return self }
    var part = DetectionDataset(
      classNames: classNames,
      images: (0..<count).map { images[$0 * images.count / count] })
    if withObjects, part.images.allSatisfy(\.groundTruth.isEmpty) {
      part.images = Array(images.lazy.filter { !$0.groundTruth.isEmpty }.prefix(count))
    }
    return part
  }
}
