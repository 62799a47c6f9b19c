import Files
import Foundation
import ImageFiles
import MultiBox
import Synchronization

/// Loads the labelled images of a split, whatever the layout.
public struct DatasetLoader: Sendable {
  /// A place and how it is read.
  public struct Source: Sendable {
    /// The path of a folder or file, or `shapes:…`.
    public let path: String
    /// The folder that is read: of an archive's folder the one inside; of a file the one around it.
    public let folder: String
    /// The layout that it is read as.
    public let format: DatasetFormat
    /// Says that images lie in the folder: it does not hold labels alone.
    public var holdsImages: Bool {
      (try? places.ask { $0[index].place.allFiles().contains(where: \.isImagePath) }) ?? false
    }
    /// Says that its label files hold the images, or that they are made.
    public var embedsImages: Bool {
      guard format == .tfrecord else { return format == .shapes || format == .webdataset }
      return (try? places.ask { ($0[index].reader as? TFRecordFormat)?.embedsPictures }) ?? false
    }
    fileprivate let places: OpenedPlaces
    fileprivate let index: Int
  }

  /// The places that are read together.
  public let sources: [Source]
  /// How the places are read, where their files leave a choice.
  public let options: ReadingOptions
  /// Makes the first problem an error.
  public let isStrict: Bool
  private let places: OpenedPlaces
  private let kept: KeptIndexes?

  /// The layout of the first place.
  public var format: DatasetFormat { sources[0].format }
  /// The paths, as they were given.
  public var paths: [String] { sources.map(\.path) }
  /// When the oldest was read of the splits that were loaded so far from a kept index; nil where
  /// all were read anew.
  public var keptSince: Date? { kept?.since }

  /// Creates a loader of one place, and recognises its layout where none is given.
  ///
  /// - Parameters:
  ///   - path: of a folder or file, or `shapes:…`.
  ///   - format: nil recognises it.
  ///   - options: how it is read, where its files leave a choice.
  ///   - isStrict: makes the first problem an error.
  ///   - cache: keeps what was read; nil reads anew, and keeps nothing.
  /// - Throws: ``DatasetError`` where nothing that could be a dataset is there.
  public init(
    path: String, format: DatasetFormat? = nil, options: ReadingOptions = ReadingOptions(),
    isStrict: Bool = false, cache: IndexCache? = nil
  ) throws {
    try self.init(
      paths: [path], format: format, options: options, isStrict: isStrict, cache: cache)
  }

  /// Creates a loader of several places as one dataset: splits of one name are joined, classes
  /// united.
  ///
  /// - Parameters:
  ///   - paths: of folders or files, or `shapes:…`; one or more.
  ///   - format: of all; nil recognises each.
  ///   - options: how they are read, where their files leave a choice.
  ///   - isStrict: makes the first problem an error.
  ///   - cache: keeps what was read; nil reads anew, and keeps nothing. Nothing is kept of a layout
  ///     of a program's own, nor of made pictures.
  /// - Throws: ``DatasetError`` where nothing that could be a dataset is there.
  /// - Precondition: there is a path.
  public init(
    paths: [String], format: DatasetFormat? = nil, options: ReadingOptions = ReadingOptions(),
    isStrict: Bool = false, cache: IndexCache? = nil
  ) throws {
    precondition(!paths.isEmpty, "expected one path or more, found none")
    kept = cache.flatMap { KeptIndexes($0, of: paths, format: format, options: options) }
    let places = OpenedPlaces(paths, format: format, options: options, trace: kept?.trace)
    let found =
      try kept?.places()?.sources
      ?? places.ask {
        $0.map { (path: $0.path, folder: $0.place.folder, format: $0.format) }
      }
    sources = found.enumerated().map { index, source in
      Source(
        path: source.path, folder: source.folder, format: source.format, places: places,
        index: index)
    }
    self.places = places
    self.options = options
    self.isStrict = isStrict
  }

  /// Returns the names of the splits, in alphabetic order.
  ///
  /// - Throws: ``DatasetError`` or `FileError` naming the file.
  public func splits() throws -> [String] {
    if let splits = kept?.places()?.splits { return splits }
    let splits = try places.ask { opened in Set(try opened.flatMap { try $0.reader.splits() }) }
    if splits.isEmpty, let folder = options.imageFolder {
      throw DatasetError.missing(
        path: folder,
        expected: "expected the images of \(paths.joined(separator: ", ")), found none")
    }
    return splits.sorted()
  }

  /// The reason why ``ReadingOptions/splitSeed`` decides which images are `train` and which `test`;
  /// nil where files say it.
  public func seededSplit() throws -> String? {
    if let places = kept?.places() { return places.seededSplit }
    return try places.ask { opened in
      for source in opened {
        if let reason = try source.reader.seededSplit() { return reason }
      }
      return nil
    }
  }

  /// Returns the classes of all splits: in the order of the file where it has one, else sorted.
  ///
  /// Annotations are read, images are not; ``load(split:classNames:decode:)`` then takes what was
  /// read.
  ///
  /// - Throws: ``DatasetError`` or `FileError` naming the file.
  public func classNames() throws -> ClassNames {
    if let names = kept?.classNames() { return names }
    let names = try places.ask { opened in
      var lists: [[String]] = []
      var isSorted = true
      for source in opened {
        let names = try source.splits.classNames()
        if names.haveOrder { isSorted = false }
        lists += names.lists
      }
      return Self.union(lists, isSorted: isSorted)
    }
    kept?.keep(names, read: places)
    return names
  }

  private static func union(_ lists: [[String]], isSorted: Bool) -> ClassNames {
    let names = JoinedClasses(lists).names
    return ClassNames(isSorted ? names.sorted() : names)
  }

  /// Reads or makes the pixels of an image; called from several threads.
  public typealias Decode = @Sendable (DatasetImage) throws -> RGBImage

  /// Loads a split.
  ///
  /// - Parameters:
  ///   - split: its name, one of ``splits()``.
  ///   - classNames: the classes of a run; nil takes the names found.
  ///   - decode: reads every image once, on all cores, so that an unreadable one is found now and
  ///     not in the middle of a training; nil reads headers alone. Images of a kept index were
  ///     decoded, and are as they were then: it is not called.
  /// - Returns: the images with their objects, and all that was left out or changed.
  /// - Throws: ``DatasetError``; with ``isStrict`` also for the first loss of the report.
  public func load(
    split: String, classNames: ClassNames? = nil, decode: Decode? = nil
  ) throws -> (dataset: DetectionDataset, report: DatasetReport) {
    let choice = KeptIndexes.Choice(
      split: split, classNames: classNames, isDecoded: decode != nil)
    if let known = kept?.split(choice) { return try checked(known) }
    let opening = kept?.known(of: self, read: places)
    let (found, canBeKept) = try places.ask { opened in
      let found = try load(split, of: opened, classNames: classNames, decode: decode)
      // Of folders that another split's images are in too it is told with both.
      let isTold = opened.contains {
        !$0.place.tree.unreadableNames.isEmpty || !$0.place.tree.unreadableFolders.isEmpty
      }
      return (found, !isTold)
    }
    if canBeKept { kept?.keep(found, of: choice, read: places, opening) }
    return try checked(found)
  }

  /// What was loaded; with ``isStrict`` an error where something was left out.
  private func checked(
    _ loaded: (dataset: DetectionDataset, report: DatasetReport)
  ) throws -> (dataset: DetectionDataset, report: DatasetReport) {
    let losses = isStrict ? loaded.report.problems.filter(\.kind.isLoss) : []
    if let first = losses.first { throw DatasetError.strict(first, count: losses.count) }
    return loaded
  }

  private func load(
    _ split: String, of opened: [OpenedPlaces.Opened], classNames: ClassNames?, decode: Decode?
  ) throws -> (dataset: DetectionDataset, report: DatasetReport) {
    var report = DatasetReport()
    let having = try opened.filter { try $0.reader.splits().contains(split) }
    guard !having.isEmpty else {
      throw DatasetError.unknownSplit(
        path: paths.joined(separator: ", "), split: split,
        known: try Set(opened.flatMap { try $0.reader.splits() }).sorted())
    }
    var contents = try having.map { try $0.splits.take(split, report: &report) }
    var names = classNames
    if names == nil, having.count > 1 {
      let isSorted = contents.allSatisfy { $0.classNames == nil }
      let found = try contents.map { try $0.allClassNames() }
      contents = found.map(\.content)
      names = Self.union(found.map(\.list), isSorted: isSorted)
    }
    var dataset = DetectionDataset(classNames: names ?? [], images: [])
    for (index, source) in having.enumerated() {
      var assembly = SplitAssembly(
        contents[index], of: source.place, finder: source.finder,
        maximumPixels: options.maximumPixels, others: (source.claims, split))
      // The assembly alone has what was read of the files: it gives it away when it is not needed.
      contents[index] = SplitContent(images: [])
      source.place.releaseFiles()
      let part = try assembly.dataset(classNames: names, path: source.path, report: &report)
      dataset.classNames = part.classNames
      let paths = part.images.compactMap { image in
        if case .file(let path) = image.source { path } else { nil }
      }
      dataset.add(part.images, report: &report)
      report.add(DatasetReport(problems: source.reader.unreadFiles() + source.unread.problems))
      try UnlistedImages(
        source.reader, of: source.place, finder: source.finder, imageFolder: options.imageFolder,
        unread: source.unread
      ).report(of: split, besides: paths, &report)
    }
    for place in having.map(\.place) {
      for path in place.tree.unreadableNames {
        report.add(.unreadableName, path, "a name that is no UTF-8")
      }
      for error in place.tree.unreadableFolders {
        report.add(.unreadableFolder, error.path, error.reason)
      }
    }
    if let decode { report.add(dataset.removeUnreadable(decode)) }
    return (dataset, report)
  }
}

/// An image file as the disk knows it, or its place in one.
private struct ImageIdentity: Hashable {
  let file: FileIdentity
  var offset = 0
}

extension DatasetImage.Source {
  fileprivate var identity: ImageIdentity? {
    switch self {
    case .file(let path): FileIdentity(path).map { ImageIdentity(file: $0) }
    case .embedded(let part):
      FileIdentity(part.path).map { ImageIdentity(file: $0, offset: part.offset) }
    case .generated: nil
    }
  }
}

extension DetectionDataset {
  /// Adds images of another place, but none that is here already; a name that is taken gets a
  /// number.
  fileprivate mutating func add(_ others: [DatasetImage], report: inout DatasetReport) {
    guard !images.isEmpty else {
      images = others
      return
    }
    var used = Set(images.map(\.name))
    // By whatever path, as through a link: an image counts once.
    let files = Set(images.compactMap(\.source.identity))
    for var image in others {
      if let file = image.source.file, let identity = image.source.identity,
        files.contains(identity)
      {
        report.add(.duplicate, file, "an image that another of the places has as well")
        continue
      }
      let name = image.name
      var number = 2
      while !used.insert(image.name).inserted {
        image.name = "\(name)-\(number)"
        number += 1
      }
      images.append(image)
    }
  }

  /// Decodes every image, on all cores, and takes out those that cannot be.
  fileprivate mutating func removeUnreadable(_ decode: DatasetLoader.Decode) -> DatasetReport {
    let failed = Mutex([Int: DatasetProblem]())
    let areReadable = concurrentMap(
      count: images.count, threadCount: AvailableProcessors.count
    ) { [images] index -> Bool in
      let image = images[index]
      guard let path = image.source.file else { return true }
      do {
        _ = try decode(image)
        return true
      } catch {
        let reason =
          (error as? ImageError)?.reason ?? (error as? FileError)?.reason ?? "\(error)"
        failed.withLock {
          $0[index] = DatasetProblem(kind: .unreadableImage, file: path, reason: reason)
        }
        return false
      }
    }
    let found = failed.withLock { failed in failed.sorted { $0.key < $1.key }.map(\.value) }
    // Copied only where one is taken out: there may be a million.
    if !found.isEmpty { images = zip(images, areReadable).filter(\.1).map(\.0) }
    return DatasetReport(problems: found)
  }
}
